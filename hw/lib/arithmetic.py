"""Rounding, saturation and comparison as bit-level expressions.

Each function returns an Amaranth value; ``quant.golden.arithmetic`` and ``quant.golden.messages``
are its integer twins, and tests compare the two exhaustively at small widths.
"""

from amaranth.hdl import Cat, Const, Mux, Value


def signed_bits(magnitude: int) -> int:
    """Width of a two's complement number that holds -magnitude .. +magnitude."""
    return magnitude.bit_length() + 1


def saturate(value: Value, bits: int) -> Value:
    """Clip a signed value to the symmetric range of ``bits`` bits, +-(2^(bits-1) - 1).

    Works on the bits instead of comparing numbers: a comparison would cost a carry chain.
    """
    value = Value.cast(value)
    if len(value) < bits:
        return value
    sign, head, low = value[-1], value[bits - 1 : -1], value[: bits - 1]
    above = ~sign & head.any() if len(head) else Const(0)
    # The most negative number of ``bits`` bits has all-ones above and zeros below.
    below = sign & (~head.all() | ~low.any()) if len(head) else sign & ~low.any()
    clipped = [(bit | above) & ~below for bit in low]
    clipped[0] = low[0] | above | below
    return Cat(*clipped, sign).as_signed()


def reaches(value: Value, threshold: int) -> Value:
    """``abs(value) >= threshold`` for a signed value and a constant threshold of at least 1.

    With u = value xor sign, abs(value) = u + sign, so the test is u > T-1, or u = T-1 and the
    sign is set: one chain over the bits of u that starts from the sign.
    """
    value = Value.cast(value)
    sign, bits = value[-1], value[:-1]
    if threshold - 1 >= 1 << len(bits):
        return Const(0)
    result = sign
    for i, bit in enumerate(bits):
        folded = bit ^ sign
        result = folded & result if (threshold - 1) >> i & 1 else folded | result
    return result


def shift_round(value: Value, bits: int) -> Value:
    """value / 2^bits rounded to nearest, ties towards plus infinity."""
    return (value + (1 << bits >> 1)) >> bits if bits else value


def mid_rise(code: Value) -> Value:
    """Value 2c + 1 of an offset code (c + 2^(bits-1), ``bits`` wide), as a signed number."""
    return Cat(1, code[:-1], ~code[-1]).as_signed()


def mid_rise_code(value: Value, shift: int, bits: int) -> tuple[Value, Value]:
    """Offset code (value >> (shift + 1)) + 2^(bits-1), and whether ``bits`` bits hold it.

    The offset code's planes are all of one kind: a 1 stands for +2^i, a 0 for -2^i.
    """
    value = Value.cast(value)
    code = value[min(shift + 1, len(value) - 1) :].as_signed()
    if len(code) < bits:
        code = Cat(code, code[-1].replicate(bits - len(code))).as_signed()
    head = code[bits - 1 :]
    return Cat(code[: bits - 1], ~code[-1]), head.all() | ~head.any()


def quantise_mid_rise(value: Value, shift: int, bits: int) -> Value:
    """Mid-rise offset code of a signed value, clipped (see :func:`mid_rise_code`)."""
    code, inside = mid_rise_code(value, shift, bits)
    return Mux(inside, code, (~Value.cast(value)[-1]).replicate(bits))


def add_with_carry(a: Value, b: Value, carry: Value) -> Value:
    """``a + b + carry`` for signed ``a`` and ``b``: one carry chain, which starts at ``carry``."""
    return (Cat(1, a).as_signed() + Cat(carry, b).as_signed())[1:].as_signed()


def subtract_with_borrow(a: Value, b: Value, borrow: Value) -> Value:
    """``a - b - borrow`` for signed ``a`` and ``b``: one carry chain."""
    return (Cat(Const(0, 1), a).as_signed() - Cat(borrow, b).as_signed())[1:].as_signed()


def ones_complement(magnitude: Value, negative: Value) -> Value:
    """Word of sign and magnitude, its bits turned where ``negative``; its top bit is the sign.

    As a signed number it is the value, less one where ``negative``. Zero may have either sign.
    """
    magnitude = Value.cast(magnitude)
    return Cat(magnitude ^ negative.replicate(len(magnitude)), negative).as_signed()


def add_or_subtract(total: Value, term: Value, subtract: Value) -> Value:
    """``total - term`` where ``subtract``, else ``total + term``: one carry chain for both."""
    term = Value.cast(term).as_unsigned()
    turned = (term ^ subtract.replicate(len(term))).as_signed()
    return add_with_carry(total, turned, subtract)
