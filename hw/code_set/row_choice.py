"""Which slot's row enters the front next."""

from functools import reduce
from operator import or_

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from hw.code_set.row_times import RowTimes
from hw.lib.arithmetic import bits_for
from hw.lib.round_robin import above, in_turn, lowest


class RowChoice(wiring.Component):
    """Rows of all slots, each as soon as it may be issued; slots that are ready have their turns.

    A row waits for its frame's row before: as many cycles from that row's start in the back half as
    its header says; the first row of an iteration waits for the verdict instead. Of other slots it
    waits only for the minima: its search may not end before the back half has begun the row before.

    Parameters
    ----------
    slots : number of slots
    layout : of a header (:func:`hw.code_set.row_times.row_layout`)
    times : distances
    degree : largest of a row

    Members
    -------
    held, headers : the slots' next rows
    may : a row that is chosen now can be read in two cycles
    begins : a bit a slot: its frame may go on with another iteration, or is a new one
    released, wait : one-hot, the back half begins the slot's row; cycles that the next one waits
    chosen : one-hot
    issued, slot, header : a cycle later

    Attributes
    ----------
    rows_apart : least cycles from a choice to the next one, 3
    """

    rows_apart = 3

    def __init__(self, slots: int, layout: data.StructLayout, times: RowTimes, degree: int):
        self.slots, self.layout, self.times, self.degree = slots, layout, times, degree
        super().__init__(
            {
                "held": In(slots),
                "headers": In(data.ArrayLayout(layout, slots)),
                "may": In(1),
                "begins": In(slots),
                "released": In(slots),
                "wait": In(layout["wait"].shape),
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
            self.slot.eq(Cat(*(reduce(or_, (chosen[s] for s in slots if s >> bit & 1), 0)
                               for bit in range(len(self.slot))))),
            self.header.eq(reduce(or_, (Mux(chosen[s], self.headers[s].as_value(), 0)
                                        for s in slots))),
        ]  # fmt: skip
        with m.If(chosen.any()):
            m.d.sync += later.eq(above(chosen))
        free = ~(chosen.any() | self.issued)
        for slot in slots:
            count = Signal(self.wait.shape(), name=f"count{slot}")
            waited = self.held[slot] & ~busy[slot] & (count == 0)
            m.d.sync += ready[slot].eq(waited & fits[slot] & free)
            with m.If(self.released[slot]):
                m.d.sync += count.eq(self.wait)
            with m.Elif(count != 0):
                m.d.sync += count.eq(count - 1)
            with m.If(chosen[slot]):
                m.d.sync += busy[slot].eq(1)
            with m.Elif(self.released[slot] | self.begins[slot]):
                m.d.sync += busy[slot].eq(0)
        return m

    def _fits(self, m: Module) -> list:
        """Whether each slot's row may be issued in the next cycle, for all that the others say.

        ``ends`` are the cycles until the back half is through with all rows that were issued,
        ``before`` with all but the last one: it begins that one then, or earlier than the next row's
        search ends.
        """
        to_end = self.times.least_search_end
        width = (4 * self.degree + to_end).bit_length()
        ends, before = Signal(width), Signal(width)
        degree = self.header.more + 1
        earliest = Signal(width)
        m.d.comb += earliest.eq(Mux(ends > degree + to_end, ends, degree + to_end))
        with m.If(self.issued):
            m.d.sync += [ends.eq(earliest + self.header.more), before.eq(_less_one(ends))]
        with m.Else():
            m.d.sync += [ends.eq(_less_one(ends)), before.eq(_less_one(before))]
        return [before <= self.headers[slot].more + 2 + to_end for slot in range(self.slots)]


def _less_one(count: Signal):
    return count - count.any()
