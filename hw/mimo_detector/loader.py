"""Received vectors from the stream into memory, and from there to their cells."""

from amaranth.hdl import Array, Cat, Module, Mux, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from hw.frame.ports import FrameFormat
from hw.lib.delay import delayed
from hw.lib.memory import BlockMemory
from hw.mimo_array.geometry import GROUP, ceil_log2
from hw.mimo_array.received import received_layout
from hw.mimo_detector.geometry import Geometry

REGIONS = 2  # one is sent to the cells while the other is filled


def part_bytes(g: Geometry) -> int:
    """Bytes of a real or imaginary part of y in the stream."""
    return 1 if g.input_bits <= 8 else 2


class ReceivedLoader(wiring.Component):
    """Members
    -------
    i : beats of ``antennas_per_beat`` antennas, real part first: codes, which saturate
    ready : a vector is complete; ``mark`` is its own, ``saturated``: some part was beyond its word
    taken : strobe, it enters: its values go to the cells, a beat a cycle
    o : to the first cell
    """

    def __init__(self, geometry: Geometry, form: FrameFormat):
        self.geometry = g = geometry
        super().__init__(
            {
                "i": In(stream.Signature(form.beat)),
                "ready": Out(1),
                "taken": In(1),
                "mark": Out(form.beat["mark"].shape),
                "saturated": Out(1),
                "o": Out(received_layout(g)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        g = self.geometry
        beats = 1 << ceil_log2(g.beats)
        word = data.ArrayLayout(g.input_bits, g.input_values)
        m.submodules.memory = memory = BlockMemory(word, REGIONS * beats)
        full, filling = Signal(range(REGIONS + 1)), Signal()
        leaves, came = Signal(), Signal()
        leaving = Signal()
        self._fill(m, memory, full, filling, came, leaving)
        m.d.sync += full.eq(full + came - leaves)
        self._send(m, memory, full, leaving, leaves)
        return m

    def _fill(self, m: Module, memory: BlockMemory, full, filling, came, leaving) -> None:
        g = self.geometry
        taken, beat = Signal(), Signal(range(g.beats))
        payload = self.i.payload
        bits = 8 * part_bytes(g)
        raw = payload.values.as_value()
        parts = [raw.word_select(n, bits).as_signed() for n in range(g.input_values)]
        limit = 1 << (g.input_bits - 1)
        codes, beyond = [], []
        for part in parts:
            low, high = part < -limit, part > limit - 1
            codes.append(Mux(low, -limit, Mux(high, limit - 1, part))[: g.input_bits])
            beyond.append(low | high)
        m.d.comb += [
            self.i.ready.eq(full != REGIONS),
            taken.eq(self.i.valid & self.i.ready),
            came.eq(taken & ~payload.abort & (beat == g.beats - 1)),
        ]
        saturated, so_far = Signal(), Signal(REGIONS)
        marks = Signal(data.ArrayLayout(self.mark.shape(), REGIONS))
        m.d.comb += saturated.eq((Array(so_far)[filling] & (beat != 0)) | Cat(*beyond).any())
        with m.If(taken):
            m.d.sync += [
                beat.eq(Mux(payload.abort | (beat == g.beats - 1), 0, beat + 1)),
                Array(so_far)[filling].eq(saturated),
                marks[filling].eq(payload.mark),
            ]
        with m.If(came):
            m.d.sync += filling.eq(~filling)
        writes = Signal()
        address, word = Signal(memory.address_bits), Signal(memory.w_data.shape(), reset_less=True)
        m.d.sync += [writes.eq(taken), address.eq(beat | (filling << ceil_log2(g.beats)))]
        m.d.sync += (place.eq(code) for place, code in zip(word, codes, strict=True))
        m.d.comb += [
            memory.w_en.eq(writes),
            memory.w_addr.eq(address),
            memory.w_data.eq(word),
        ]
        m.d.comb += [
            self.saturated.eq(Array(so_far)[leaving]),
            self.mark.eq(marks[leaving]),
        ]

    def _send(self, m: Module, memory: BlockMemory, full, region, leaves) -> None:
        g = self.geometry
        beat, busy = Signal(range(g.beats)), Signal()
        last = beat == g.beats - 1
        m.d.comb += [self.ready.eq((full != 0) & ~busy), leaves.eq(busy & last)]
        with m.If(self.taken):
            m.d.sync += [busy.eq(1), beat.eq(0)]
        with m.If(busy):
            m.d.sync += beat.eq(Mux(last, 0, beat + 1))
            with m.If(last):
                m.d.sync += [busy.eq(0), region.eq(~region)]
        m.d.comb += memory.r_addr.eq(beat | (region << ceil_log2(g.beats)))
        latency = BlockMemory.latency_cycles
        per_cell = GROUP // g.antennas_per_beat
        late = delayed(m, beat, latency, "beat")
        valid = delayed(m, busy, latency, "busy", reset=True)
        values = [value.as_signed() for value in memory.r_data]
        m.d.sync += [
            self.o.valid.eq(valid),
            self.o.cell.eq(late // per_cell),
            self.o.part.eq(late % per_cell),
            *(place.eq(value) for place, value in zip(self.o["values"], values, strict=True)),
        ]
