"""Word after word of a table in block RAM, from any of them on: a table for several jobs."""

from amaranth.hdl import Cat, Module, Shape, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from hw.lib.arithmetic import bits_for
from hw.lib.deep_rom import is_deep, read_deep
from hw.lib.memory import block_storage, registered_read, write_members, written


class Microprogram(wiring.Component):
    """A register that shows the words of a table from ``first`` on.

    Unlike :class:`hw.lib.microprogram_rom.MicroprogramRom` it begins anywhere, so its address is a
    counter.

    Parameters
    ----------
    layout, words : of the table
    writable : it has a write port (:func:`hw.lib.memory.write_members`)

    Members
    -------
    step : to the next word; only while ``ready``
    restart : nothing is ready and ``word`` becomes 0; in the cycle before it falls ``first`` is
        taken
    first : number of the word to begin with
    ready : ``word`` is there, ``restart_cycles`` after ``restart`` fell

    Attributes
    ----------
    restart_cycles : 3
    """

    restart_cycles = 3

    def __init__(self, layout: data.StructLayout, words: list[dict], writable: bool = False):
        self.layout, self.words, self.writable = layout, words, writable
        address = bits_for(len(words))
        super().__init__(
            {
                "step": In(1),
                "restart": In(1),
                "first": In(address),
                "ready": Out(1),
                "word": Out(layout),
            }
            | write_members(writable, address, layout)
        )

    @property
    def memory(self) -> tuple[int, int]:
        """Width and depth of the block RAM."""
        return Shape.cast(self.layout).width, len(self.words)

    def elaborate(self, platform):
        m, deep = Module(), is_deep(self.words)
        if not deep:
            table = block_storage(self.layout, len(self.words), self.words)
            m.submodules.table = table
        address, read = Signal.like(self.first), Signal(self.layout)
        advance, filled = Signal(), Signal(self.restart_cycles)
        m.d.comb += [advance.eq(self.step | ~self.ready), self.ready.eq(filled[-1])]
        with m.If(self.restart):
            m.d.sync += [filled.eq(0), address.eq(self.first)]
        with m.Elif(advance):
            m.d.sync += [filled.eq(Cat(1, filled)), address.eq(address + 1)]
        with m.If(self.restart):
            m.d.sync += self.word.eq(0)
        with m.Elif(advance):
            m.d.sync += self.word.eq(read)
        if deep:
            writes = self if self.writable else None
            read_deep(m, self.layout, self.words, address, read, advance, writes)
        else:
            registered_read(m, table.read_port(), address, read, advance)
            if self.writable:
                written(m, table, self, self.w_data)
        return m
