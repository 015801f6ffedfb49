"""The whole direct decoder as a core: frames from beats, node arrays, frames to beats."""

from collections.abc import Mapping
from dataclasses import replace

from amaranth.hdl import Module, Value
from amaranth.lib import data, wiring

from hw.direct.graph import Graph
from hw.direct.iterated import IteratedCore
from hw.direct.loader import FrameLoader
from hw.direct.options import Options
from hw.direct.results import Results
from hw.direct.unrolled import UnrolledCore
from hw.frame import options as streams
from hw.frame import status
from hw.frame.ports import FrameFormat, core_ports
from hw.frame.shell import SKID
from hw.min_sum.channel_word import ChannelWord
from quant.code_section import information_positions
from quant.number_forms import odd_sums
from quant.spec import Spec

ARRAYS = {"iterated": IteratedCore, "unrolled": UnrolledCore}


class DirectDecoder(wiring.Component):
    """Flooding min-sum decoder for one spec, every edge a wire.

    Members: those of every core (:mod:`hw.frame.ports`). A value is a code of the spec's channel,
    the frame n of them in transmitted order; the answer are the hard decisions of all variables,
    or of those that carry the information (``options.output``), in graph order; with
    ``options.decisions`` soft there are APP values beside them, the sums after the last iteration.

    Parameters
    ----------
    mark : field to bits, what comes back with a frame
    counted : the status also has ``unsatisfied``, the odd checks of the result

    Attributes
    ----------
    arrays : of the nodes
    format, input_stage, latency_cycles : as :class:`hw.frame.shell.Shell` asks of a core
    """

    def __init__(
        self,
        spec: Spec,
        options: Options,
        mark: Mapping[str, int] | None = None,
        counted: bool = False,
    ):
        self.spec, self.options = spec, options = spec, options.resolved(spec)
        self.graph = Graph(spec)
        in_flight = options.stages * (spec.iterations + 1 if options.form == "unrolled" else 2)
        depth = self._tickets(in_flight)
        self.word = ChannelWord(spec)
        self.format = FrameFormat(
            values=spec.n,
            values_per_beat=options.llrs_per_beat,
            value_bits=spec.channel.bits,
            bits=options.output_bits(spec),
            bits_per_beat=options.bits_per_beat,
            status=status.decoder(odd_checks=len(self.graph.of_check) * counted),
            mark=mark or {},
            soft_bits=spec.app_bits if streams.soft(options) else 0,
            soft_odd=odd_sums(spec),
        )
        arrays = replace(self.format, bits=spec.n_variables)
        self.arrays = self._arrays(depth, arrays)
        self.loader = FrameLoader(replace(self.format, value_bits=self.word.bits))
        self.results = Results(self.format, depth)
        super().__init__(core_ports(self.format))

    def _tickets(self, in_flight: int) -> int:
        """For the frames in the arrays, for those that wait for a slower one before them, and for
        the one that is sent."""
        return max(16, 1 << (in_flight + 6).bit_length())

    def _arrays(self, depth: int, form: FrameFormat) -> wiring.Component:
        options = self.options
        return ARRAYS[options.form](self.spec, self.graph, options.cuts, depth, form)

    @property
    def input_stage(self) -> str | None:
        """Beats that make up a frame are registered: they go to many places."""
        return SKID if self.format.input_beats > 1 else None

    def value_of(self, m: Module, byte: Value) -> Value:
        """Byte of the stream to channel code."""
        return self.word.saturated(byte)

    @property
    def latency_cycles(self) -> int:
        # Loading and sending have two registers each around the arrays.
        buffered = self.input_stage is not None
        return self.arrays.latency_cycles + self.format.output_beats + 4 + buffered

    @property
    def stream_cycles_per_frame(self) -> int:
        """Clock cycles that the slower of the two streams takes for a frame."""
        return max(self.format.input_beats, self.format.output_beats)

    def cycles_per_frame(self, iterations: float) -> float:
        """Clock cycles from frame to frame at full speed when each takes ``iterations``."""
        return max(self.arrays.cycles_per_frame(iterations), self.stream_cycles_per_frame)

    def elaborate(self, platform):
        m = Module()
        m.submodules.loader = loader = self.loader
        m.submodules.arrays = arrays = self.arrays
        m.submodules.results = results = self.results
        for to, code in zip(loader.i.payload.values, self.i.payload.values, strict=True):
            m.d.comb += to.eq(self.word.stored(code))
        m.d.comb += [
            loader.i.payload.abort.eq(self.i.payload.abort),
            loader.i.payload.mark.eq(self.i.payload.mark),
            loader.i.valid.eq(self.i.valid),
            self.i.ready.eq(loader.i.ready),
            self.due.eq(loader.due),
            self.room.eq(~loader.o.valid),
            arrays.i.payload.eq(self._entering(loader.o.payload.values)),
            arrays.i.valid.eq(loader.o.valid),
            loader.o.ready.eq(arrays.i.ready),
            arrays.room.eq(results.room),
            arrays.ticket.eq(results.ticket),
            results.admit.eq(loader.o.valid & arrays.i.ready),
            results.mark.eq(loader.o.payload.mark),
            results.done.eq(arrays.done),
            results.done_ticket.eq(arrays.done_ticket),
            *self._leaving(arrays.result, results.result),
        ]
        wiring.connect(m, results.o, wiring.flipped(self.o))
        return m

    def _entering(self, words: data.View) -> Value:
        """What the arrays take for a frame's stored words."""
        return words

    def _leaving(self, result: data.View, kept: data.View) -> list:
        """What is kept of the arrays' result until it is sent."""
        if self.options.output == streams.CODEWORD:
            return [kept.eq(result)]
        lanes = (result.lanes[variable] for variable in information_positions(self.spec.code))
        said = (kept[name].eq(result[name]) for name in self.format.status)
        return [*(to.eq(lane) for to, lane in zip(kept.lanes, lanes, strict=True)), *said]
