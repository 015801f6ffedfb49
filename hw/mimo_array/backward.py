"""Backward product of a cell: g = H^H w for its four antennas."""

from amaranth.hdl import Cat, Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hw.lib.memory import TableMemory
from hw.mimo_array.bundle import control_layout
from hw.mimo_array.geometry import GROUP, INDEX_BITS, PAIRS, ArrayGeometry


class BackwardProduct(wiring.Component):
    """Planes of the residual to table words, added over the user groups and accumulated.

    A plane takes two cycles, the real parts' and the imaginary parts', which share all adders.
    Afterwards the cell's values leave one by one.

    Members
    -------
    control : uses indices, bank, table_bank, table_group, clear, take and build.write_backward
    word : what is written into tables
    value : antenna by antenna, real part first, in the cycles after ``take``

    Attributes
    ----------
    share_cycles : from the indices to the words at the adders
    """

    share_cycles = TableMemory.latency_cycles + 1

    def __init__(self, geometry: ArrayGeometry):
        self.geometry = g = geometry
        super().__init__(
            {
                "control": In(control_layout(g)),
                "word": In(PAIRS * g.table_bits),
                "value": Out(signed(g.g_bits)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        g = self.geometry
        shares = self._tables(m)
        sums = [self._tree(m, f"antenna{a}", shares[a]) for a in range(GROUP)]
        newest = [self._accumulate(m, a, total) for a, total in enumerate(sums)]

        # The last antenna's two parts follow those of the one before, and so on.
        behind = None
        for antenna in reversed(range(GROUP)):
            first, second = (
                Signal(signed(g.g_bits), name=f"leave{antenna}_{i}", reset_less=True)
                for i in range(2)
            )
            value = newest[antenna]
            m.d.sync += [
                first.eq(value if behind is None else Mux(self.control.take, value, behind)),
                second.eq(first),
            ]
            behind = second
        m.d.comb += self.value.eq(first)
        return m

    def _tables(self, m: Module) -> list[list]:
        """Table words by antenna: one of every user group."""
        g, control = self.geometry, self.control
        depth = 2 * g.groups_per_table << INDEX_BITS
        shares: list[list] = [[] for _ in range(GROUP)]
        for number in range(g.backward_tables):
            groups = [k for k in (2 * number, 2 * number + 1) if k < g.user_groups]
            for pair in range(PAIRS):
                table = TableMemory(PAIRS * g.table_bits, depth)
                m.submodules[f"table{number}_{pair}"] = table
                a_half = [control.table_group] if g.groups_per_table > 1 else []
                b_half = [1] if g.groups_per_table > 1 else []
                m.d.comb += [
                    table.w_en.eq(control.build.write_backward[number * PAIRS + pair]),
                    table.w_data.eq(self.word),
                    table.a_addr.eq(
                        Cat(control.indices[groups[0]], *a_half, control.table_bank)
                    ),
                    table.b_addr.eq(Cat(control.indices[groups[-1]], *b_half, control.bank)),
                ]
                words = (table.a_data, table.b_data)[: len(groups)]
                for lane in range(PAIRS):
                    antenna = PAIRS * pair + lane
                    for word in words:
                        # Block RAMs are far away: half of the way before the adders.
                        share = Signal(
                            signed(g.table_bits),
                            name=f"share{antenna}_{len(shares[antenna])}",
                            reset_less=True,
                        )
                        m.d.sync += share.eq(word.word_select(lane, g.table_bits))
                        shares[antenna].append(share)
        return shares

    def _tree(self, m: Module, name: str, terms: list):
        level = 0
        while len(terms) > 1:
            pairs = [terms[i : i + 2] for i in range(0, len(terms), 2)]
            terms = []
            for i, pair in enumerate(pairs):
                total = pair[0] + pair[1] if len(pair) > 1 else pair[0]
                register = Signal.like(total, name=f"{name}_{level}_{i}", reset_less=True)
                m.d.sync += register.eq(total)
                terms.append(register)
            level += 1
        return terms[0]

    def _accumulate(self, m: Module, antenna: int, plane_sum):
        """Twice the sum so far, plus this plane; real and imaginary part take turns."""
        shape = signed(self.geometry.g_bits)
        newest, older = (
            Signal(shape, name=f"{name}{antenna}", reset_less=True) for name in ("newest", "older")
        )
        m.d.sync += [
            newest.eq((older << 1) + plane_sum),
            older.eq(Mux(self.control.clear, 0, newest)),
        ]
        return newest
