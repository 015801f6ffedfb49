"""A short first-in first-out queue in flip-flops, for a few bits that keep frames company."""

from amaranth.hdl import Array, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out


class RegisterQueue(wiring.Component):
    """Queue without flow control: the parent never overfills it or takes from it when empty.

    Flip-flops rather than a memory: that many bits fit, and every tool maps them alike.

    Parameters
    ----------
    shape : shape of an entry
    depth : entries, a power of two of at least 2
    """

    def __init__(self, shape, depth: int):
        if depth < 2 or depth & (depth - 1):
            raise ValueError(f"queue depth {depth} is not a power of two of at least 2")
        self.shape, self.depth = shape, depth
        super().__init__({"put": In(1), "i": In(shape), "take": In(1), "o": Out(shape)})

    def elaborate(self, platform):
        m = Module()
        entries = Array(Signal(self.shape, name=f"entry{i}") for i in range(self.depth))
        newest, oldest = Signal(range(self.depth)), Signal(range(self.depth))
        with m.If(self.put):
            m.d.sync += [entries[newest].eq(self.i), newest.eq(newest + 1)]
        with m.If(self.take):
            m.d.sync += oldest.eq(oldest + 1)
        m.d.comb += self.o.eq(entries[oldest])
        return m
