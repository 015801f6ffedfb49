"""ECP5's carry cells and look-up tables as Amaranth modules, by Yosys' cell model."""

from amaranth.hdl import Cat, Module, Mux


def cell(kind: str, **wires) -> Module:
    """In the place of an ``Instance`` of LUT4 or CCU2C, whose S and carry are combinational.

    ccu2c_sim.vh: carry = carry-in where the table is 1, else the table at C = D = 0.
    """
    m = Module()
    if kind == "LUT4":
        row = Cat(wires[f"i_{port}"] for port in "ABCD")
        m.d.comb += wires["o_Z"].eq(wires["p_INIT"].bit_select(row, 1))
        return m
    assert kind == "CCU2C", kind
    carry = wires["i_CIN"]
    for half in "01":
        table, row = wires[f"p_INIT{half}"], Cat(wires[f"i_{port}{half}"] for port in "ABCD")
        propagate = table.bit_select(row, 1)
        m.d.comb += wires[f"o_S{half}"].eq(propagate ^ carry)
        carry = Mux(propagate, carry, table.bit_select(row[:2], 1))
    m.d.comb += wires["o_COUT"].eq(carry)
    return m
