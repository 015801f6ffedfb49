"""Which slot's row enters the front next."""

from functools import reduce
from operator import or_

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from hw.code_set import countdown
from hw.lib.arithmetic import bits_for
from hw.lib.round_robin import above_few, encoded, in_turn, lowest_of_few


class RowChoice(wiring.Component):
    """Rows of all slots, each as soon as it may be issued; slots that are ready have their turns.

    A row waits for its frame's row before: as many cycles from that row's start in the back half as
    its header says; the first row of an iteration waits for the verdict instead. One row that has
    waited is the candidate. Of other slots it waits only for the minima: its search may not end
    before the back half has begun the row before.

    Parameters
    ----------
    slots : number of slots
    layout : of a header (:func:`hw.code_set.row_times.row_layout`)
    largest : degree of a row

    Members
    -------
    held, headers : the slots' next rows
    may : a row that is issued now can be read from the next cycle on
    begins : a bit a slot: its frame may go on with another iteration, or is a new one
    released : one-hot, the back half began the slot's row a cycle ago; its next row's header is
        there
    taken : one-hot, the slot's row is the candidate
    issued, slot, header : the candidate is issued

    Attributes
    ----------
    rows_apart : least cycles from one issue to the next, 3
    """

    rows_apart = 3

    def __init__(self, slots: int, layout: data.StructLayout, largest: int):
        self.slots, self.layout, self.largest = slots, layout, largest
        super().__init__(
            {
                "held": In(slots),
                "headers": In(data.ArrayLayout(layout, slots)),
                "may": In(1),
                "begins": In(slots),
                "released": In(slots),
                "taken": Out(slots),
                "issued": Out(1),
                "slot": Out(bits_for(slots)),
                "header": Out(layout),
            }
        )

    def elaborate(self, platform):
        m = Module()
        slots, taken = range(self.slots), self.taken
        ready, later = Signal(self.slots), Signal(self.slots, init=-1)
        turn, best, took = Signal(self.slots), Signal(self.slots), Signal()  # best: one-hot, next
        busy = Signal(self.slots, init=-1)  # no frame, or the row before is not in the back half
        there, behind = Signal(), Signal(self.slots)
        chosen = (Mux(best[slot], self.headers[slot].as_value(), 0) for slot in slots)
        m.d.comb += [
            behind.eq(ready & later),
            taken.eq(Mux(~there | self.issued, best, 0)),
            self.issued.eq(self._fits(m, there) & self.may),
        ]
        m.d.sync += [
            there.eq(taken.any() | (there & ~self.issued)),
            turn.eq(in_turn(ready, behind)),
            # What was taken is ready no more a cycle later, and has left ``turn`` in two.
            took.eq(taken.any()),
            best.eq(Mux(best.any(), best & ~taken, Mux(took, 0, lowest_of_few(turn)))),
        ]
        with m.If(~there | self.issued):
            m.d.sync += [self.slot.eq(encoded(best)), self.header.eq(reduce(or_, chosen))]
        with m.If(best.any()):
            m.d.sync += later.eq(above_few(best))
        for slot in slots:
            header = self.headers[slot]
            count = Signal(self.layout["wait"].shape, init=countdown.LAST, name=f"count{slot}")
            counted = count == countdown.LAST
            released = self.released[slot] & ~header.initial
            m.d.sync += ready[slot].eq(self.held[slot] & ~busy[slot] & counted & ~taken[slot])
            with m.If(released):
                m.d.sync += count.eq(header.wait)
            with m.Elif(~counted):
                m.d.sync += count.eq(countdown.step(count))
            with m.If(taken[slot]):
                m.d.sync += busy[slot].eq(1)
            with m.Elif(released | self.begins[slot]):
                m.d.sync += busy[slot].eq(0)
        return m

    def _fits(self, m: Module, there) -> Signal:
        """Whether the candidate may be issued, for all that other slots say.

        ``ends`` are the cycles until the back half is through with all rows that were issued, and
        ``before`` with all but the last one, which it begins then or earlier than a new row's
        search ends; both less the cycles from issue to that end
        (:attr:`hw.code_set.row_times.RowTimes.least_search_end`) and two. What a row adds is known
        three cycles behind its issue, before which there is no other.
        """
        width = (4 * self.largest).bit_length()
        ends, before, less = (Signal(width, name=n) for n in ("ends", "before", "less"))
        more, waits, fits = Signal.like(self.header.more), Signal(), Signal()
        issued = Signal(2)
        with m.If(self.issued):
            m.d.sync += more.eq(self.header.more)
        m.d.sync += [
            issued.eq(Cat(self.issued, issued)),
            waits.eq(ends >= more),
            less.eq(more - 2),
            ends.eq(Mux(issued[1], Mux(waits, ends, less) + more, _less_one(ends))),
            before.eq(_less_one(Mux(issued[0], ends, before))),
            fits.eq((before <= self.header.more) & there & ~(self.issued | issued[0])),
        ]
        return fits


def _less_one(count: Signal):
    return Mux(count.any(), count - 1, 0)
