"""A short first-in first-out queue, for a few bits that keep frames company."""

from amaranth.hdl import Module
from amaranth.lib import memory, wiring
from amaranth.lib.wiring import In, Out


class MemoryQueue(wiring.Component):
    """Queue without flow control: the parent never overfills it or takes from it when empty.

    Its entries are a memory of look-up tables.

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
        m.submodules.entries = entries = memory.Memory(shape=self.shape, depth=self.depth, init=[])
        write, read = entries.write_port(), entries.read_port(domain="comb")
        m.d.comb += [write.en.eq(self.put), write.data.eq(self.i), self.o.eq(read.data)]
        m.d.sync += [
            write.addr.eq(write.addr + self.put),
            read.addr.eq(read.addr + self.take),
        ]
        return m
