"""Which frame sits in which slot: starting, counting iterations, ending, keeping output order."""

from amaranth.hdl import Array, Cat, Module, Mux, Signal
from amaranth.lib import data, memory, wiring
from amaranth.lib.wiring import In, Out

from hw.frame import status
from hw.layered.job import Job
from hw.layered.options import Options
from hw.layered.schedule import passes
from hw.lib.arithmetic import bits_for
from hw.lib.delay import delayed


def frame_layout(job: Job, options: Options) -> data.StructLayout:
    """What is known of the frame in a slot."""
    return data.StructLayout(
        {
            "initial": 1,  # iteration, the number of the pass, is the first of a try
            "last": 1,  # it is that of the last pass
            "iteration": bits_for(passes(job, job.iterations)),
            "input_region": bits_for(options.input_regions),
        }
        | (
            {"retry": bits_for(len(job.restarts) + 1)}
            if job.restarts
            else {"output_region": bits_for(options.output_regions)}
        )
    )


def output_region(job: Job, state):
    """That of the frame in a slot: with retries it is the input region, too, which is kept."""
    return state.input_region if job.restarts else state.output_region


def slot_layout(job: Job, options: Options) -> data.StructLayout:
    """State of a slot as front words see it: whether it has a frame, and which."""
    return data.StructLayout({"busy": 1} | frame_layout(job, options).members)


def layer_end_layout(slots: int, frames: int = 1) -> data.StructLayout:
    """A finished layer: whose, which, and what its check found of each of its frames.

    In lock-step ``first`` are all rows of the first block row, ``last`` is the last of the last.
    """
    fields = {"valid": 1, "slot": bits_for(slots), "first": 1, "last": 1}
    return data.StructLayout(fields | {"odd": frames, "changed": frames})


def status_of(job: Job, odd_checks: int = 0) -> dict[str, int]:
    """Fields of a frame's status, with a count of up to so many odd checks."""
    return status.decoder(len(job.restarts), odd_checks)


