"""Portable Verilog: every function as plain operators, mapped by whatever tool comes next."""

from collections.abc import Callable

from amaranth.hdl import Cat, Const, Module, Signal, Value

from hw.lib.arithmetic import add_with_carry, subtract_with_borrow
from hw.lib.target import in_logic

wide_writes = False
flips_terms = False
cell_models: tuple[str, ...] = ()


def subtract_from_either(
    m: Module, a: Value, b: Value, term: Value, flip: Value, one_more: Value, shape
) -> Value:
    """``(a | b) - (term ^ flip) - one_more``, combinational."""
    result = Signal(shape)
    either = (a | b).as_signed()
    m.d.comb += result.eq(subtract_with_borrow(either, _flipped(term, flip), one_more))
    return result


def add_flipped(m: Module, a: Value, term: Value, flip: Value, one_more: Value, shape) -> Value:
    """``a + (term ^ flip) + one_more``, combinational."""
    result = Signal(shape)
    m.d.comb += result.eq(add_with_carry(a, _flipped(term, flip), one_more))
    return result


def look_up(m: Module, function: Callable, *bits: Value) -> Value:
    """``function`` of the bits."""
    return in_logic(function, *bits)


def _flipped(term: Value, flip: Value) -> Value:
    term = Value.cast(term)
    word = term if term.shape().signed else Cat(term, Const(0, 1))
    if isinstance(flip, Const) and not flip.value:
        return word.as_signed()
    return (word ^ flip.replicate(len(word))).as_signed()
