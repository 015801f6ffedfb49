"""Slots whose frames are decoded in lock-step: each stops by itself, the group with its last."""

from amaranth.hdl import Array, Const, Module, Mux, Signal
from amaranth.lib import data, memory
from amaranth.lib.wiring import In, Out

from hw.layered.job import Job
from hw.layered.options import Options
from hw.layered.slots import SlotControl
from hw.lib.arithmetic import bits_for
from hw.lib.queue import MemoryQueue
from hw.lib.reduce import picked


class GroupSlots(SlotControl):
    """:class:`SlotControl` for groups of frames; a region of either buffer holds a group.

    The groups need not be full. A frame that has stopped goes on being computed, but none of its
    hard decisions is kept any more.

    Parameters
    ----------
    frames : places of a group

    Members
    -------
    loaded, last : one more input region holds a group; place of its last frame
    hungry : a slot has nothing to do, and no group waits
    writer, running : combinational look-up: frames of a slot that have not stopped
    result_valid, result, result_region, result_frame : the oldest frame of all, once its group has
        ended, and its place there, one-hot; result_taken : that frame has been sent
    """

    def __init__(self, job: Job, options: Options, frames: int):
        self.frames = frames
        place = bits_for(frames)
        self._taken = Signal(name="region_taken")
        super().__init__(
            job,
            options,
            {
                "last": In(place),
                "hungry": Out(1),
                "writer": In(bits_for(options.slots)),
                "running": Out(frames),
                "result_frame": Out(frames, init=1),
            },
        )

    @property
    def _groups(self) -> int:
        """Groups that may be there from loading to sending, at most."""
        return 2 * max(self.options.input_regions, self.options.output_regions)

    def _stops(self, decision):
        return decision.stops

    def _region_taken(self):
        return self._taken

    def _layer_verdict(self, m: Module):
        """Fold layer after layer into one verdict per frame and iteration."""
        end, frames, numbers = self.layer_end, self.frames, range(self.options.slots)
        good = Array(Signal(frames, name=f"good{i}", init=-1) for i in numbers)
        self._running = Array(Signal(frames, name=f"running{i}") for i in numbers)
        verdict, left = Signal(frames), Signal(frames)
        fields = {name: frames for name in ("verified", "running", "left")}
        decision = Signal(self._decision_layout({"stops": 1} | fields))
        # A change in the first block row is harmless: every later one checks the changed bits.
        m.d.comb += [
            verdict.eq(~end.odd & good[end.slot] & (end.first.replicate(frames) | ~end.changed)),
            left.eq(self._running[end.slot] & ~verdict),
        ]
        for number, bits in enumerate(good):
            here = end.valid & (end.slot == number)
            with m.If(here):
                m.d.sync += bits.eq(Mux(end.last, Const(-1, frames), verdict))
            m.d.sync += decision.slots[number].eq(here & end.last)
        m.d.sync += [
            decision.valid.eq(end.valid & end.last),
            decision.slot.eq(end.slot),
            decision.verified.eq(verdict),
            decision.running.eq(self._running[end.slot]),
            decision.left.eq(left),
            decision.stops.eq(~left.any()),
        ]
        return decision

    def _group(self, m: Module, busy, waiting, decision, state, starting) -> None:
        """Which frames of a slot run: those that came with the group, less those that stopped."""
        m.submodules.lasts = lasts = MemoryQueue(self.last.shape(), self._groups)
        m.d.comb += [
            lasts.put.eq(self.loaded),
            lasts.i.eq(self.last),
            lasts.take.eq(starting),
            self.running.eq(self._running[self.writer]),
        ]
        there = Array(Const((2 << last) - 1, self.frames) for last in range(self.frames))
        left = decision.left if self.job.early_stop else decision.running
        # A cycle later than the slot's state: nobody asks before the first of its words comes back.
        decided = Signal(
            data.StructLayout(
                {"slots": self.options.slots, "starting": 1}
                | {"left": self.frames, "there": self.frames}
            )
        )
        m.d.sync += [
            decided.slots.eq(decision.slots),
            decided.starting.eq(starting),
            decided.left.eq(left),
            decided.there.eq(there[lasts.o]),
        ]
        for number, running in enumerate(self._running):
            with m.If(decided.slots[number]):
                m.d.sync += running.eq(Mux(decided.starting, decided.there, decided.left))
        m.d.sync += self.hungry.eq(~busy.all() & ~waiting[0])

    def _results(self, m: Module, ended, state, decision) -> None:
        options, frames = self.options, self.frames
        done, oldest = Signal(options.output_regions), Signal(bits_for(options.output_regions))
        frame, number, iterations = self.result_frame, Signal(self.last.shape()), []
        count_bits = bits_for(self.job.iterations + 1)
        m.submodules.sent = sent = MemoryQueue(self.last.shape(), self._groups)
        final = Signal()  # many cycles lie between two frames
        m.d.sync += final.eq(number == sent.o)
        # While a frame runs its count is written, so that it keeps the last one.
        for place in range(frames):
            count = memory.Memory(shape=count_bits, depth=options.output_regions, init=[])
            m.submodules[f"count{place}"] = count
            write, read = count.write_port(), count.read_port(domain="comb")
            m.d.comb += [
                write.en.eq(decision.valid & state.busy & decision.running[place]),
                write.addr.eq(state.output_region),
                write.data.eq(state.iteration + 1),
                read.addr.eq(oldest),
            ]
            iterations.append(read.data)
        m.submodules.decoded = decoded = memory.Memory(
            shape=frames, depth=options.output_regions, init=[]
        )
        write, read = decoded.write_port(), decoded.read_port(domain="comb")
        m.d.comb += [
            write.en.eq(ended),
            write.addr.eq(state.output_region),
            write.data.eq(decision.verified | ~decision.running),
            read.addr.eq(oldest),
            sent.put.eq(self.loaded),
            sent.i.eq(self.last),
            sent.take.eq(self._taken),
            self._taken.eq(self.result_taken & final),
            self.result_valid.eq(done.bit_select(oldest, 1)),
            self.result.decoded.eq((read.data & frame).any()),
            self.result.iterations.eq(picked(iterations, frame)),
            self.result_region.eq(oldest),
        ]
        with m.If(self._taken):
            m.d.sync += [done.bit_select(oldest, 1).eq(0), oldest.eq(oldest + 1)]
            m.d.sync += [frame.eq(1), number.eq(0)]
        with m.Elif(self.result_taken):
            m.d.sync += [frame.eq(frame << 1), number.eq(number + 1)]
        # Last: it is known late in the cycle, and of a region that is not sent yet.
        with m.If(ended):
            m.d.sync += done.bit_select(state.output_region, 1).eq(1)
