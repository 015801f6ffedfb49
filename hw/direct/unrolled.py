"""A copy of the logic for every iteration, in a pipeline: a frame enters every clock."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from hw.direct.channel import channel_of, channel_words
from hw.direct.graph import Graph
from hw.direct.messages import channel_values, index_code
from hw.direct.quantiser import Quantiser
from hw.direct.results import result_layout
from hw.direct.sides import CheckSide, VariableNodeArray, connect, connect_told
from hw.direct.syndrome import Syndrome
from hw.direct.wires import Told, delayed_all
from hw.frame.ports import FrameFormat
from hw.frame.status import UNSATISFIED
from hw.lib.delay import delayed
from hw.min_sum.channel_word import ChannelWord
from quant.spec import Spec


class UnrolledCore(wiring.Component):
    """Checks and variables of iteration 1, then of iteration 2, ... and a last syndrome.

    Each copy has the maps of its own iteration as constants. With early stop every copy also
    judges the bits of the iteration before, and a frame's answer is fixed where they first hold.

    Parameters and members as in :class:`hw.direct.iterated.IteratedCore`.
    """

    def __init__(
        self, spec: Spec, graph: Graph, cuts: tuple[int, int], depth: int, form: FrameFormat
    ):
        self.spec, self.graph, self.depth = spec, graph, depth
        variable_cut, check_cuts = cuts
        self.cuts, self.stages = cuts, 2 + variable_cut + check_cuts
        self.counted = UNSATISFIED in form.status
        self.late = Syndrome.count_is_late(graph, check_cuts, check_cuts) if self.counted else 0
        every = range(spec.iterations)
        self.checks = [CheckSide(spec, graph, range(t, t + 1), False, check_cuts) for t in every]
        last = spec.iterations - 1
        self.variables = [
            VariableNodeArray(
                spec, graph, range(t, t + 1), False, bool(variable_cut),
                decides=spec.early_stop or t == last, tells=t < last, soft=bool(form.soft_bits),
            )
            for t in every
        ]  # fmt: skip
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
        """A frame enters every clock, whatever iterations it would need."""
        return 1

    @property
    def latency_cycles(self) -> int:
        """From a frame in the loader to its result."""
        return self.stages * self.spec.iterations + self.cuts[1] + 2 + self.late

    def elaborate(self, platform):
        m = Module()
        spec, graph = self.spec, self.graph
        variable_cut, check_cuts = self.cuts
        answer = data.StructLayout(
            {"valid": 1, "ticket": range(self.depth), "found": 1, "passes": 7}
        )
        take = Signal()
        m.d.comb += [take.eq(self.i.valid & self.room), self.i.ready.eq(self.room)]
        values = channel_of(spec, graph, self.i.payload)

        # In front of the first checks: what the channel alone tells.
        code, largest = index_code(spec)[0], [
            channel_values(spec, graph, edge.variable).largest for edge in graph.edges
        ]
        told = Told.new(spec, largest, "told_first")
        m.submodules.first = first = Quantiser([len(value) for value in values], code)
        for value, to, x, members in zip(
            values, first.values, first.x, graph.of_variable, strict=True
        ):
            m.d.comb += to.eq(value)
            m.d.sync += [told.x[e].eq(x) for e in members]
            m.d.sync += [told.negative[e].eq(value[-1]) for e in members]
        frame = Signal(answer, name="frame_first")
        m.d.sync += [frame.valid.eq(take), frame.ticket.eq(self.ticket)]
        channel = [
            None if wire is None else Signal.like(wire, name=f"channel_first{v}", reset_less=True)
            for v, wire in enumerate(self.variables[0].channel)
        ]
        words = channel_words(self.variables[0], values)
        m.d.sync += [
            to.eq(word) for to, word in zip(channel, words, strict=True) if to is not None
        ]
        # Of a frame whose answer is found its bits; what is left of old messages.
        bits, left, lanes = None, [], []

        for t, (checks, variables) in enumerate(zip(self.checks, self.variables, strict=True)):
            m.submodules[f"checks{t}"], m.submodules[f"variables{t}"] = checks, variables
            connect_told(m, told, checks)
            if left:
                connect(m, left, checks.left)
            frame = delayed(m, frame, check_cuts, f"checked{t}", reset=True)
            if t and spec.early_stop:
                syndrome = self._syndrome(m, t, lanes)
                frame, bits = self._judge(m, t, syndrome, frame, lanes, bits)
            frame = delayed(m, frame, 1, f"frame{t}", reset=True)
            bits = None if bits is None else delayed_all(m, bits, 1, f"bits{t}_")
            channel = delayed_all(m, channel, 1 + check_cuts, f"channel{t}_")
            connect(m, channel, variables.channel)
            connect(m, delayed_all(m, checks.stored, 1, f"stored{t}_"), variables.stored)

            told = variables.told.delayed(m, 1, f"told{t}")
            lanes = delayed_all(m, variables.lanes, 1, f"decisions{t}_")
            left = delayed_all(m, variables.left, 1, f"left{t}_")
            frame = delayed(m, frame, 1 + variable_cut, f"told_frame{t}", reset=True)
            bits = None if bits is None else delayed_all(m, bits, 1 + variable_cut, f"kept{t}_")
            channel = delayed_all(m, channel, 1 + variable_cut, f"told_channel{t}_")

        frame = delayed(m, frame, check_cuts, "last_frame", reset=True)
        syndrome = self._syndrome(m, spec.iterations, lanes, self.counted)
        frame, bits = self._judge(m, spec.iterations, syndrome, frame, lanes, bits)
        if self.counted:
            frame = delayed(m, frame, self.late, "counted_frame", reset=True)
            bits = delayed_all(m, bits, self.late, "counted_bits")
            m.d.sync += self.result.unsatisfied.eq(Mux(frame.found, 0, syndrome.odd))
        m.d.sync += [
            self.done.eq(frame.valid),
            self.done_ticket.eq(frame.ticket),
            self.result.lanes.as_value().eq(Cat(*bits)),
            self.result.decoded.eq(frame.found),
            self.result.iterations.eq(frame.passes),
        ]
        return m

    def _syndrome(self, m: Module, t: int, lanes, counted: bool = False) -> Syndrome:
        """Of the bits after iteration ``t``."""
        bits, cuts = [lane[-1] for lane in lanes], self.cuts[1]
        syndrome = Syndrome(self.graph, bits, cuts, cuts if counted else None)
        m.submodules[f"syndrome{t}"] = syndrome
        return syndrome

    def _judge(self, m: Module, t: int, syndrome: Syndrome, frame, lanes, bits):
        """The answer after iteration ``t``: that of before if it held, else that of now."""
        lanes = delayed_all(m, lanes, self.cuts[1], f"judged{t}_")
        after = Signal.like(frame, name=f"answer{t}")
        m.d.comb += [after.valid.eq(frame.valid), after.ticket.eq(frame.ticket)]
        if bits is None:
            m.d.comb += [after.found.eq(~syndrome.broken), after.passes.eq(t)]
            return after, lanes
        m.d.comb += [
            after.found.eq(frame.found | ~syndrome.broken),
            after.passes.eq(Mux(frame.found, frame.passes, t)),
        ]
        bits = delayed_all(m, bits, self.cuts[1], f"before{t}_")
        kept = [
            Mux(frame.found, old, new) for old, new in zip(bits, lanes, strict=True)
        ]
        return after, kept
