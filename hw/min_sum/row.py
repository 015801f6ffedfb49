"""The search of a check row: what all its edges together say to each of them."""

from amaranth.hdl import Module, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from hw.lib.minsearch import MinSearch
from hw.min_sum.front import negative_of


def row_layout(code, lanes: int) -> data.StructLayout:
    """Minima and sign product of each lane's row, as of :class:`hw.lib.minsearch.MinSearch`."""
    index = data.ArrayLayout(code.width, lanes)
    return data.StructLayout({"m1": index, "second": index, "odd": lanes})


class RowSearch(wiring.Component):
    """One block edge a cycle; rows follow each other without a gap.

    Parameters
    ----------
    arithmetic : of :class:`hw.min_sum.arithmetic.MinSum`

    Members
    -------
    i : the edge, as it goes into the FIFO; valid, first, last : it is there, it is its row's first
        or last
    o : of the row whose last edge passed ``latency_cycles`` ago, until the next row's is there
    take : only with ``register``: ``o`` is what the search has now, from the next cycle on until
        the next ``take``
    """

    latency_cycles = MinSearch.latency_cycles

    def __init__(self, arithmetic, register: bool = False):
        self.arithmetic, lanes, self.register = arithmetic, arithmetic.lanes, register
        super().__init__(
            {
                "i": In(data.ArrayLayout(arithmetic.edge_lane, lanes)),
                "valid": In(1),
                "first": In(1),
                "last": In(1),
                "o": Out(row_layout(arithmetic.code(), lanes)),
            }
            | ({"take": In(1)} if register else {})
        )

    def elaborate(self, platform):
        m = Module()
        lanes = self.arithmetic.lanes
        m.submodules.minima = search = MinSearch(lanes, self.arithmetic.code())
        for lane in range(lanes):
            m.d.comb += search.x[lane].eq(self.i[lane].index)
            m.d.comb += search.negative[lane].eq(negative_of(self.i[lane]))
        m.d.comb += [
            search.valid.eq(self.valid),
            search.first.eq(self.first),
            search.last.eq(self.last),
            *(
                self._kept(m, search)
                if self.register
                else (
                    self.o.m1.eq(search.m1),
                    self.o.second.eq(search.second),
                    self.o.odd.eq(search.odd),
                )
            ),
        ]
        return m

    def _kept(self, m: Module, search: MinSearch) -> tuple:
        """``o`` from registers; the search has a complement, which is kept as such."""
        kept = Signal(self.o.shape(), reset_less=True)
        with m.If(self.take):
            m.d.sync += [
                kept.m1.eq(search.m1),
                kept.second.eq(~search.second.as_value()),
                kept.odd.eq(search.odd),
            ]
        return (
            self.o.m1.eq(kept.m1),
            self.o.second.eq(~kept.second.as_value()),
            self.o.odd.eq(kept.odd),
        )
