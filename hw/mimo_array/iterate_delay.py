"""Delay of a cell's iterate from one round of a vector to the next."""

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hw.lib.delay import delayed
from hw.mimo_array.geometry import CELL_VALUES, ArrayGeometry
from hw.mimo_array.timing import Interleaving


class IterateDelay(wiring.Component):
    """Codes come and go in the cycles of ``shift``, which is eight cycles of each window.

    Parameters
    ----------
    taken_cycles : how long ``i`` has already been delayed behind the update

    Attributes
    ----------
    cycles : from ``i`` to ``o``: all but the update's own latency of ``loop_windows`` windows
    """

    def __init__(self, geometry: ArrayGeometry, timing: Interleaving, taken_cycles: int):
        self.geometry = geometry
        before = geometry.element_cycles + taken_cycles
        # First up to the window's grid, then only with the values of later windows.
        self.windows = timing.loop_windows - -(-before // geometry.window)
        self.free_cycles = -before % geometry.window
        self.cycles = self.free_cycles + self.windows * geometry.window
        code = geometry.x_bits
        super().__init__({"i": In(code), "shift": In(1), "o": Out(code)})

    def elaborate(self, platform):
        m = Module()
        value = delayed(m, self.i, self.free_cycles, "free")
        for place in range(self.windows * CELL_VALUES):
            register = Signal(self.geometry.x_bits, name=f"kept{place}", reset_less=True)
            with m.If(self.shift):
                m.d.sync += register.eq(value)
            value = register
        m.d.comb += self.o.eq(value)
        return m
