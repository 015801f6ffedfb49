"""Carry cells and look-up tables as Amaranth modules, by Yosys' cell models."""

from amaranth.hdl import Cat, Const, Module, Mux


def cell(kind: str, **wires) -> Module:
    """In the place of an ``Instance`` of LUT4, CCU2C or CCU2, whose S and carry are combinational.

    ccu2c_sim.vh, cells_sim.v: carry = carry-in where the table is 1, else the table with D, of
    CCU2C also C, at 0.
    """
    m = Module()
    if kind == "LUT4":
        row = Cat(wires[f"i_{port}"] for port in "ABCD")
        m.d.comb += wires["o_Z"].eq(_content(wires["p_INIT"]).bit_select(row, 1))
        return m
    low = {"CCU2C": 2, "CCU2": 3}[kind]
    carry = wires["i_CIN"]
    for half in "01":
        table = _content(wires[f"p_INIT{half}"])
        row = Cat(wires[f"i_{port}{half}"] for port in "ABCD")
        propagate = table.bit_select(row, 1)
        m.d.comb += wires[f"o_S{half}"].eq(propagate ^ carry)
        carry = Mux(propagate, carry, table.bit_select(row[:low], 1))
    m.d.comb += wires["o_COUT"].eq(carry)
    return m


def _content(table: Const | str) -> Const:
    """Nexus' primitives take text."""
    return Const(int(table, 16), 16) if isinstance(table, str) else table
