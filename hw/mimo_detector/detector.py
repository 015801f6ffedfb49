"""The whole detector: channels and received vectors in, LLRs or symbols out."""

from collections.abc import Mapping

from amaranth.hdl import Module, Signal, Value
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from hw.frame import status
from hw.frame.guard import BeatCount
from hw.frame.ports import FrameFormat, core_ports
from hw.frame.shell import SKID
from hw.lib.queue import MemoryQueue
from hw.lib.skid import SkidBuffer
from hw.mimo_array.channel import COUNT_BITS
from hw.mimo_array.channel_control import NUMBER_BITS, ChannelControl
from hw.mimo_array.channel_stream import channel_ports, channel_stream
from hw.mimo_array.counter import WindowCounter
from hw.mimo_array.input_arbiter import InputArbiter
from hw.mimo_array.timing import regions
from hw.mimo_detector.block_gate import BlockGate
from hw.mimo_detector.collector import Collector
from hw.mimo_detector.engine import Engine
from hw.mimo_detector.geometry import Geometry
from hw.mimo_detector.loader import REGIONS, ReceivedLoader, part_bytes
from hw.mimo_detector.stage import stage
from hw.mimo_detector.timing import Timing
from hw.mimo_preprocess.preprocessor import Preprocessor
from quant.mimo_detector.preprocess import CORE

YIELDS_ONE_IN = 8
"""While forward tables are written, one vector in so many may not enter: they need idle cycles."""
SATURATED = 2
"""Bits of the status ``saturated``: 1 for y, 2 for r."""


