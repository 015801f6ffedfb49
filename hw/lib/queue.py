"""Short first-in first-out queues, for a few bits that keep frames company."""

from amaranth.hdl import Array, Module, Signal
from amaranth.lib import memory, wiring
from amaranth.lib.wiring import In, Out


class _Queue(wiring.Component):
    """Queue without flow control: the parent never overfills it or takes from it when empty.

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


class RegisterQueue(_Queue):
    """In flip-flops: for few bits, and every tool maps them alike."""

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


class MemoryQueue(_Queue):
    """In a memory of look-up tables: for more bits or entries."""

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
