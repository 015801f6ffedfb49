"""Which slot's row enters the front next."""

from functools import reduce
from operator import or_

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from hw.code_set import countdown
from hw.code_set.row_times import RowTimes
from hw.lib.arithmetic import bits_for
from hw.lib.round_robin import above, encoded, in_turn, lowest


class RowChoice(wiring.Component):
    """Rows of all slots, each as soon as it may be issued; slots that are ready have their turns.

    A row waits for its frame's row before: as many cycles from that row's start in the back half as
    its header says; the first row of an iteration waits for the verdict instead. Of other slots it
    waits only for the minima: its search may not end before the back half has begun the row before.
    For that every row is taken for one of the fewest edges.

    Parameters
    ----------
    slots : number of slots
    layout : of a header (:func:`hw.code_set.row_times.row_layout`)
    times : distances
    least, largest : degrees of a row

    Members
    -------
    held, headers : the slots' next rows
    may : a row that is chosen now can be read in two cycles
    begins : a bit a slot: its frame may go on with another iteration, or is a new one
    released : one-hot, the back half begins the slot's row; its next row's header is there
    chosen : one-hot
    issued, slot, header : a cycle later

    Attributes
    ----------
    rows_apart : least cycles from a choice to the next one, 3
    """

    rows_apart = 3

    def __init__(
        self, slots: int, layout: data.StructLayout, times: RowTimes, least: int, largest: int
    ):
        self.slots, self.layout, self.times = slots, layout, times
        self.least, self.largest = least, largest
        super().__init__(
            {
                "held": In(slots),
                "headers": In(data.ArrayLayout(layout, slots)),
                "may": In(1),
                "begins": In(slots),
                "released": In(slots),
                "chosen": Out(slots),
                "issued": Out(1),
                "slot": Out(bits_for(slots)),
                "header": Out(layout),
            }
        )

    def elaborate(self, platform):
        m = Module()
        slots = range(self.slots)
        ready, later = Signal(self.slots), Signal(self.slots, init=-1)
        busy = Signal(self.slots, init=-1)  # no frame, or the row before is not in the back half
        fits = self._fits(m)
        behind = Signal(self.slots)
        m.d.comb += behind.eq(ready & later)
        turn = lowest(in_turn(ready, behind))
        chosen = self.chosen
        m.d.comb += chosen.eq(Mux(self.may, turn, 0))
        m.d.sync += [
            self.issued.eq(chosen.any()),
            self.slot.eq(encoded(chosen)),
            self.header.eq(reduce(or_, (Mux(chosen[s], self.headers[s].as_value(), 0)
                                        for s in slots))),
        ]  # fmt: skip
        with m.If(chosen.any()):
            m.d.sync += later.eq(above(chosen))
        free = ~(chosen.any() | self.issued)
        for slot in slots:
            header = self.headers[slot]
            count = Signal(self.layout["wait"].shape, init=countdown.LAST, name=f"count{slot}")
            counted = count == countdown.LAST
            waited = self.held[slot] & ~busy[slot] & counted
            released = self.released[slot] & ~header.initial
            m.d.sync += ready[slot].eq(waited & fits & free)
            with m.If(released):
                m.d.sync += count.eq(header.wait)
            with m.Elif(~counted):
                m.d.sync += count.eq(countdown.step(count))
            with m.If(chosen[slot]):
                m.d.sync += busy[slot].eq(1)
            with m.Elif(released | self.begins[slot]):
                m.d.sync += busy[slot].eq(0)
        return m

    def _fits(self, m: Module):
        """Whether a row may be issued in the next cycle, for all that other slots say.

        ``ends`` are the cycles until the back half is through with all rows that were issued, and
        ``before`` with all but the last one, which it begins then or earlier than a new row's
        search ends; both less what lies between the choice of a row and the end of its search.
        """
        width = (4 * self.largest).bit_length()
        ends, before, begins = (Signal(width, name=n) for n in ("ends", "before", "begins"))
        degree = self.header.more + 1
        m.d.comb += begins.eq(Mux(ends > degree, ends, degree))
        with m.If(self.issued):
            m.d.sync += [ends.eq(begins + self.header.more), before.eq(_less_one(ends))]
        with m.Else():
            m.d.sync += [ends.eq(_less_one(ends)), before.eq(_less_one(before))]
        return before <= self.least + 1


def _less_one(count: Signal):
    return Mux(count.any(), count - 1, 0)