class Detector(wiring.Component):
    """Unfolded MIMO detector for one spec and its build options, as a core.

    Members: those of every core (:mod:`hw.frame.ports`). A frame is a received vector, antenna by
    antenna, real part first, a byte (two above 8 bits) a part: codes of ``spec.y`` in two's
    complement; they saturate. It is held until a first channel is in service. The answer is a user
    a beat: LLRs, a byte each, the real part's bits first; or a symbol. The status is ``channel``,
    the number of the channel that the vector was detected with, and ``saturated``.

    Members, beside them (``side_ports``)
    -------
    s_axis_h_* : the channel, one entry a beat: H, then W, then W0 if the spec has a start; each
        user by user, antenna by antenna (H column by column): codes of ``spec.h`` in two's
        complement, real part in the low half; they saturate. It is taken while the channel before
        is served, and put in service between two vectors
        With ``options.matrices`` core it is H alone, and an entry more: N0 in steps of H squared,
        mantissa in the place of the real part, its power of two in that of the imaginary one
        (:mod:`quant.mimo_detector.preprocess`)
    channel_dropped : strobe for channels of a wrong length
    channel_number, channel_saturated, tables_saturated : of the channel in service; parts beyond
        full scale; groups whose tables saturate for some signs
    matrices_saturated : with ``options.matrices`` core, of the channel in service: W and W0 may be
        wrong, see there
    told, vectors : with ``block_vectors``: a block is over, so many vectors of it came

    Parameters
    ----------
    mark : field to bits, what comes back with a vector
    block_vectors : not 0: vectors are those of blocks of at most so many, each of which meets one
        channel
    """

    input_stage = SKID

    def __init__(
        self, geometry: Geometry, mark: Mapping[str, int] | None = None, block_vectors: int = 0
    ):
        self.geometry = g = geometry
        self.spec, self.options, self.block_vectors = g.spec, g.options, block_vectors
        self.timing = Timing(g)
        self.side_ports = {
            **channel_ports(g),
            "tables_saturated": Out(COUNT_BITS),
        }
        self.preprocessor = None
        if self.options.matrices == CORE:
            self.preprocessor = Preprocessor(self.spec, g)
            self.side_ports["matrices_saturated"] = Out(1)
        bytes_per_antenna = 2 * part_bytes(g)
        self.format = FrameFormat(
            values=g.antennas * bytes_per_antenna,
            values_per_beat=g.antennas_per_beat * bytes_per_antenna,
            value_bits=8,
            bits=8 * g.user_bytes * g.users,
            bits_per_beat=8 * g.user_bytes,
            status={"channel": NUMBER_BITS, "saturated": SATURATED},
            mark=mark or {},
        )
        blocks = {"told": In(1), "vectors": In(range(block_vectors + 1))} if block_vectors else {}
        super().__init__(core_ports(self.format) | self.side_ports | blocks)

    @property
    def channel_beats(self) -> int:
        """Of a channel as it comes."""
        if self.preprocessor is not None:
            return self.preprocessor.entries
        return self.geometry.rows * self.geometry.antennas

    @property
    def vectors_inside(self) -> int:
        """Vectors, at most, between their last beat in and their last beat out."""
        return regions(self.timing) + REGIONS + 1

    def value_of(self, m: Module, byte: Value) -> Value:
        """A byte as the stream has it."""
        return byte

    def cycles_per_frame(self, iterations: float) -> float:
        """Clock cycles from vector to vector at full speed; all take the same rounds."""
        return self.geometry.period

    @property
    def latency_cycles(self) -> int:
        g, timing = self.geometry, self.timing
        entering = g.period + 16  # until the next window for a new vector
        return entering + timing.latency_cycles + 6 * self.format.output_beats + 16

    def elaborate(self, platform):
        m = Module()
        g, timing = self.geometry, self.timing
        served = stage(g)
        m.submodules.channel = channel = ChannelControl(g, gated=bool(self.block_vectors))
        m.submodules.loader = loader = ReceivedLoader(g, self.format)
        m.submodules.admission = admission = InputArbiter(timing, NUMBER_BITS, early=True)
        m.submodules.rounds = engine = Engine(g, timing, served)
        m.submodules.collector = collector = Collector(g, timing)
        m.submodules.beats = beats = BeatCount(self.format.input_beats)
        wiring.connect(m, wiring.flipped(self.i), loader.i)
        coming = channel_stream(m, self, self.channel_beats)
        if self.preprocessor is not None:
            m.submodules.preprocessor = preprocessor = self.preprocessor
            wiring.connect(m, coming, preprocessor.i)
            coming = preprocessor.o
            m.d.comb += [
                preprocessor.number.eq(channel.number),
                self.matrices_saturated.eq(preprocessor.saturated),
            ]
        wiring.connect(m, coming, channel.i)
        m.d.comb += [
            beats.taken.eq(self.i.valid & self.i.ready),
            beats.restart.eq(self.i.payload.abort),
            self.due.eq(beats.due),
            self.room.eq(self.i.ready),
            engine.banks.eq(admission.banks),
            engine.valid.eq(admission.valid),
            engine.received.eq(loader.o),
            engine.writing.eq(channel.writing),
            engine.operand.eq(channel.operand),
            admission.waiting.eq(loader.ready),
            admission.channel_ready.eq(channel.ready),
            admission.bank.eq(channel.bank),
            admission.channel.eq(channel.number),
            admission.begin.eq(engine.begin),
            admission.begin_slot.eq(engine.slot),
            admission.finished.eq(engine.finished),
            admission.finished_slot.eq(engine.finished_slot),
            admission.sent.eq(collector.sent),
            channel.idle_bank.eq(admission.idle_bank),
            loader.taken.eq(admission.admit),
            collector.results.eq(engine.results),
            collector.result.eq(engine.result),
            collector.finished.eq(engine.finished),
            collector.saturated.eq(engine.saturated),
            self.channel_number.eq(channel.number),
            self.channel_saturated.eq(channel.saturated),
        ]
        if g.saturates:
            m.d.comb += self.tables_saturated.eq(channel.tables_saturated)
        self._entries(m, admission, channel.forward_due)
        if self.block_vectors:
            m.submodules.gate = gate = BlockGate(self.block_vectors, self.vectors_inside)
            m.d.comb += [
                gate.told.eq(self.told),
                gate.vectors.eq(self.vectors),
                gate.entry.eq(admission.entry),
                gate.admit.eq(admission.admit),
                channel.may_switch.eq(gate.may_switch),
            ]
        self._output(m, admission, loader, collector)
        self._idle_cycles(m, engine, admission, channel)
        return m

    def _counter(self, m: Module, name: str, start_cycles: int) -> WindowCounter:
        counter = WindowCounter(self.geometry, self.timing, stage(self.geometry), start_cycles)
        m.submodules[name] = counter
        return counter

    def _entries(self, m: Module, admission: InputArbiter, forward_due) -> None:
        """When a vector may enter; some places stay empty while forward tables wait."""
        enters = self._counter(m, "enters", self.timing.enters - 1)
        entry, number = Signal(), Signal(range(YIELDS_ONE_IN))
        m.d.sync += [
            entry.eq((enters.cycle == 0) & (enters.round_ == 0)),
            number.eq(number + entry),
        ]
        m.d.comb += [
            admission.entry.eq(entry),
            admission.hold.eq(forward_due & (number == 0)),
        ]

    def _output(self, m: Module, admission, loader, collector: Collector) -> None:
        """Beats with the status of their vector."""
        saturated = Signal(SATURATED)
        said = data.StructLayout(
            {"channel": NUMBER_BITS, "saturated": 1, "mark": status.layout(self.format.mark)}
        )
        m.submodules.status = kept = MemoryQueue(said, regions(self.timing))
        m.d.sync += [
            kept.put.eq(admission.admit),
            kept.i.channel.eq(admission.admitted_channel),
            kept.i.saturated.eq(loader.saturated),
            kept.i.mark.eq(loader.mark),
        ]
        user = Signal(said)
        with m.If(collector.begun):
            m.d.sync += user.eq(kept.o)
        answer = self.o.payload
        m.submodules.output = output = SkidBuffer(
            data.StructLayout(
                {"beat": collector.o.payload.shape(), "user": said, "saturated": SATURATED}
            )
        )
        leaving = output.o.payload
        m.d.comb += [
            saturated.eq(user.saturated | (collector.of_saturated << 1)),
            kept.take.eq(collector.begun),
            output.i.payload.beat.eq(collector.o.payload),
            output.i.payload.user.eq(user),
            output.i.payload.saturated.eq(saturated),
            output.i.valid.eq(collector.o.valid),
            collector.o.ready.eq(output.i.ready),
            answer.bits.eq(leaving.beat.bits),
            answer.last.eq(leaving.beat.last),
            answer.status.channel.eq(leaving.user.channel),
            answer.status.saturated.eq(leaving.saturated),
            answer.mark.eq(leaving.user.mark),
            self.o.valid.eq(output.o.valid),
            output.o.ready.eq(self.o.ready),
        ]

    def _idle_cycles(self, m: Module, engine, admission, channel: ChannelControl) -> None:
        """When the products leave their tables to the writer: see :class:`TableWriter`.

        A window without a vector is idle, and so is the backward product of a vector's first round.
        """
        g, timing = self.geometry, self.timing
        ahead = g.turn_cycles + 1  # what is said is a register
        head = self._counter(m, "head_ahead", timing.load + 1 - ahead)
        forward = self._counter(m, "forward_ahead", timing.forward - 1 - ahead)
        works = (head.cycle < g.backward_cycles) & (head.round_ != 0)
        sums = forward.cycle < g.forward_cycles
        valid = admission.valid
        m.d.sync += [
            channel.backward_idle.eq(~(works & valid.bit_select(head.slot, 1))),
            channel.forward_idle.eq(~(sums & valid.bit_select(forward.slot, 1))),
        ]
