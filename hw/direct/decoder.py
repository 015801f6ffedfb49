"""The whole direct decoder: AXI4-Stream in, node arrays, AXI4-Stream out."""

from amaranth.hdl import Module, Signal
from amaranth.lib import data, wiring

from hw.direct.graph import Graph
from hw.direct.iterated import IteratedCore
from hw.direct.loader import FrameLoader
from hw.direct.options import Options
from hw.direct.results import DROP_BITS, ITERATION_BITS, Results
from hw.direct.unrolled import UnrolledCore
from hw.lib.decoder_ports import stream_ports
from hw.lib.frame_guard import FrameGuard
from hw.lib.skid import SkidBuffer
from hw.qc_ldpc.channel_word import ChannelWord
from quant.spec import Spec

CORES = {"iterated": IteratedCore, "unrolled": UnrolledCore}


class DirectDecoder(wiring.Component):
    """Flooding min-sum decoder for one spec, every edge a wire.

    Members (the Verilog ports, beside ``clk`` and the synchronous active-high ``rst``): the streams
    of :class:`hw.qc_ldpc.decoder.LayeredDecoder`, with the widths of ``options``.

    Attributes
    ----------
    core : the node arrays
    room, drop_bits : as of a layered decoder
    latency_cycles : upper bound from a frame's last input beat to its last output beat, when the
        decoder is idle and the output is never stalled
    """

    def __init__(self, spec: Spec, options: Options):
        self.spec, self.options = spec, options = spec, options.resolved(spec)
        self.graph = graph = Graph(spec)
        # Tickets for the frames in the core, for those that wait for a slower one before them,
        # and for the one that is sent.
        in_flight = options.stages * (spec.iterations + 1 if options.form == "unrolled" else 2)
        depth = max(16, 1 << (in_flight + 6).bit_length())
        self.core = CORES[options.form](spec, graph, options.cuts, depth)
        self.loader = FrameLoader(ChannelWord(spec).bits, spec.n, options.llrs_per_beat)
        self.results = Results(spec.n_variables, options.bits_per_beat, depth)
        self.room, self.drop_bits = Signal(), DROP_BITS
        super().__init__(stream_ports(options, 1 + ITERATION_BITS + DROP_BITS))

    @property
    def latency_cycles(self) -> int:
        # Loading and sending have two registers each around the core.
        return self.core.latency_cycles + self.results.beats + 4 + self._buffered

    @property
    def _buffered(self) -> bool:
        """Beats that make up a frame are registered: they go to many places."""
        return self.loader.cycles_per_frame > 1

    @property
    def stream_cycles_per_frame(self) -> int:
        """Clock cycles that the slower of the two streams takes for a frame."""
        return max(self.loader.cycles_per_frame, self.results.beats)

    def cycles_per_frame(self, iterations: float) -> float:
        """Clock cycles from frame to frame at full speed when each takes ``iterations``."""
        return max(self.core.cycles_per_frame(iterations), self.stream_cycles_per_frame)

    def elaborate(self, platform):
        m = Module()
        spec, width = self.spec, self.options.llrs_per_beat
        word = ChannelWord(spec)
        beats = self.loader.cycles_per_frame
        m.submodules.guard = guard = FrameGuard(word.bits * width, beats)
        m.submodules.loader = loader = self.loader
        m.submodules.core = core = self.core
        m.submodules.results = results = self.results
        codes = Signal(data.ArrayLayout(word.bits, width))
        for i in range(width):
            byte = self.s_axis_tdata.word_select(i, 8)
            m.d.comb += codes[i].eq(word.stored(word.saturated(byte)))
        m.d.comb += [
            guard.i.payload.bits.eq(codes),
            guard.i.payload.last.eq(self.s_axis_tlast),
            guard.i.valid.eq(self.s_axis_tvalid),
            self.s_axis_tready.eq(guard.i.ready),
            self.frame_dropped.eq(guard.dropped),
            core.i.payload.eq(loader.o.payload.codes),
            core.i.valid.eq(loader.o.valid),
            loader.o.ready.eq(core.i.ready),
            self.room.eq(~loader.o.valid),
            core.room.eq(results.room),
            core.ticket.eq(results.ticket),
            results.admit.eq(loader.o.valid & core.i.ready),
            results.drops.eq(loader.o.payload.drops),
            results.done.eq(core.done),
            results.done_ticket.eq(core.done_ticket),
            results.result.eq(core.result),
            self.m_axis_tdata.eq(results.o.payload.bits),
            self.m_axis_tuser.eq(results.o.payload.user),
            self.m_axis_tlast.eq(results.o.payload.last),
            self.m_axis_tvalid.eq(results.o.valid),
            results.o.ready.eq(self.m_axis_tready),
        ]
        if self._buffered:
            m.submodules.skid = skid = SkidBuffer(guard.o.payload.shape())
            wiring.connect(m, guard.o, skid.i)
            wiring.connect(m, skid.o, loader.i)
        else:
            wiring.connect(m, guard.o, loader.i)
        return m
