"""A short first-in first-out queue, for a few bits that keep frames company."""

from amaranth.hdl import Module, Signal
from amaranth.lib import memory, wiring
from amaranth.lib.wiring import In, Out

from hw.lib.memory import BlockMemory


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


class BlockQueue(MemoryQueue):
    """The same in block RAM, for many entries: ``o`` is right a few cycles after it has changed.

    Attributes
    ----------
    latency_cycles : 3, from ``put`` or ``take`` to ``o``
    """

    latency_cycles = 1 + BlockMemory.latency_cycles

    def elaborate(self, platform):
        m = Module()
        m.submodules.entries = entries = BlockMemory(self.shape, self.depth)
        write, read = Signal(entries.address_bits), Signal(entries.address_bits)
        # What is read while it is written is read again in the next cycle.
        m.d.comb += [
            entries.w_en.eq(self.put),
            entries.w_addr.eq(write),
            entries.w_data.eq(self.i),
            entries.r_addr.eq(read),
            self.o.eq(entries.r_data),
        ]
        m.d.sync += [write.eq(write + self.put), read.eq(read + self.take)]
        return m
