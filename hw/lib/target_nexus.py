"""Lattice Nexus: carry chains (CCU2) whose look-up tables do work of their own, and single tables.

A half of a CCU2 adds what its four-input table says (propagate p) to the carry; where p is 0, its
carry-out is what the table says of inputs A, B and C with D at 0. With D at 1 the two are
independent: a half adds any function of three bits, and carries any other (cell model: cells_sim.v
of Yosys; Lattice FPGA-DS-02049, "PFU block"). Signs are not left to the adders here: the
subtraction has two operands in one place already, and a fourth bit would take the place of D.
"""

from collections.abc import Callable

from amaranth.hdl import Cat, Const, Instance, Module, Signal, Value

from hw.lib.carry_chain import Half, carry_chain
from hw.lib.truth_table import truth_table

wide_writes = True
flips_terms = False
cell_models = ("nexus",)


def _half(propagates, carries) -> int:
    """Table of a half with D at 1: functions of the bits (a, b, c)."""
    return truth_table(lambda a, b, c, d: propagates(a, b, c) if d else carries(a, b, c))


# Nothing propagates, and what is carried is A, or not A: the start of a chain.
_CARRY_A = _half(lambda a, b, c: 0, lambda a, b, c: a)
_CARRY_NOT_A = _half(lambda a, b, c: 0, lambda a, b, c: not a)
# A is the term's bit; B and C are the other operand, of which one bit is 0. Where both operands'
# bits are alike, that of the other one is carried.
_SUBTRACT = _half(lambda a, b, c: (b or c) ^ (not a), lambda a, b, c: b or c)
# A is the term's bit, B inverts it, C is the other operand.
_ADD = _half(lambda a, b, c: c ^ a ^ b, lambda a, b, c: c)


def subtract_from_either(
    m: Module, a: Value, b: Value, term: Value, flip: Value, one_more: Value, shape
) -> Value:
    """``(a | b) - (term ^ flip) - one_more``: all in the tables of the carry chain but ``flip``."""
    term = Value.cast(term)
    if not isinstance(flip, Const) or flip.value:
        # Its sign is another bit's, so the inverted term has one bit more.
        sign = term[-1] if term.shape().signed else Const(0, 1)
        word = Cat(term, sign)
        term = (word ^ flip.replicate(len(word))).as_signed()
    return _chain(m, _CARRY_NOT_A, _SUBTRACT, (term, a, b), one_more, shape)


def add_flipped(m: Module, a: Value, term: Value, flip: Value, one_more: Value, shape) -> Value:
    """``a + (term ^ flip) + one_more``, all in the tables of the carry chain."""
    return _chain(m, _CARRY_A, _ADD, (term, Value.cast(flip).as_signed(), a), one_more, shape)


def look_up(m: Module, function: Callable, *bits: Value) -> Value:
    """``function`` of at most four bits in a table that synthesis leaves as it is."""
    result = Signal()
    unused = [Const(0, 1)] * (4 - len(bits))
    wires = {f"i_{port}": bit for port, bit in zip("ABCD", [*bits, *unused], strict=True)}
    content = truth_table(lambda *inputs: function(*inputs[: len(bits)]))
    m.submodules += Instance("LUT4", p_INIT=_text(content), o_Z=result, **wires)
    return result


def _text(table: int) -> str:
    """A table as this family's primitives take it."""
    return f"0x{table:04x}"


def _chain(m: Module, start: int, table: int, operands: tuple, one_more, shape) -> Value:
    """``operands`` are what A, B and C of a half get their bits from."""
    zero = Const(0, 1)
    first = start, (Value.cast(one_more), zero, zero)
    return carry_chain(m, first, table, operands, shape, _cell)


def _cell(m: Module, low: Half, high: Half, carry: Value) -> Value:
    carry_out = Signal()
    one = Const(1, 1)
    ports = {"p_INJECT": "NO"}
    for number, half in enumerate((low, high)):
        ports[f"p_INIT{number}"] = _text(half.table)
        ports |= {f"i_{p}{number}": v for p, v in zip("ABCD", (*half.inputs, one), strict=True)}
        ports[f"o_S{number}"] = half.total
    m.submodules += Instance("CCU2", i_CIN=carry, o_COUT=carry_out, **ports)
    return carry_out
