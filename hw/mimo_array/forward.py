"""Forward product of a cell: its four antennas' share of u = H v, plane by plane."""

from amaranth.hdl import Cat, Module, Mux, Signal, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from hw.lib.delay import delayed
from hw.lib.memory import TableMemory
from hw.mimo_array.bundle import place_bits
from hw.mimo_array.geometry import CELL_VALUES, GROUP, INDEX_BITS, PAIRS, ArrayGeometry


def sums_layout(g: ArrayGeometry) -> data.ArrayLayout:
    """[user of the pass][0 real, 1 imaginary] of one plane's sum."""
    return data.ArrayLayout(data.ArrayLayout(signed(g.chain_bits), 2), g.lanes)


class ForwardProduct(wiring.Component):
    """Planes of the iterate to table words, added to what comes down the chain.

    The sum at ~index is the negative of the sum at index, so tables hold one half: the top index
    bit turns the other bits and the sign.

    Members
    -------
    load, iterate : take the offset codes of the cell's values (antenna by antenna, real part first)
    pass_, bank : where in the tables the users of this cycle are; ``pass_`` counts on from the
        first matrix to the second
    write, address, word : write ``word`` into the tables whose bit is set, at this half index
    i, o : the sums so far, and with this cell's share; ``o`` is a register

    Attributes
    ----------
    latency_cycles : 4, from a cycle's planes to ``o``
    """

    latency_cycles = TableMemory.latency_cycles + 2

    def __init__(self, geometry: ArrayGeometry):
        self.geometry = g = geometry
        sums = sums_layout(g)
        super().__init__(
            {
                "load": In(1),
                "iterate": In(data.ArrayLayout(g.x_bits, CELL_VALUES)),
                "pass_": In(place_bits(g.forward_places)),
                "bank": In(1),
                "write": In(g.forward_tables),
                "address": In(INDEX_BITS - 1),
                "word": In(PAIRS * g.table_bits),
                "i": In(sums),
                "o": Out(sums),
            }
        )

    def elaborate(self, platform):
        m = Module()
        g = self.geometry
        # Every pass needs all planes again, so they go round.
        planes = [
            Signal(g.x_bits, name=f"planes{k}", reset_less=True) for k in range(CELL_VALUES)
        ]
        for register, loaded in zip(planes, self.iterate, strict=True):
            turned = Cat(register[-1], register[:-1])
            m.d.sync += register.eq(Mux(self.load, loaded, turned))
        plane = [register[-1] for register in planes]
        real, imaginary = plane[0::2], plane[1::2]
        # A table's sum is that of (h_re a + h_im b) over the antennas.
        indices = [
            Cat(*(bit for i in range(GROUP) for bit in (real[i], ~imaginary[i]))),
            Cat(*(bit for i in range(GROUP) for bit in (imaginary[i], real[i]))),
        ]
        half = [index[:-1] ^ index[-1].replicate(INDEX_BITS - 1) for index in indices]
        latency = TableMemory.latency_cycles
        negative, late_negative = (
            [delayed(m, index[-1], cycles, f"negative{part}") for part, index in enumerate(indices)]
            for cycles in (latency, latency + 1)
        )
        where = [self.pass_] if g.forward_places > 1 else []
        depth = 2 * g.forward_places << (INDEX_BITS - 1)
        sums = Signal.like(self.o, name="sums", reset_less=True)
        m.d.comb += self.o.eq(sums)
        for number in range(g.forward_tables):
            table = TableMemory(PAIRS * g.table_bits, depth)
            m.submodules[f"table{number}"] = table
            write = self.write[number]
            m.d.comb += [
                table.w_en.eq(write),
                table.w_data.eq(self.word),
                table.a_addr.eq(Cat(Mux(write, self.address, half[0]), *where, self.bank)),
                table.b_addr.eq(Cat(half[1], *where, self.bank)),
            ]
            for lane in range(PAIRS):
                user = PAIRS * number + lane
                for part, word in enumerate((table.a_data, table.b_data)):
                    # Block RAMs are far away: half of the way, then the adder.
                    share = Signal(g.table_bits, name=f"share{user}_{part}", reset_less=True)
                    word_bits = word.word_select(lane, g.table_bits)
                    turned = Cat(late_negative[part], share).as_signed()
                    m.d.sync += [
                        share.eq(word_bits ^ negative[part].replicate(g.table_bits)),
                        sums[user][part].eq((Cat(1, self.i[user][part]).as_signed() + turned)[1:]),
                    ]
        return m

