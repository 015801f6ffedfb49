"""The search of a check row: what all its edges together say to each of them."""

from amaranth.hdl import Module, Signal, Value
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from hw.lib.minsearch import MinSearch
from hw.min_sum.front import negative_of


def row_layout(code, lanes: int, counts: bool) -> data.StructLayout:
    """What is found of each lane's row, as of :class:`hw.lib.minsearch.MinSearch`."""
    index = data.ArrayLayout(code.width, lanes)
    fields = {"m1": index, "second": index, "odd": lanes}
    return data.StructLayout(fields | ({"thrice": lanes} if counts else {}))


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
                "o": Out(arithmetic.row),
            }
            | ({"take": In(1)} if register else {})
        )

    def elaborate(self, platform):
        m = Module()
        lanes = self.arithmetic.lanes
        counts = self.arithmetic.counts
        m.submodules.minima = search = MinSearch(lanes, self.arithmetic.code(), counts)
        for lane in range(lanes):
            m.d.comb += search.x[lane].eq(self.i[lane].index)
            m.d.comb += search.negative[lane].eq(negative_of(self.i[lane]))
        m.d.comb += [
            search.valid.eq(self.valid),
            search.first.eq(self.first),
            search.last.eq(self.last),
            *(
                self._registered(m, search)
                if self.register
                else [self.o[name].eq(getattr(search, name)) for name in self._names]
            ),
        ]
        return m

    @property
    def _names(self) -> list[str]:
        return [name for name, _ in self.arithmetic.row]

    def _registered(self, m: Module, search: MinSearch) -> list:
        """``o`` from registers; the search has a complement, which is kept as such."""
        kept = Signal(self.o.shape(), reset_less=True)
        with m.If(self.take):
            m.d.sync += [kept[name].eq(_kept(name, getattr(search, name))) for name in self._names]
        return [self.o[name].eq(_kept(name, kept[name])) for name in self._names]


def _kept(name: str, found) -> Value:
    """There and back."""
    return ~found.as_value() if name == "second" else found
