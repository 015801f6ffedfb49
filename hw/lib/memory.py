"""The memory of the target layer: one write port, one read port, registered output."""

from amaranth.hdl import Module, Shape, Signal
from amaranth.lib import memory, wiring
from amaranth.lib.wiring import In, Out


class BlockMemory(wiring.Component):
    """Simple dual-port memory that synthesis places in block RAM.

    The parent never reads an address in the cycle in which it is written: collision behaviour
    differs between devices, and the attribute below promises that nobody depends on it.

    Parameters
    ----------
    shape : shape of a word
    depth : number of words
    init : initial words, zero where absent

    Attributes
    ----------
    latency_cycles : 2, from ``r_addr`` to ``r_data``
    """

    latency_cycles = 2

    def __init__(self, shape, depth: int, init=()):
        self.shape, self.depth, self.init = shape, depth, init
        self.address_bits = max(1, (depth - 1).bit_length())
        super().__init__(
            {
                "w_en": In(1),
                "w_addr": In(self.address_bits),
                "w_data": In(shape),
                "r_addr": In(self.address_bits),
                "r_data": Out(shape),
            }
        )

    def elaborate(self, platform):
        m = Module()
        storage = memory.Memory(
            shape=self.shape,
            depth=self.depth,
            init=self.init,
            attrs={"ram_style": "block", "no_rw_check": 1},
        )
        m.submodules.storage = storage
        write, read = storage.write_port(), storage.read_port()
        # Plain bits, no reset: a register that a block RAM can take in as its output register.
        output = Signal(Shape.cast(self.shape), reset_less=True)
        m.d.comb += [
            write.en.eq(self.w_en),
            write.addr.eq(self.w_addr),
            write.data.eq(self.w_data),
            read.addr.eq(self.r_addr),
            read.en.eq(1),
        ]
        m.d.sync += output.eq(read.data)
        m.d.comb += self.r_data.eq(output)
        return m


class Rom(wiring.Component):
    """Read-only table in block RAM; the same latency as :class:`BlockMemory`."""

    latency_cycles = BlockMemory.latency_cycles

    def __init__(self, shape, init):
        self.shape, self.init = shape, list(init)
        self.address_bits = max(1, (len(self.init) - 1).bit_length())
        super().__init__({"addr": In(self.address_bits), "data": Out(shape)})

    def elaborate(self, platform):
        m = Module()
        m.submodules.table = table = BlockMemory(self.shape, len(self.init), self.init)
        m.d.comb += [table.r_addr.eq(self.addr), self.data.eq(table.r_data)]
        return m
