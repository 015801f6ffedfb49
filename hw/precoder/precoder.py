"""The whole precoder: channels and symbols in, bits for the antennas out."""

from collections.abc import Mapping

from amaranth.hdl import Module, Signal, Value
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In

from hw.frame import status
from hw.frame.guard import BeatCount
from hw.frame.ports import FrameFormat, core_ports
from hw.frame.shell import HALF
from hw.lib.queue import MemoryQueue
from hw.lib.skid import SkidBuffer
from hw.lib.stage import StreamStage
from hw.mimo_array.channel_control import NUMBER_BITS, ChannelControl
from hw.mimo_array.channel_stream import channel_ports, channel_stream
from hw.mimo_array.counter import WindowCounter
from hw.mimo_array.input_arbiter import InputArbiter
from hw.mimo_array.stage import stages
from hw.mimo_array.timing import regions
from hw.precoder.coefficients import write_layout
from hw.precoder.collector import Collector, beat_bits
from hw.precoder.engine import Engine
from hw.precoder.geometry import Geometry
from hw.precoder.symbols import NIBBLE_BITS, SymbolLoader, SymbolStore
from hw.precoder.timing import Timing


class Precoder(wiring.Component):
    """Unfolded 1-bit precoder for one spec and its build options, as a core.

    Members: those of every core (:mod:`hw.frame.ports`). A frame is a vector of symbols, ``lanes``
    users a beat, a byte each: odd integers, real part in the low nibble; held until a first
    channel is in service. The answer are bits, 1 for a negative part: antenna by antenna, real
    part first; or int16 pairs. The status is ``channel``, the number of the channel that the
    vector was precoded for.

    Members, beside them (``side_ports``)
    -------
    s_axis_h_* : the channel, one entry a beat, user by user, antenna by antenna: codes of
        ``spec.h`` in two's complement, real part in the low half; they saturate. It is taken while
        the channel before is served, and put in service between two vectors
    channel_dropped : strobe for channels of a wrong length
    channel_number, channel_saturated : of the channel in service; parts beyond full scale
    coefficient_write, _index, _value : with the option ``writable``: set keep (index 2 r) or step
        (2 r + 1) of round r, matched filter 0, in units of 2^-frac_bits of build.json (step: times
        2 for a mid-rise channel); vectors on their way may meet either value
    """

    input_stage = HALF

    def __init__(self, geometry: Geometry, mark: Mapping[str, int] | None = None):
        self.geometry = g = geometry
        self.spec, self.options = g.spec, g.options
        self.timing = Timing(g)
        write = write_layout(g)
        written = {
            "coefficient_write": In(1),
            "coefficient_index": In(write["index"].shape),
            "coefficient_value": In(write["value"].shape),
        }
        self.side_ports = {
            **(written if g.options.writable else {}),
            **channel_ports(g),
        }
        self.format = FrameFormat(
            values=g.spec.users,
            values_per_beat=g.lanes,
            value_bits=2 * NIBBLE_BITS,
            bits=g.spec.antennas * (2 if g.options.output == "bits" else 32),
            bits_per_beat=beat_bits(g),
            status={"channel": NUMBER_BITS},
            mark=mark or {},
        )
        super().__init__(core_ports(self.format) | self.side_ports)

    def value_of(self, m: Module, byte: Value) -> Value:
        """A user's symbol as the stream has it."""
        return byte

    def cycles_per_frame(self, iterations: float) -> float:
        """Clock cycles from vector to vector at full speed; all take the same rounds."""
        return self.geometry.period

    @property
    def latency_cycles(self) -> int:
        g, timing = self.geometry, self.timing
        entering = g.window * g.rounds + 16  # until the next window for a new vector
        return entering + timing.latency_cycles + 4 * self.format.output_beats + 8

    def elaborate(self, platform):
        m = Module()
        g, timing, spec = self.geometry, self.timing, self.spec
        m.submodules.channel = channel = ChannelControl(g)
        m.submodules.loader = loader = SymbolLoader(g, self.format)
        m.submodules.admission = admission = InputArbiter(timing, NUMBER_BITS)
        engines = self._engines(m, channel, loader, admission)
        first, last = engines[0], engines[-1]

        self._symbols(m, loader)
        channels = channel_stream(m, self, spec.users * spec.antennas)
        wiring.connect(m, channels, channel.i)

        m.submodules.collector = collector = Collector(g, timing, last.stage)
        said = data.StructLayout(
            {"channel": NUMBER_BITS, "mark": status.layout(self.format.mark)}
        )
        m.submodules.status = kept = MemoryQueue(said, regions(timing))
        m.d.sync += [
            kept.put.eq(admission.admit),
            kept.i.channel.eq(admission.admitted_channel),
            kept.i.mark.eq(loader.mark),
        ]
        # The status moves on behind a vector's first word, cycles before the next one's.
        user, next_user, begun = Signal(said), Signal(said), Signal()
        m.d.sync += [next_user.eq(kept.o), begun.eq(collector.begun)]
        with m.If(begun):
            m.d.sync += user.eq(next_user)
        # An antenna's int16 pair needs more than every other cycle.
        register = StreamStage if g.options.output == "bits" else SkidBuffer
        m.submodules.output = output = register(
            data.StructLayout({"beat": collector.o.payload.shape(), "user": said})
        )
        m.d.comb += [
            admission.entry.eq(first.load & first.matched),
            admission.slot.eq(first.slot),
            admission.waiting.eq(loader.ready),
            admission.channel_ready.eq(channel.ready),
            admission.bank.eq(channel.bank),
            admission.channel.eq(channel.number),
            admission.finished.eq(collector.finished),
            admission.finished_slot.eq(collector.finished_slot),
            admission.sent.eq(collector.sent),
            channel.idle_bank.eq(admission.idle_bank),
            loader.taken.eq(admission.admit),
            collector.signs.eq(last.signs),
            collector.valid.eq(admission.valid),
            kept.take.eq(begun),
            output.i.payload.beat.eq(collector.o.payload),
            output.i.payload.user.eq(user),
            output.i.valid.eq(collector.o.valid),
            collector.o.ready.eq(output.i.ready),
            self.o.payload.bits.eq(output.o.payload.beat.bits),
            self.o.payload.last.eq(output.o.payload.beat.last),
            self.o.payload.status.channel.eq(output.o.payload.user.channel),
            self.o.payload.mark.eq(output.o.payload.user.mark),
            self.o.valid.eq(output.o.valid),
            output.o.ready.eq(self.o.ready),
            self.channel_number.eq(channel.number),
            self.channel_saturated.eq(channel.saturated),
        ]
        self._idle_cycles(m, first.stage, channel)
        return m

    def _engines(self, m: Module, channel, loader, admission) -> list[Engine]:
        """The arrays, each fed by the one before; a single one feeds itself."""
        g, timing = self.geometry, self.timing
        served = stages(g)
        engines = [
            Engine(g, timing, stage, served[number - 1]) for number, stage in enumerate(served)
        ]
        readers = [engine for engine in engines if engine.stage.iterates]
        m.submodules.store = store = SymbolStore(g, timing, len(readers))
        m.d.comb += [
            store.admit.eq(admission.admit),
            store.slot.eq(admission.admitted_slot),
            store.vector.eq(loader.vector),
            store.reciprocal.eq(loader.reciprocal),
        ]
        for number, engine in enumerate(engines):
            m.submodules[f"round{number}" if g.unfolded else "rounds"] = engine
            m.d.comb += [
                engine.admitted_bank.eq(channel.bank),
                engine.banks.eq(admission.banks),
                engine.writing.eq(channel.writing),
                engine.operand.eq(channel.operand),
            ]
            if g.options.writable:
                m.d.comb += [
                    engine.write.valid.eq(self.coefficient_write),
                    engine.write.index.eq(self.coefficient_index),
                    engine.write.value.eq(self.coefficient_value),
                ]
            before = engines[number - 1]
            if engine.stage.iterates:
                m.d.comb += [engine.sums.eq(before.sums_o), engine.x.eq(before.x_o)]
        users = engines[0].symbols
        m.d.comb += [place.eq(loader.vector[user]) for user, place in enumerate(users)]
        for reader, engine in enumerate(readers):
            m.d.comb += [
                store.read_slot[reader].eq(engine.read_slot),
                store.read_pass[reader].eq(engine.read_pass),
                engine.stored.eq(store.word[reader]),
            ]
        return engines

    def _symbols(self, m: Module, loader: SymbolLoader) -> None:
        """Beats of symbols, counted, with their ready registered."""
        m.submodules.beats = beats = BeatCount(self.format.input_beats)
        # From the frame guard to what takes the beats is far.
        m.submodules.inside = inside = StreamStage(self.i.payload.shape())
        wiring.connect(m, wiring.flipped(self.i), inside.i)
        wiring.connect(m, inside.o, loader.i)
        m.d.comb += [
            beats.taken.eq(self.i.valid & self.i.ready),
            beats.restart.eq(self.i.payload.abort),
            self.due.eq(beats.due),
            self.room.eq(~loader.ready),
        ]

    def _idle_cycles(self, m: Module, stage, channel: ChannelControl) -> None:
        """When the products leave their tables to the writer: see :class:`TableWriter`."""
        g, timing = self.geometry, self.timing
        ahead = g.turn_cycles
        head = WindowCounter(g, timing, stage, timing.load - ahead)
        forward = WindowCounter(g, timing, stage, timing.forward - 1 - ahead)
        m.submodules.head_ahead, m.submodules.forward_ahead = head, forward
        behind = head.cycle > g.backward_cycles
        spare = ((head.cycle == 0) | behind) if g.window > g.backward_cycles else 0
        no_forward = forward.cycle >= g.forward_cycles
        if not g.unfolded:
            few = (head.cycle != 0) & (head.cycle <= g.backward_cycles - 2 * g.symbol_bits)
            spare = spare | ((head.round_ == 0) & few)
            no_forward = no_forward | (forward.round_ == stage.final)
        m.d.comb += [channel.backward_idle.eq(spare), channel.forward_idle.eq(no_forward)]
