"""Serial minimum search: one edge of every lane's check row a cycle."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from hw.lib.gray import Gray
from hw.lib.magnitude import Binary, Thermometer


class MinSearch(wiring.Component):
    """Two smallest magnitudes and the sign product of each lane's row.

    The edges of a row come in consecutive cycles, ``first`` to ``last``; between rows the inputs
    do not matter, so that no enable has to reach every lane. The results appear when the row's
    last edge has passed and stay until the next row's do, so rows follow each other without a gap.

    Parameters
    ----------
    lanes : rows searched in parallel
    code : how a magnitude index is coded
    counts : whether rows count the edges of their smallest index up to three

    Members
    -------
    m1, second : smallest index, and what ``code`` keeps of the next one
    odd : sign product
    thrice : only with ``counts``: three edges of the row hold its smallest index

    Attributes
    ----------
    latency_cycles : from the cycle of the last edge to valid outputs
    """

    latency_cycles = 2

    def __init__(self, lanes: int, code: Thermometer | Gray | Binary, counts: bool = False):
        self.lanes, self.code, self.counts = lanes, code, counts
        index = data.ArrayLayout(code.width, lanes)
        super().__init__(
            {
                "x": In(index),
                "negative": In(lanes),
                "valid": In(1),
                "first": In(1),
                "last": In(1),
                "m1": Out(index),
                "second": Out(index),
                "odd": Out(lanes),
            }
            | ({"thrice": Out(lanes)} if counts else {})
        )

    def elaborate(self, platform):
        m = Module()
        code = self.code
        index = data.ArrayLayout(code.row_width, self.lanes)
        sum1 = Signal(index, reset_less=True)
        sum2 = Signal(index)
        # The second minimum starts at the largest index, which is all ones: kept as its complement,
        # it starts by a reset of its registers, without a look-up table.
        complement = Signal(index, reset_less=True)
        parity, odd = (
            Signal(self.lanes, name=name, reset_less=True) for name in ("parity", "row_odd")
        )
        # The result keeps the complement too: an inverter before its register would be a table.
        m1, not_second = (
            Signal(self.m1.shape(), name=name, reset_less=True) for name in ("min1", "not_second")
        )
        complete = Signal()
        m.d.sync += complete.eq(self.valid & self.last)
        for lane in range(self.lanes):
            before = Mux(self.first, code.largest, sum1[lane])
            smaller, _ = code.minima(before, sum2[lane], self.x[lane])
            _, larger = code.minima(sum1[lane], sum2[lane], self.x[lane])
            m.d.sync += [
                sum1[lane].eq(smaller),
                complement[lane].eq(Mux(self.first, 0, ~larger)),
            ]
            m.d.comb += sum2[lane].eq(~complement[lane])
        if self.counts:
            held_by_three = self._held_by_three(m, sum1, sum2)
            thrice = Signal(self.lanes, name="row_thrice", reset_less=True)
            m.d.comb += self.thrice.eq(thrice)
        m.d.sync += parity.eq(Mux(self.first, 0, parity) ^ self.negative)
        with m.If(complete):
            m.d.sync += odd.eq(parity)
            if self.counts:
                m.d.sync += thrice.eq(held_by_three)
            for lane in range(self.lanes):
                m.d.sync += [
                    m1[lane].eq(code.index_of(sum1[lane])),
                    not_second[lane].eq(~code.second(sum1[lane], sum2[lane])),
                ]
        m.d.comb += [
            self.m1.eq(m1),
            self.second.eq(~not_second.as_value()),
            self.odd.eq(odd),
        ]
        return m

    def _held_by_three(self, m: Module, sum1: Signal, sum2: Signal) -> Value:
        """Per lane: the third smallest index, kept as the second one is, is the smallest."""
        code, complement = self.code, Signal.like(sum1, name="complement3")
        third = [~complement[lane] for lane in range(self.lanes)]
        for lane in range(self.lanes):
            following = code.third(sum2[lane], third[lane], self.x[lane])
            m.d.sync += complement[lane].eq(Mux(self.first, 0, ~following))
        # A row of two edges has no third one, where the search has the largest index.
        passed = Signal(3, reset_less=True)
        m.d.sync += passed.eq(Mux(self.first, 1, Cat(Const(1, 1), passed[:2])))
        return Cat(code.alike(sum1[lane], third[lane]) & passed[2] for lane in range(self.lanes))
