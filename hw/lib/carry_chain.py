"""A sum in the carry cells of a device, two look-up tables and two bits a cell."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from amaranth.hdl import Cat, Const, Module, Signal, Value


@dataclass(frozen=True)
class Half:
    """A half of a carry cell.

    table : content of its look-up table ; inputs : of this, from A on ; total : the bit it adds up
    """

    table: int
    inputs: tuple[Value, ...]
    total: Signal


Cell = Callable[[Module, Half, Half, Value], Value]
"""Makes a cell of its lower and its upper half and the carry into it; returns the carry out."""


def carry_chain(
    m: Module,
    first: tuple[int, tuple[Value, ...]],
    table: int,
    operands: Sequence[Value],
    shape,
    cell: Cell,
) -> Value:
    """The sum of ``operands``: one half that makes the first carry, and one for each bit.

    Parameters
    ----------
    first : table and inputs of the first half
    table : of the others, whose inputs are a bit of each operand, sign-extended
    shape : of the sum
    """
    result = Signal(shape)
    halves, zero = [Half(*first, Signal())], Const(0, 1)
    columns = zip(*(_extended(each, len(result)) for each in operands), strict=True)
    sums = [Half(table, inputs, Signal(name="total")) for inputs in columns]
    halves += sums
    if len(halves) % 2:
        halves.append(Half(0, (zero,) * len(first[1]), Signal()))
    carry = zero
    for low, high in zip(halves[::2], halves[1::2], strict=True):
        carry = cell(m, low, high, carry)
    m.d.comb += result.eq(Cat(half.total for half in sums).as_signed())
    return result


def _extended(value: Value, width: int) -> list[Value]:
    value = Value.cast(value)
    above = value[-1] if value.shape().signed else Const(0, 1)
    return [*value[:width], *[above] * (width - len(value))]
