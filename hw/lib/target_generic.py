"""Portable Verilog: every function as plain operators, mapped by whatever tool comes next."""

from amaranth.hdl import Module, Mux, Signal, Value

cell_models: tuple[tuple[str, str], ...] = ()


def select_subtract(m: Module, a: Value, b: Value, select: Value, term: Value, shape) -> Value:
    """``(b if select else a) - term``, combinational; all operands signed."""
    result = Signal(shape)
    m.d.comb += result.eq(Mux(select, b, a) - term)
    return result
