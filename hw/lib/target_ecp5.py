"""Lattice ECP5: carry chains (CCU2C) whose look-up tables do work of their own, and single tables.

A half of a CCU2C adds what its four-input table says (propagate p) to the carry; where p is 0, its
carry-out is what the table says of inputs A and B with C and D at 0. So a table may hold more than
two operands' sum, as long as its value at C = D = 0 is the carry of the cases in which p is 0
(cell model: ccu2c_sim.vh of Yosys; Lattice TN-02203, "ECP5 slice").
"""

from collections.abc import Callable

from amaranth.hdl import Const, Instance, Module, Signal, Value

from hw.lib.carry_chain import Half, carry_chain
from hw.lib.truth_table import truth_table

wide_writes = True
flips_terms = True
cell_models = ("ecp5",)


# With C and D at 1 nothing propagates, and what is carried is A, or not A: the start of a chain.
_CARRY_A = truth_table(lambda a, b, c, d: a and not (c or d))
_CARRY_NOT_A = truth_table(lambda a, b, c, d: not (a or c or d))
# A is the term's bit, B inverts it; C and D are the other operand, of which one bit is 0. At
# C = D = 0 that is 0: p is the term's bit as it is used, which is also the one to carry wherever p
# is 0.
_SUBTRACT = truth_table(lambda a, b, c, d: (c or d) ^ (not a ^ b))
_ADD = truth_table(lambda a, b, c, d: (c or d) ^ (a ^ b))


def subtract_from_either(
    m: Module, a: Value, b: Value, term: Value, flip: Value, one_more: Value, shape
) -> Value:
    """``(a | b) - (term ^ flip) - one_more``: all in the carry chain's own look-up tables."""
    return _chain(m, _CARRY_NOT_A, _SUBTRACT, a, b, term, flip, one_more, shape)


def add_flipped(m: Module, a: Value, term: Value, flip: Value, one_more: Value, shape) -> Value:
    """``a + (term ^ flip) + one_more``, in the same way."""
    return _chain(m, _CARRY_A, _ADD, a, Const(0, 1), term, flip, one_more, shape)


def look_up(m: Module, function: Callable, *bits: Value) -> Value:
    """``function`` of at most four bits in a table that synthesis leaves as it is."""
    result = Signal()
    unused = [Const(0, 1)] * (4 - len(bits))
    wires = {f"i_{port}": bit for port, bit in zip("ABCD", [*bits, *unused], strict=True)}
    content = truth_table(lambda *inputs: function(*inputs[: len(bits)]))
    m.submodules += Instance("LUT4", p_INIT=Const(content, 16), o_Z=result, **wires)
    return result


def _chain(m: Module, start: int, table: int, a, b, term, flip, one_more, shape) -> Value:
    """``term`` and ``flip`` at A and B of a half, the other operand at C and D."""
    first = start, (Value.cast(one_more), Const(0, 1), Const(1, 1), Const(1, 1))
    operands = term, Value.cast(flip).as_signed(), a, b
    return carry_chain(m, first, table, operands, shape, _cell)


def _cell(m: Module, low: Half, high: Half, carry: Value) -> Value:
    carry_out = Signal()
    ports = {}
    for number, half in enumerate((low, high)):
        ports |= {f"p_INIT{number}": Const(half.table, 16), f"p_INJECT1_{number}": "NO"}
        ports |= {f"i_{p}{number}": v for p, v in zip("ABCD", half.inputs, strict=True)}
        ports[f"o_S{number}"] = half.total
    m.submodules += Instance("CCU2C", i_CIN=carry, o_COUT=carry_out, **ports)
    return carry_out
