"""Builder of a cell's tables: sums over all signs of eight channel entries, in Gray code order."""

from amaranth.hdl import Cat, Module, Mux, Signal, signed
from amaranth.lib import data, memory, wiring
from amaranth.lib.wiring import In, Out

from hw.lib.arithmetic import add_or_subtract, saturate
from hw.mimo_array.bundle import build_layout, operand_layout
from hw.mimo_array.geometry import INDEX_BITS, PAIRS, ArrayGeometry


class TableBuilder(wiring.Component):
    """From one table address to the next in Gray code order only one operand turns its sign.

    Members
    -------
    mine : ``operand`` is for this cell
    operand : an operand of both lanes, or the sums at address 0, to be stored
    build : turn an operand; the new sums are in ``word`` ``geometry.turn_cycles`` later
    word : both lanes' sums, saturated
    """

    def __init__(self, geometry: ArrayGeometry):
        self.geometry = g = geometry
        super().__init__(
            {
                "mine": In(1),
                "operand": In(operand_layout(g)),
                "build": In(build_layout(g)),
                "word": Out(PAIRS * g.table_bits),
            }
        )

    def elaborate(self, platform):
        m = Module()
        g = self.geometry
        pair = data.ArrayLayout(signed(g.operand_bits), PAIRS)
        m.submodules.operands = operands = memory.Memory(shape=pair, depth=INDEX_BITS, init=[])
        write, read = operands.write_port(), operands.read_port(domain="comb")
        m.d.comb += [
            write.en.eq(self.mine & ~self.operand.first_sums),
            write.addr.eq(self.operand.operand),
            read.addr.eq(self.build.operand),
        ]
        turn, minus = Signal(), Signal()
        m.d.sync += [turn.eq(self.build.turn), minus.eq(self.build.minus)]
        start = Signal()
        m.d.comb += start.eq(self.mine & self.operand.first_sums)
        sums = []
        for lane in range(PAIRS):
            m.d.comb += write.data[lane].eq(self.operand.lanes[lane])
            entry = Signal(signed(g.operand_bits), name=f"entry{lane}", reset_less=True)
            total = Signal(signed(g.sum_bits), name=f"sum{lane}", reset_less=True)
            m.d.sync += entry.eq(read.data[lane])
            with m.If(turn | start):
                turned = add_or_subtract(total, entry, minus)
                m.d.sync += total.eq(Mux(start, self.operand.lanes[lane], turned))
            sums.append(saturate(total, g.table_bits) if g.saturates else total)
        word = Cat(*sums)
        if g.saturates:  # then a register: from here it goes to the tables
            stored = Signal.like(word, name="stored", reset_less=True)
            m.d.sync += stored.eq(word)
            word = stored
        m.d.comb += self.word.eq(word)
        return m
