"""One iteration's logic, passed again and again; as many frames in flight as it has stages."""

from functools import partial

from amaranth.hdl import Array, Cat, Const, Module, Mux, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from hw.direct.again import Again
from hw.direct.channel import channel_of, channel_words
from hw.direct.graph import Graph
from hw.direct.results import result_layout
from hw.direct.sides import CheckSide, VariableNodeArray, connect, connect_told
from hw.direct.syndrome import Syndrome
from hw.direct.wires import delayed_all
from hw.frame.ports import FrameFormat
from hw.frame.status import UNSATISFIED
from hw.lib.delay import delayed
from hw.min_sum.channel_word import ChannelWord
from quant.spec import Spec


class IteratedCore(wiring.Component):
    """Variables, checks, and back to the variables, with a frame in every stage.

    A frame's pass p takes the sums after iteration p, decides its bits, and makes the messages of
    iteration p + 1 while the checks judge the bits. It ends where they hold (with early stop, not
    in pass 0), or with pass T; at that moment the next frame takes its place.

    Parameters
    ----------
    cuts : registers inside the variable nodes (0, 1) and inside the check nodes
    depth : tickets
    form : of the frames; with ``soft_bits`` the sums of the variables come out, with a status
        ``unsatisfied`` the number of odd checks
    again : what a frame goes on with that ends unverified (:class:`hw.direct.again.Again`), if it
        does not leave then; its iterations are those of all its runs

    Members
    -------
    i : stored channel codes of a frame
    admit_room, admit_ticket : a frame may come, and its ticket
    done, result, done_ticket : a frame ends

    Attributes
    ----------
    stages : cycles of a pass, and frames in flight
    """

    def __init__(
        self,
        spec: Spec,
        graph: Graph,
        cuts: tuple[int, int],
        depth: int,
        form: FrameFormat,
        again: Again | None = None,
    ):
        self.spec, self.graph, self.depth = spec, graph, depth
        self.again, self.soft = again, bool(form.soft_bits)
        self.counted = UNSATISFIED in form.status
        variable_cut, check_cuts = cuts
        self.cuts, self.stages = cuts, 2 + variable_cut + check_cuts
        every = range(spec.iterations)
        sums = self.soft or again is not None
        self.variables = VariableNodeArray(
            spec, graph, every, True, bool(variable_cut), soft=sums
        )
        self.checks = CheckSide(spec, graph, every, True, check_cuts)
        # A count of odd checks may come after the verdict, and the result waits for it.
        self.judging = check_cuts - int(check_cuts > 1)
        self.late = Syndrome.count_is_late(graph, self.judging, check_cuts) if self.counted else 0
        codes = data.ArrayLayout(ChannelWord(spec).bits, spec.n)
        super().__init__(
            {
                "i": In(stream.Signature(codes)),
                "room": In(1),
                "ticket": In(range(depth)),
                "done": Out(1),
                "done_ticket": Out(range(depth)),
                "result": Out(result_layout(form)),
            }
        )

    def cycles_per_frame(self, iterations: float) -> float:
        """From frame to frame while others fill the stages."""
        return iterations + 1

    @property
    def latency_cycles(self) -> int:
        """From a frame in the loader to its result, at most, when the core is idle."""
        runs = 1 + (self.again.runs if self.again else 0)
        return self.stages * (runs * (self.spec.iterations + 1) + 1) + 1 + self.late

    def elaborate(self, platform):
        m = Module()
        spec, last = self.spec, self.spec.iterations
        variable_cut, check_cuts = self.cuts
        m.submodules.variables = variables = self.variables
        m.submodules.checks = checks = self.checks
        frame = data.StructLayout(
            {"valid": 1, "passes": range(last + 1), "ticket": range(self.depth)}
            | (self.again.fields if self.again else {})
        )
        here = Signal(frame)  # of the frame whose pass begins
        channel, stored = variables.channel, variables.stored  # registers of this module

        connect_told(m, variables.told.delayed(m, 1, "told"), checks)
        connect(m, delayed_all(m, variables.left, 1, "left"), checks.left)
        if checks.classes is not None:
            masks = Array(Const(1 << c, len(checks.classes)) for c in [*checks.class_of, 0])
            m.d.sync += checks.classes.eq(masks[delayed(m, here.passes, variable_cut, "judged")])
        lanes = early = delayed_all(m, variables.lanes, 1, "decisions")
        decisions = [lane[-1] for lane in lanes]
        # With registers to spare the end of a pass is known a cycle before: hundreds of words wait
        # for it, and it waits for all checks.
        ahead = check_cuts - self.judging
        counted = check_cuts if self.counted else None
        m.submodules.syndrome = syndrome = Syndrome(self.graph, decisions, self.judging, counted)
        broken = delayed(m, syndrome.broken, ahead, "broken")
        lanes = decisions if self.again and not self.soft else lanes
        lanes = delayed_all(m, lanes, check_cuts, "judged_bits")

        # The end of the pass: the frame goes on, or ends and another one takes its place.
        near = delayed(m, here, self.stages - 1 - ahead, "frame", reset=True)
        ending = delayed(m, near, ahead, "ending", reset=True)
        back = delayed_all(m, channel, self.stages - 1, "channel")
        judged_good = ~syndrome.broken & (near.passes != 0) & int(spec.early_stop)
        will_stop, will_be_free, take = Signal(), Signal(), Signal()
        free = Signal(init=1)  # also after reset, when no frame is there
        ends = judged_good | (near.passes == last)
        if self.again:
            will_restart = ~judged_good & (near.passes == last) & self.again.goes_on(near)
            ends = ends & ~will_restart
        m.d.comb += [
            will_stop.eq(near.valid & ends),
            will_be_free.eq(~near.valid | will_stop),
        ]
        stops = delayed(m, will_stop, ahead, "stops", reset=True)
        m.d["sync" if ahead else "comb"] += free.eq(will_be_free)
        m.d.comb += [
            take.eq(free & self.i.valid & self.room),
            self.i.ready.eq(free & self.room),
        ]
        words = channel_words(variables, channel_of(spec, self.graph, self.i.payload))
        clear, iterations = free, ending.passes
        if self.again:
            iterations = ending.used + ending.passes
            restart = delayed(m, near.valid & will_restart, ahead, "restart", reset=True)
            clear = free | restart
            values = delayed_all(m, channel, variable_cut + 1, "value")
            follow = self.again.values(m, values, early)
            follow = delayed_all(m, follow, check_cuts, "follow")
            back = [Mux(restart, new, old) for new, old in zip(follow, back, strict=True)]
            m.d.sync += [here[name].eq(value) for name, value in
                         self.again.advance(ending, free, restart, last).items()]  # fmt: skip
        m.d.sync += [
            here.valid.eq(~free | take),
            here.passes.eq(Mux(clear, 0, ending.passes + 1)),
            here.ticket.eq(Mux(free, self.ticket, ending.ticket)),
            *(
                to.eq(Mux(free, word, old))
                for to, word, old in zip(channel, words, back, strict=True)
                if to is not None
            ),
        ]
        with m.If(clear):
            m.d.sync += [to.eq(0) for to in stored]
        with m.Else():
            m.d.sync += [to.eq(new) for to, new in zip(stored, checks.stored, strict=True)]
        lanes = delayed_all(m, self._leaving(m, lanes, ending), self.late, "late_bits")
        late = partial(delayed, m, cycles=self.late)
        m.d.sync += [
            self.done.eq(late(stops, name="late_stops", reset=True)),
            self.done_ticket.eq(late(ending.ticket, name="late_ticket")),
            self.result.lanes.as_value().eq(Cat(*lanes)),
            self.result.decoded.eq(late(~broken, name="late_verdict")),
            self.result.iterations.eq(late(iterations, name="late_iterations")),
        ]
        if self.counted:
            m.d.sync += self.result.unsatisfied.eq(syndrome.odd)
        return m

    def _leaving(self, m: Module, lanes: list, frame: data.View) -> list:
        """What leaves of a frame that ends."""
        return self.again.put_back(m, lanes, frame) if self.again else lanes
