"""The back half takes rows in the order of their issue, each when its minima are known."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from hw.code_set.row_times import RowTimes
from hw.lib.arithmetic import bits_for
from hw.lib.delay import delayed
from hw.lib.queue import MemoryQueue

ROWS = 16
"""Rows, at most, between issue and back half."""


class BackOrder(wiring.Component):
    """Rows that are in flight.

    Parameters
    ----------
    slots : number of slots
    layout : of a header (:func:`hw.code_set.row_times.row_layout`)
    times : distances

    Members
    -------
    put, slot, header : a row is issued
    front_last : its last word left the program memory
    back : a back word is here, 1 cycle after it was counted
    row_starts : with the first one of a row
    released : one-hot, a cycle behind the count of a row's first back word, its slot
    """

    def __init__(self, slots: int, layout: data.StructLayout, times: RowTimes):
        self.slots, self.layout, self.times = slots, layout, times
        super().__init__(
            {
                "put": In(1),
                "slot": In(bits_for(slots)),
                "header": In(layout),
                "front_last": In(1),
                "back": Out(1),
                "row_starts": Out(1),
                "released": Out(slots),
            }
        )

    def elaborate(self, platform):
        m = Module()
        more = self.layout["more"].shape
        entry = data.StructLayout({"slot": self.slot.shape(), "more": more})
        m.submodules.rows = rows = MemoryQueue(entry, ROWS)
        found = delayed(m, self.front_last, self.times.search, "found", reset=True)
        # One row at most: the search of the next one ends when this one's minima are fetched.
        waiting, left, ending, starts = Signal(), Signal(more), Signal(), Signal()
        m.d.comb += [
            rows.put.eq(self.put),
            rows.i.slot.eq(self.slot),
            rows.i.more.eq(self.header.more),
            starts.eq(waiting & (~self.back | ending)),
            rows.take.eq(starts),
        ]
        m.d.sync += [
            waiting.eq(found | (waiting & ~starts)),
            self.released.eq(Mux(starts, 1 << rows.o.slot, 0)),
            self.row_starts.eq(starts),
            self.back.eq(starts | (self.back & ~ending)),
            left.eq(Mux(starts, rows.o.more, left - 1)),
            ending.eq(~starts & (left == 1)),
        ]
        return m
