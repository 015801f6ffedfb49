"""In lock-step: the words of one frame's column, gathered in the order of its bits."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from hw.lib.delay import delayed
from hw.lib.memory import BlockMemory, Rom
from hw.lib.reduce import picked
from hw.lib.rotator import Rotator
from hw.lib.shift_plan import ShiftPlan
from hw.qc_ldpc.program import Addressing, bits_for, final_exponents


class Gatherer(wiring.Component):
    """Reads the words (n, 0), (n, 1), ... of a frame, turns each back, and puts them together.

    Members
    -------
    run : a frame is to be read; while low, the next one starts with its first column
    frame : whose lanes, one-hot
    address, words : read port of the hard-decision memory, without the region; all frames' lanes
    fetched, word, final : a column of Z bits is there; it is the frame's last. Held until ``take``

    Attributes
    ----------
    cycles_per_column : while each is taken at once
    """

    def __init__(self, addressing: Addressing):
        self.addressing = addressing
        self.frames, self.ring = addressing.frames, addressing.lifted.code.lifting_size
        self._way = BlockMemory.latency_cycles + 2 + Rotator.latency_of(self.ring)
        self.cycles_per_column = self.frames + self._way + 1
        super().__init__(
            {
                "run": In(1),
                "frame": In(self.frames),
                "address": Out(addressing.hard_bits),
                "words": In(data.ArrayLayout(self.ring, self.frames)),
                "take": In(1),
                "fetched": Out(1),
                "word": Out(self.frames * self.ring),
                "final": Out(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        frames, ring, columns = self.frames, self.ring, self.addressing.lifted.code.columns
        column, part = Signal(range(columns + 1)), Signal(range(frames))
        reading, issued, ends = Signal(init=1), Signal(), Signal()
        m.d.sync += self.final.eq(column == columns)
        m.d.comb += [
            issued.eq(reading & self.run),
            ends.eq(issued & (part == frames - 1)),
            self.address.eq(column[: len(self.address)]),
        ]
        complete = delayed(m, ends, self._way, "complete", reset=True)
        with m.If(~self.run):
            m.d.sync += [column.eq(0), part.eq(0), reading.eq(1), self.fetched.eq(0)]
        with m.Else():
            with m.If(reading):
                m.d.sync += [
                    column.eq(column + 1),
                    part.eq(Mux(ends, 0, part + 1)),
                    reading.eq(~ends),
                ]
            with m.If(complete):
                m.d.sync += self.fetched.eq(1)
            with m.If(self.take):
                m.d.sync += [self.fetched.eq(0), reading.eq(~self.final)]

        # A word is chosen, turned to its natural order, and moves into the queues of its lanes:
        # lane v of word (n, r) is bit r + v * frames of the column. The frames' memories are far
        # apart, so their words are registered on the way.
        finals = final_exponents(self.addressing.lifted)
        m.submodules.shifts = shifts = Rom(bits_for(ring), [-turn % ring for turn in finals])
        m.submodules.rotator = rotator = Rotator(ShiftPlan(ring), 1)
        words = delayed(m, self.words, 1, "words")
        chosen = Signal(ring, reset_less=True)
        m.d.sync += chosen.eq(picked([words[frame] for frame in range(frames)], self.frame))
        m.d.comb += [
            shifts.addr.eq(column[: shifts.address_bits]),
            rotator.i.eq(chosen),
            rotator.shift.eq(delayed(m, shifts.data, 2, "shift")),
        ]
        arrives = delayed(m, issued, self._way, "arrives", reset=True)
        queues = [Signal(frames, name=f"lane{lane}", reset_less=True) for lane in range(ring)]
        with m.If(arrives):
            for lane, queue in enumerate(queues):
                m.d.sync += queue.eq(Cat(queue[1:], rotator.o[lane]))
        m.d.comb += self.word.eq(Cat(*queues))
        return m
