"""Words written whole, of which one part is read."""

from amaranth.hdl import Cat, Const, Module, Shape, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from hw.lib.memory import block_storage, registered_read


class NarrowMemory(wiring.Component):
    """A memory whose words have a power of two of equal parts, written at once and read one by one.

    Block RAM of many targets may be written with wide words and read with narrow ones: the choice
    of the part is the lowest bits of the read address.

    Parameters
    ----------
    shape : of a part
    parts : of a word, a power of two
    depth : number of words
    wide_writes : of the target (:mod:`hw.lib.target`); otherwise a multiplexer chooses the part
    init : initial words, lists of parts as plain numbers; zero where absent

    Members
    -------
    w_en, w_addr, w_data : write port; a word is not written while it is read
    r_addr : word and, in the lowest bits, part
    r_data : the part

    Attributes
    ----------
    latency_cycles : 2, from ``r_addr`` to ``r_data``
    """

    latency_cycles = 2

    def __init__(self, shape, parts: int, depth: int, wide_writes: bool, init=()):
        if parts & (parts - 1):
            raise ValueError(f"{parts} parts of a word, not a power of two")
        self.shape, self.parts, self.depth = shape, parts, depth
        self.wide_writes, self.init = wide_writes, list(init)
        self.part_bits = (parts - 1).bit_length()
        address = max(1, (depth - 1).bit_length())
        super().__init__(
            {
                "w_en": In(1),
                "w_addr": In(address),
                "w_data": In(data.ArrayLayout(shape, parts)),
                "r_addr": In(self.part_bits + address),
                "r_data": Out(shape),
            }
        )

    def elaborate(self, platform):
        m = Module()
        bits = Shape.cast(self.shape).width
        parts = [self.w_data.as_value().word_select(n, bits) for n in range(self.parts)]
        output = Signal(bits)
        m.d.comb += self.r_data.eq(output)
        if self.wide_writes:
            flat = [part for word in self.init for part in word]
            m.submodules.parts = storage = block_storage(bits, self.depth * self.parts, flat)
            # Write ports with neighbouring addresses: synthesis makes them one.
            for number, part in enumerate(parts):
                write = storage.write_port()
                m.d.comb += [
                    write.en.eq(self.w_en),
                    write.addr.eq(Cat(Const(number, self.part_bits), self.w_addr)),
                    write.data.eq(part),
                ]
            registered_read(m, storage.read_port(), self.r_addr, output)
            return m
        words = [sum(part << n * bits for n, part in enumerate(word)) for word in self.init]
        m.submodules.words = storage = block_storage(bits * self.parts, self.depth, words)
        write, word = storage.write_port(), Signal(bits * self.parts)
        m.d.comb += [
            write.en.eq(self.w_en),
            write.addr.eq(self.w_addr),
            write.data.eq(Cat(*parts)),
        ]
        select, late = (Signal(max(1, self.part_bits), reset_less=True, name=name)
                        for name in ("select", "late"))  # fmt: skip
        m.d.sync += [select.eq(self.r_addr[: self.part_bits]), late.eq(select)]
        registered_read(m, storage.read_port(), self.r_addr[self.part_bits :], word)
        m.d.comb += output.eq(word.word_select(late, bits) if self.parts > 1 else word)
        return m
