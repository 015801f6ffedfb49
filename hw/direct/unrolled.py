"""A copy of the iteration's logic for every iteration, in a pipeline: a frame enters every clock."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from hw.direct.channel import channel_of, channel_words
from hw.direct.graph import Graph
from hw.direct.results import result_layout
from hw.direct.sides import CheckSide, VariableSide, told_layout
from hw.direct.syndrome import Syndrome
from hw.lib.delay import delayed
from hw.lib.magnitude import magnitude_code
from hw.qc_ldpc.channel_word import ChannelWord
from quant.spec import Spec


class UnrolledCore(wiring.Component):
    """Checks and variables of iteration 1, then of iteration 2, ... and a last syndrome.

    Each copy has the maps of its own iteration as constants. With early stop every copy also
    judges the bits of the iteration before, and a frame's answer is fixed where they first hold.

    Parameters and members as in :class:`hw.direct.iterated.IteratedCore`.
    """

    def __init__(self, spec: Spec, graph: Graph, cuts: tuple[int, int], depth: int):
        self.spec, self.graph, self.depth = spec, graph, depth
        variable_cut, check_cuts = cuts
        self.cuts, self.stages = cuts, 2 + variable_cut + check_cuts
        every = range(spec.iterations)
        self.checks = [CheckSide(spec, graph, range(t, t + 1), False, check_cuts) for t in every]
        self.variables = [
            VariableSide(spec, graph, range(t, t + 1), False, bool(variable_cut)) for t in every
        ]
        codes = data.ArrayLayout(ChannelWord(spec).bits, spec.n)
        super().__init__(
            {
                "i": In(stream.Signature(codes)),
                "room": In(1),
                "ticket": In(range(depth)),
                "done": Out(1),
                "done_ticket": Out(range(depth)),
                "result": Out(result_layout(spec.n_variables)),
            }
        )

    @property
    def frames_in_flight(self) -> int:

    def cycles_per_frame(self, iterations: float) -> float:
        """A frame enters every clock, whatever iterations it would need."""
        return 1

    @property
    def latency_cycles(self) -> int:
        """From a frame in the loader to its result."""
        return self.stages * self.spec.iterations + self.cuts[1] + 2

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
        code = magnitude_code(spec.thresholds)
        told = Signal(told_layout(spec, graph), name="told0", reset_less=True)
        spoken = [(code.encode(value), value[-1]) for value in values]
        m.d.sync += [
            statement
            for number, edge in enumerate(graph.edges)
            for statement in (
                told.x[number].eq(spoken[edge.variable][0]),
                told.negative[number].eq(spoken[edge.variable][1]),
            )
        ]
        frame = Signal(answer, name="frame0")
        m.d.sync += [frame.valid.eq(take), frame.ticket.eq(self.ticket)]
        side = self.variables[0]
        channel = Signal(side.channel_layout, name="channel0", reset_less=True)
        words = channel_words(side, values)
        m.d.sync += [channel[name].eq(word) for name, word in words.items()]
        bits = left = None  # found or not, the bits so far; what is left of old messages

        for t, (checks, variables) in enumerate(zip(self.checks, self.variables, strict=True)):
            m.submodules[f"checks{t}"], m.submodules[f"variables{t}"] = checks, variables
            m.d.comb += checks.told.eq(told)
            if left is not None:
                m.d.comb += checks.left.eq(left)
            stored = delayed(m, checks.stored, 1, f"stored{t}")
            frame = delayed(m, frame, check_cuts, f"checked{t}", reset=True)
            if t and spec.early_stop:
                frame, bits = self._judge(m, t, frame, decisions, bits)  # noqa: F821
            frame = delayed(m, frame, 1, f"frame{t}", reset=True)
            bits = None if bits is None else delayed(m, bits, 1, f"bits{t}")
            channel = delayed(m, channel, 1 + check_cuts, f"channel{t}")
            m.d.comb += [variables.channel.eq(channel), variables.stored.eq(stored)]
            told = delayed(m, variables.told, 1, f"told{t}")
            decisions = delayed(m, variables.decisions, 1, f"decisions{t}")
            if spec.relaxation:
                left = delayed(m, variables.left, 1, f"left{t}")
            frame = delayed(m, frame, 1 + variable_cut, f"told_frame{t}", reset=True)
            bits = None if bits is None else delayed(m, bits, 1 + variable_cut, f"kept{t}")
            channel = delayed(m, channel, 1 + variable_cut, f"told_channel{t}")

        frame = delayed(m, frame, check_cuts, "last_frame", reset=True)
        frame, bits = self._judge(m, spec.iterations, frame, decisions, bits)
        m.d.sync += [
            self.done.eq(frame.valid),
            self.done_ticket.eq(frame.ticket),
            self.result.bits.eq(bits),
            self.result.decoded.eq(frame.found),
            self.result.iterations.eq(frame.passes),
        ]
        return m

    def _judge(self, m: Module, t: int, frame, decisions, bits):
        """The answer after iteration ``t``: that of before if it held, else the bits of now."""
        m.submodules[f"syndrome{t}"] = syndrome = Syndrome(self.graph, self.cuts[1])
        m.d.comb += syndrome.bits.eq(decisions)
        decisions = delayed(m, decisions, self.cuts[1], f"judged{t}")
        first = bits is None
        if not first:
            bits = delayed(m, bits, self.cuts[1], f"before{t}")
        after = Signal.like(frame, name=f"answer{t}")
        found = 0 if first else frame.found
        m.d.comb += [
            after.valid.eq(frame.valid),
            after.ticket.eq(frame.ticket),
            after.found.eq(found | ~syndrome.broken),
            after.passes.eq(t if first else Mux(frame.found, frame.passes, t)),
        ]
        return after, decisions if first else Mux(frame.found, bits, decisions)