class SlotControl(wiring.Component):
    """Frame slots between the two ring buffers.

    Frames start in the order of loading, into whichever slot ends first, and get the regions of
    the output ring in that order; results wait there for older ones.

    Members
    -------
    slot, state : combinational look-up of a slot's state
    layer_end : a layer was written back and checked
    loaded : one more input region holds a frame
    released : an input region may be loaded again: its frame has finished iteration 1, or with
        retries it has been sent
    result_valid, result, result_region : the oldest frame, once it has ended. With retries the
        highest bit of the region says that the result is not the first try's
    result_taken : it has been sent
    odd_slot, odd : only where odd checks are counted: look-up of those of a slot's last iteration

    Parameters
    ----------
    members : more of them
    odd_checks : of a frame, at most, where they are counted, else 0
    odd_late : cycles by which their sum is behind the verdict
    """

    frames = 1  # in lock-step

    def __init__(
        self,
        job: Job,
        options: Options,
        members: dict | None = None,
        odd_checks: int = 0,
        odd_late: int = 0,
    ):
        self.job, self.options = job, options
        self.odd_checks, self.odd_late = odd_checks, odd_late
        odd = {"odd_slot": Out(bits_for(options.slots)), "odd": In(range(odd_checks + 1))}
        super().__init__(
            {
                "slot": In(bits_for(options.slots)),
                "state": Out(slot_layout(job, options)),
                "layer_end": In(layer_end_layout(options.slots, self.frames)),
                "loaded": In(1),
                "released": Out(1),
                "result_valid": Out(1),
                "result": Out(status.layout(self._status)),
                "result_region": Out(bits_for(options.hard_regions(job))),
                "result_taken": In(1),
            }
            | (odd if odd_checks else {})
            | (members or {})
        )

    def elaborate(self, platform):
        m = Module()
        job, options = self.job, self.options
        # Look-up tables hold all but what has to be reset.
        busy = Signal(options.slots)
        frames = memory.Memory(
            shape=frame_layout(job, options), depth=1 << len(self.slot), init=[]
        )
        m.submodules.frames = frames
        shown, fetched = (frames.read_port(domain="comb") for _ in range(2))
        write = frames.write_port()
        m.d.comb += [
            shown.addr.eq(self.slot),
            self.state.eq(Cat(busy.bit_select(self.slot, 1), shown.data)),
        ]

        decision = self._layer_verdict(m)

        # The slot is fetched while the verdict is formed; then it is decided and written back.
        state = Signal(slot_layout(job, options))
        m.d.comb += fetched.addr.eq(self.layer_end.slot)
        m.d.sync += state.eq(Cat(busy.bit_select(self.layer_end.slot, 1), fetched.data))

        start_region = Signal(bits_for(options.input_regions))
        next_result = Signal(bits_for(options.output_regions))
        starting, freed = Signal(), Signal()
        if not job.restarts:
            # A cycle late is safe, and keeps the output stream's ready out of this path.
            m.d.sync += freed.eq(self._region_taken())
        # Counted a cycle late, in which no other frame starts: verdicts are further apart, but for
        # rows of one edge.
        started = Signal()
        m.d.sync += started.eq(starting)
        waiting = self._count(m, "waiting", options.input_regions, self.loaded, started)
        may_start = waiting[0] & ~started
        if not job.restarts:  # else the regions of both memories are one, that is loaded
            allocated = self._count(m, "allocated", options.output_regions, started, freed)
            may_start = waiting[0] & ~allocated[-1] & ~started

        stopping = self._stops(decision) if job.early_stop else 0
        if job.flooding:  # the first pass looks at the channel values
            stopping &= ~state.initial
        ended = Signal()
        free = ~state.busy | state.last | stopping
        last_pass, initial = passes(job, job.iterations) - 1, free
        if job.restarts:  # it was the last pass of a try, and there is another
            restarts = Cat(state.iteration == end - 1 for end in job.restarts).any()
            initial = free | restarts
        m.d.comb += [
            ended.eq(decision.valid & state.busy & free),
            starting.eq(decision.valid & free & may_start),
            self.released.eq(self._releases(decision, state)),
            write.en.eq(decision.valid),
            write.addr.eq(decision.slot),
            write.data.initial.eq(initial),
            write.data.last.eq(Mux(free, last_pass == 0, state.iteration == last_pass - 1)),
            write.data.iteration.eq(Mux(free, 0, state.iteration + 1)),
            write.data.input_region.eq(Mux(free, start_region, state.input_region)),
        ]
        if job.restarts:
            m.d.comb += write.data.retry.eq(Mux(free, 0, state.retry + restarts))
        else:
            region = Mux(free, next_result, state.output_region)
            m.d.comb += write.data.output_region.eq(region)
        for number in range(options.slots):
            with m.If(decision.slots[number]):
                m.d.sync += busy[number].eq(~free | may_start)
        with m.If(started):
            m.d.sync += [start_region.eq(start_region + 1), next_result.eq(next_result + 1)]
        self._group(m, busy, waiting, decision, state, starting)
        self._results(m, ended, state, decision)
        return m

    @property
    def _status(self) -> dict[str, int]:
        return status_of(self.job, self.odd_checks)

    def _count(self, m: Module, name: str, most: int, more, fewer) -> Signal:
        """A count up to ``most``, bit i of which says that it is more than i.

        So whoever asks whether it is 0 or ``most`` looks at one bit.
        """
        count = Signal(most, name=name)
        with m.If(more ^ fewer):
            m.d.sync += count.eq(Mux(more, Cat(1, count), count[1:]))
        return count

    def _releases(self, decision, state):
        """An input region is needed no more; frames are sent in the order of their loading."""
        if self.job.restarts:
            return self.result_taken
        return decision.valid & state.busy & state.initial

    def _stops(self, decision):
        """Nothing is left to do before the last iteration."""
        return decision.verified

    def _region_taken(self):
        """The oldest output region has been sent."""
        return self.result_taken

    def _group(self, m: Module, busy, waiting, decision, state, starting) -> None:
        """What frames in lock-step need besides."""

    def _decision_layout(self, fields: dict) -> data.StructLayout:
        """``slots`` is the valid ``slot``, one-hot."""
        slots = self.options.slots
        return data.StructLayout({"valid": 1, "slot": bits_for(slots), "slots": slots} | fields)

    def _layer_verdict(self, m: Module):
        """Fold layer after layer into one verdict per iteration."""
        end = self.layer_end
        good = Array(Signal(name=f"good{i}") for i in range(self.options.slots))
        decision = Signal(self._decision_layout({"verified": 1}))

        # A change in the first layer is harmless: every later layer checks the changed bits.
        def verdict(before):
            return ~end.odd & (end.first | (before & ~end.changed))

        for number, bit in enumerate(good):
            here = end.valid & (end.slot == number)
            with m.If(here):
                m.d.sync += bit.eq(verdict(bit))
            m.d.sync += decision.slots[number].eq(here & end.last)
        m.d.sync += [
            decision.valid.eq(end.valid & end.last),
            decision.slot.eq(end.slot),
            decision.verified.eq(verdict(good[end.slot])),
        ]
        return decision

    def _region(self, state):
        """Output region of the frame in a slot."""
        return output_region(self.job, state)

    def _spent(self, status, state) -> list:
        """What is registered of the iterations of a frame that has ended."""
        first = 0 if self.job.flooding else 1  # iteration that the first pass decides
        return [status.iterations.eq(state.iteration + first)]

    def _results(self, m: Module, ended, state, decision) -> None:
        done = Signal(self.options.output_regions)
        shape = self.result.shape()
        kept = memory.Memory(shape=shape, depth=self.options.output_regions, init=[])
        m.submodules.status = kept
        write, read = kept.write_port(), kept.read_port(domain="comb")
        oldest = Signal(bits_for(self.options.output_regions))
        with m.If(self.result_taken):
            m.d.sync += [done.bit_select(oldest, 1).eq(0), oldest.eq(oldest + 1)]
        over = Signal(
            data.StructLayout({"valid": 1, "region": oldest.shape(), "status": shape})
        )
        if self.odd_late:  # the verdict waits for the count
            ended = delayed(m, ended, self.odd_late, "ended", reset=True)
            state = delayed(m, state, self.odd_late, "ended_state")
            decision = delayed(m, decision, self.odd_late, "ended_decision")
        m.d.sync += [
            over.valid.eq(ended),
            over.region.eq(self._region(state)),
            over.status.decoded.eq(decision.verified),
            *self._spent(over.status, state),
        ]
        if self.odd_checks:
            m.d.comb += self.odd_slot.eq(decision.slot)
            m.d.sync += over.status.unsatisfied.eq(self.odd)
        with m.If(over.valid):
            m.d.sync += done.bit_select(over.region, 1).eq(1)
        m.d.comb += [
            write.en.eq(over.valid),
            write.addr.eq(over.region),
            write.data.eq(over.status),
            read.addr.eq(oldest),
        ]
        ready = done.bit_select(oldest, 1)
        if not self.job.restarts:
            m.d.comb += [
                self.result_valid.eq(ready),
                self.result.eq(read.data),
                self.result_region.eq(oldest),
            ]
            return
        # Hard decisions of later tries are beside those of the first one. Which ones leave says the
        # status, in a register: from its table to their address it is a long way.
        m.d.sync += [
            over.status.retry.eq(Mux(decision.verified, state.retry, 0)),
            self.result_valid.eq(ready & ~self.result_taken),
            self.result.eq(read.data),
            self.result_region.eq(Cat(oldest, read.data.retry.any())),
        ]
