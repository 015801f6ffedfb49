"""Portable Verilog: every function as plain operators, mapped by whatever tool comes next."""

from amaranth.hdl import Module, Mux, Signal, Value

from hw.lib.arithmetic import subtract_with_borrow

wide_writes = False
cell_models: tuple[tuple[str, str], ...] = ()


def select_subtract(
    m: Module, a: Value, b: Value, select: Value, term: Value, one_more: Value, shape
) -> Value:
    """``(b if select else a) - term - one_more``, combinational."""
    result = Signal(shape)
    m.d.comb += result.eq(subtract_with_borrow(Mux(select, b, a), term, one_more))
    return result
