"""Lattice ECP5: carry chains (CCU2C) whose look-up tables do work of their own.

A half of a CCU2C adds what its four-input table says (propagate p) to the carry; where p is 0, its
carry-out is what the table says of inputs A and B with C and D at 0. So a table may hold more than
two operands' sum, as long as its value at C = D = 0 is the carry of the cases in which p is 0
(cell model: ccu2c_sim.vh of Yosys; Lattice TN-02203, "ECP5 slice").
"""

from amaranth.hdl import Cat, Const, Instance, Module, Signal, Value

wide_writes = True
cell_models = (("pyosys", "share/ecp5/cells_sim.v"),)


def _table(function) -> int:
    """Table of a function of the bits (a, b, c, d)."""
    rows = ((i, i & 1, i >> 1 & 1, i >> 2 & 1, i >> 3 & 1) for i in range(16))
    return sum(int(function(*inputs)) << row for row, *inputs in rows)


# With C and D at 1 nothing propagates, and what is carried is not A: the start of a subtraction.
_CARRY_NOT_A = _table(lambda a, b, c, d: not (a or c or d))
# A is the term's bit, B selects C or D. At C = D = 0 the sum's operand is 0: p = not A, which is
# also the operand to carry wherever p is 0.
_SELECT_SUBTRACT = _table(lambda a, b, c, d: (d if b else c) ^ (not a))


def select_subtract(
    m: Module, a: Value, b: Value, select: Value, term: Value, one_more: Value, shape
) -> Value:
    """``(b if select else a) - term - one_more``: the choice costs no look-up table of its own."""
    result = Signal(shape)
    width = len(result)

    def bits(value: Value) -> list[Value]:
        value = Value.cast(value)
        return [*value[:width], *[value[-1]] * (width - len(value))]

    start = Value.cast(one_more), Const(0, 1), Const(1, 1), Const(1, 1)
    halves = [(_CARRY_NOT_A, start, Signal())]
    sums = []
    for from_a, from_b, bit in zip(bits(a), bits(b), bits(term), strict=True):
        total = Signal()
        sums.append(total)
        halves.append((_SELECT_SUBTRACT, (bit, select, from_a, from_b), total))
    if len(halves) % 2:
        halves.append((0, (Const(0, 1),) * 4, Signal()))
    carry = Const(0, 1)
    for low, high in zip(halves[::2], halves[1::2], strict=True):
        carry_out = Signal()
        ports = {}
        for number, (table, inputs, total) in enumerate((low, high)):
            ports |= {f"p_INIT{number}": Const(table, 16), f"p_INJECT1_{number}": "NO"}
            ports |= {f"i_{p}{number}": v for p, v in zip("ABCD", inputs, strict=True)}
            ports[f"o_S{number}"] = total
        m.submodules += Instance("CCU2C", i_CIN=carry, o_COUT=carry_out, **ports)
        carry = carry_out
    m.d.comb += result.eq(Cat(*sums).as_signed())
    return result
