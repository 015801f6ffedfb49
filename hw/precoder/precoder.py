"""The whole precoder: channels and symbols in, bits for the antennas out."""

from amaranth.hdl import Cat, Module, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from hw.lib.frame_guard import FrameGuard
from hw.lib.queue import MemoryQueue
from hw.lib.skid import SkidBuffer
from hw.lib.stage import StreamStage
from hw.precoder.bundle import write_layout
from hw.precoder.channel import COUNT_BITS, half_bits
from hw.precoder.channel_control import NUMBER_BITS, ChannelControl
from hw.precoder.collector import Collector, beat_bits, regions
from hw.precoder.counter import WindowCounter
from hw.precoder.engine import Engine
from hw.precoder.geometry import Geometry
from hw.precoder.input_arbiter import InputArbiter
from hw.precoder.stage import stages
from hw.precoder.symbols import NIBBLE_BITS, SymbolLoader, SymbolStore
from hw.precoder.timing import Timing
from hw.precoder.writer import TURN_CYCLES

DROP_BITS = 4


class Precoder(wiring.Component):
    """Unfolded 1-bit precoder for one spec and its build options.

    Members (the Verilog ports, beside ``clk`` and the synchronous active-high ``rst``)
    -------
    s_axis_h_* : the channel, one entry a beat, user by user, antenna by antenna: codes of
        ``spec.h`` in two's complement, real part in the low half; they saturate. It is taken while
        the channel before is served, and put in service between two vectors
    s_axis_* : symbols, ``lanes`` users a beat, a byte each: odd integers, real part in the low
        nibble; held until a first channel is in service
    m_axis_* : bits, 1 for a negative part: antenna by antenna, real part first, zero padded; or
        int16 pairs. ``tuser`` = {dropped[3:0], channel[7:0]}: symbol frames dropped before this one
        (saturating), and the number of the channel that it was precoded for
    frame_dropped, channel_dropped : strobes for frames of a wrong length
    channel_number, channel_saturated : of the channel in service; parts beyond full scale
    coefficient_write, _index, _value : with the option ``writable``: set keep (index 2 r) or step
        (2 r + 1) of round r, matched filter 0, in units of 2^-frac_bits of build.json (step: times
        2 for a mid-rise channel); vectors on their way may meet either value
    """

    def __init__(self, geometry: Geometry):
        self.geometry = g = geometry
        self.spec, self.options = g.spec, g.options
        self.timing = Timing(g)
        write = write_layout(g)
        written = {
            "coefficient_write": In(1),
            "coefficient_index": In(write["index"].shape),
            "coefficient_value": In(write["value"].shape),
        }
        super().__init__(
            {
                **(written if g.options.writable else {}),
                "s_axis_tdata": In(2 * NIBBLE_BITS * g.lanes),
                "s_axis_tvalid": In(1),
                "s_axis_tready": Out(1),
                "s_axis_tlast": In(1),
                "s_axis_h_tdata": In(2 * half_bits(g)),
                "s_axis_h_tvalid": In(1),
                "s_axis_h_tready": Out(1),
                "s_axis_h_tlast": In(1),
                "m_axis_tdata": Out(beat_bits(g)),
                "m_axis_tvalid": Out(1),
                "m_axis_tready": In(1),
                "m_axis_tlast": Out(1),
                "m_axis_tuser": Out(NUMBER_BITS + DROP_BITS),
                "frame_dropped": Out(1),
                "channel_dropped": Out(1),
                "channel_number": Out(NUMBER_BITS),
                "channel_saturated": Out(COUNT_BITS),
            }
        )

    def elaborate(self, platform):
        m = Module()
        g, timing, spec = self.geometry, self.timing, self.spec
        m.submodules.channel = channel = ChannelControl(g)
        m.submodules.loader = loader = SymbolLoader(g)
        m.submodules.admission = admission = InputArbiter(timing, NUMBER_BITS)
        engines = self._engines(m, channel, loader, admission)
        first, last = engines[0], engines[-1]

        symbols = self._guarded(m, "s_axis", g.passes, self.frame_dropped)
        channels = self._guarded(m, "s_axis_h", spec.users * spec.antennas, self.channel_dropped)
        wiring.connect(m, symbols, loader.i)
        wiring.connect(m, channels, channel.i)
        drops = Signal(DROP_BITS)
        with m.If(admission.admit):
            m.d.sync += drops.eq(0)  # nothing is dropped while a vector waits
        with m.Elif(loader.aborted & ~drops.all()):
            m.d.sync += drops.eq(drops + 1)

        m.submodules.collector = collector = Collector(g, timing, last.stage)
        user_bits = NUMBER_BITS + DROP_BITS
        m.submodules.status = status = MemoryQueue(user_bits, regions(timing))
        m.d.sync += [
            status.put.eq(admission.admit),
            status.i.eq(Cat(admission.admitted_channel, drops)),
        ]
        # The status moves on behind a vector's first word, cycles before the next one's.
        user, next_user, begun = Signal(user_bits), Signal(user_bits), Signal()
        m.d.sync += [next_user.eq(status.o), begun.eq(collector.begun)]
        with m.If(begun):
            m.d.sync += user.eq(next_user)
        # An antenna's int16 pair needs more than every other cycle.
        register = StreamStage if g.options.output == "bits" else SkidBuffer
        m.submodules.output = output = register(
            data.StructLayout({"beat": collector.o.payload.shape(), "user": user_bits})
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
            status.take.eq(begun),
            output.i.payload.beat.eq(collector.o.payload),
            output.i.payload.user.eq(user),
            output.i.valid.eq(collector.o.valid),
            collector.o.ready.eq(output.i.ready),
            self.m_axis_tdata.eq(output.o.payload.beat.bits),
            self.m_axis_tlast.eq(output.o.payload.beat.last),
            self.m_axis_tuser.eq(output.o.payload.user),
            self.m_axis_tvalid.eq(output.o.valid),
            output.o.ready.eq(self.m_axis_tready),
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

    def _guarded(self, m: Module, name: str, beats: int, dropped):
        """Input stream with its frame length checked and its ready registered."""
        port = {signal: getattr(self, f"{name}_t{signal}") for signal in
                ("data", "valid", "ready", "last")}  # fmt: skip
        guard = FrameGuard(len(port["data"]), beats)
        # Registers on both sides: from the pins to the guard and on to what takes the beats is far.
        pins, inside = StreamStage(guard.i.payload.shape()), StreamStage(guard.o.payload.shape())
        m.submodules[f"{name}_pins"] = pins
        m.submodules[f"{name}_guard"], m.submodules[f"{name}_inside"] = guard, inside
        wiring.connect(m, pins.o, guard.i)
        wiring.connect(m, guard.o, inside.i)
        m.d.comb += [
            pins.i.payload.bits.eq(port["data"]),
            pins.i.payload.last.eq(port["last"]),
            pins.i.valid.eq(port["valid"]),
            port["ready"].eq(pins.i.ready),
            dropped.eq(guard.dropped),
        ]
        return inside.o

    def _idle_cycles(self, m: Module, stage, channel: ChannelControl) -> None:
        """When the products leave their tables to the writer: see :class:`TableWriter`."""
        g, timing = self.geometry, self.timing
        ahead = TURN_CYCLES
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
