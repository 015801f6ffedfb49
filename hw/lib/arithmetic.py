"""Rounding, saturation and comparison as bit-level expressions.

Each function returns an Amaranth value; ``quant.golden.arithmetic`` and ``quant.golden.messages``
are its integer twins, and tests compare the two exhaustively at small widths.
"""

from amaranth.hdl import Cat, Const, Mux, Value


def bits_for(count: int) -> int:
    """Width that tells ``count`` values apart, at least 1."""
    return max(1, (count - 1).bit_length())


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


def clip(value: Value, bits: int) -> Value:
    """Clip a signed value to all numbers of ``bits`` bits: where -v - 1 is the opposite of v."""
    value = Value.cast(value)
    if len(value) <= bits:
        return value
    sign, head, low = value[-1], value[bits - 1 : -1], value[: bits - 1]
    outside = (head ^ sign.replicate(len(head))).any()
    return Cat(*(Mux(outside, ~sign, bit) for bit in low), sign).as_signed()


def reaches(value: Value, threshold: int, below: int | None = None) -> Value:
    """``abs(value) >= threshold`` for a signed value and a constant threshold of at least 1.

    ``below``: abs(value) is known to be less than this, so that only low bits are looked at.
    With u = value xor sign, abs(value) = u + sign, so the test is u > T-1, or u = T-1 and the
    sign is set: one chain over the bits of u that starts from the sign.
    """
    value = Value.cast(value)
    sign, bits = value[-1], value[:-1]
    if below is not None:
        bits = bits[: (below - 1).bit_length()]
    if threshold - 1 >= 1 << len(bits):
        return Const(0)
    return _above(bits ^ sign.replicate(len(bits)), threshold - 1, sign)


def _above(number: Value, constant: int, equal) -> Value:
    """``number > constant`` for an unsigned number; ``equal`` where they are equal."""
    for i, bit in enumerate(number):
        equal = bit & equal if constant >> i & 1 else bit | equal
    return equal


class TwoStepReach:
    """``reaches`` for a few thresholds, cut in two steps of about equal depth.

    The upper bits alone decide, or leave it to the lower ones: with h the upper and t the lower
    bits of T - 1, abs(value) >= T is u_high > h, or u_high > h - 1 and the lower bits pass t.

    Parameters
    ----------
    thresholds : constants of at least 1
    bits : width of the signed value
    folded : a negative value's magnitude is its complement, one less than abs(value). Without the
        carry of that one, the second step does the lower bits from the value itself
    """

    def __init__(self, thresholds: tuple[int, ...], bits: int, folded: bool = False):
        self.folded = folded
        self._low = (bits - 1) // 2
        if folded and all(threshold & (threshold - 1) == 0 for threshold in thresholds):
            # The largest asks for any of the bits above it, the others for one bit each.
            self._low = min(max(thresholds).bit_length() - 1, bits - 2)
        self._parts = [divmod(threshold - 1, 1 << self._low) for threshold in thresholds]
        self._top = 1 << (bits - 1 - self._low)
        wanted = {h for high, _ in self._parts for h in (high - 1, high)}
        self._highs = sorted(h for h in wanted if 0 <= h < self._top)

    def first(self, value: Value) -> Value:
        """What is to be registered between the steps."""
        value = Value.cast(value)
        folded = self._magnitude(value[:-1], value)
        low, high = folded[: self._low], folded[self._low :]
        above = [_above(high, constant, Const(0, 1)) for constant in self._highs]
        if self.folded:
            return Cat(*above, value[: self._low], value[-1])
        return Cat(*above, *(_above(low, constant, value[-1]) for _, constant in self._parts))

    def second(self, found: Value) -> list[Value]:
        """Per threshold whether it is reached."""
        above = dict(zip(self._highs, found, strict=False)) | {-1: Const(1, 1)}
        passed = found[len(self._highs) :]
        if self.folded:
            low = self._magnitude(passed[:-1], passed)
            passed = [_above(low, constant, Const(0, 1)) for _, constant in self._parts]
        return [
            above[high] | (above[high - 1] & part) if high < self._top else Const(0, 1)
            for (high, _), part in zip(self._parts, passed, strict=True)
        ]

    @staticmethod
    def _magnitude(bits: Value, value: Value) -> Value:
        """Some ``bits`` of ``value``, turned where it is negative."""
        return bits ^ value[-1].replicate(len(bits))


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


def inverted_where(word: Value, negative: Value, bits: int) -> Value:
    """``word`` with those of its bits that are set in ``bits`` inverted where ``negative``."""
    word = Value.cast(word)
    return word ^ (negative.replicate(len(word)) & Const(bits, len(word)))


def ones_complement(magnitude: Value, negative: Value, done: int = 0) -> Value:
    """Word of sign and magnitude, its bits inverted where ``negative``; its top bit is the sign.

    As a signed number it is the value, less one where ``negative``. Zero may have either sign.
    ``done`` : bits of ``magnitude`` that have been inverted already
    """
    rest = ((1 << len(Value.cast(magnitude))) - 1) & ~done
    return Cat(inverted_where(magnitude, negative, rest), negative).as_signed()


def add_or_subtract(total: Value, term: Value, subtract: Value) -> Value:
    """``total - term`` where ``subtract``, else ``total + term``: one carry chain for both."""
    term = Value.cast(term).as_unsigned()
    turned = (term ^ subtract.replicate(len(term))).as_signed()
    return add_with_carry(total, turned, subtract)
