"""Symbols on their way: from the stream to a whole vector, and kept for the rounds to come."""

from amaranth.hdl import Array, Cat, Const, Module, Mux, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from hw.frame.ports import FrameFormat
from hw.lib.memory import BlockMemory, Rom
from hw.mimo_array.bundle import place_bits
from hw.mimo_array.geometry import ceil_log2
from hw.precoder.geometry import Geometry
from hw.precoder.timing import Timing
from quant.precoder.spec import PrecoderSpec

NIBBLE_BITS = 4  # a symbol's real or imaginary part in the stream


def symbol_word(g: Geometry) -> data.StructLayout:
    """Symbols of the users of a pass, and what every pass needs to know of the vector.

    parts : [user of the pass][0 real, 1 imaginary] two's complement codes c of the values 2c + 1
    reciprocal : round(2^projection_bits / |s|^2)
    """
    return data.StructLayout(
        {
            "parts": data.ArrayLayout(data.ArrayLayout(g.symbol_bits, 2), g.lanes),
            "reciprocal": g.spec.reciprocal(2 * g.spec.users).bit_length(),
        }
    )


def vector_layout(g: Geometry) -> data.ArrayLayout:
    """[user][part] codes of a vector, filled up to whole passes."""
    return data.ArrayLayout(data.ArrayLayout(g.symbol_bits, 2), g.lanes * g.passes)


def energy_excess(value: int) -> int:
    """(value^2 - 1) / 8 of an odd integer: what it has more than a 1."""
    return (value * value - 1) // 8


class SymbolLoader(wiring.Component):
    """Collects a vector from the stream and finds the reciprocal of its energy.

    Members
    -------
    i : beats of ``lanes`` users, a byte each, real part in the low nibble: an odd integer in two's
        complement, bit 0 is taken as 1, other values saturate. At most one every other cycle
    ready : a vector is complete in ``vector`` and ``reciprocal``; ``mark`` is its own
    taken : give place to the next; the vector still stays for a cycle
    """

    def __init__(self, geometry: Geometry, form: FrameFormat):
        self.geometry = g = geometry
        super().__init__(
            {
                "i": In(stream.Signature(form.beat)),
                "ready": Out(1),
                "taken": In(1),
                "mark": Out(form.beat["mark"].shape),
                "vector": Out(vector_layout(g)),
                "reciprocal": Out(symbol_word(g)["reciprocal"].shape),
            }
        )

    def elaborate(self, platform):
        m = Module()
        g, spec = self.geometry, self.geometry.spec
        # What a beat sets off is spread wide, so it starts from registers. ``full`` follows a cycle
        # late for the same reason: no beat comes in between.
        bits = Signal(2 * NIBBLE_BITS * g.lanes, reset_less=True)
        arrived, abort = Signal(), Signal()
        parts = [
            _clipped(bits.word_select(k, NIBBLE_BITS)[1:], g.symbol_bits)
            for k in range(2 * g.lanes)
        ]
        beat = Signal(range(g.passes))
        last = beat == g.passes - 1
        # The reciprocal is there five cycles behind the last beat, and is taken three cycles behind
        # ``ready``. Where a vector has many cycles there is no hurry.
        settle = 2 if g.unfolded else 7
        full, settling = Signal(), Signal(range(8))
        vector = Signal.like(self.vector, name="collected", reset_less=True)
        m.d.comb += [
            self.i.ready.eq(~full),
            self.vector.eq(vector),
        ]
        m.d.sync += [
            bits.eq(self.i.payload.values),
            arrived.eq(self.i.valid & ~full & ~self.i.payload.abort),
            abort.eq(self.i.valid & ~full & self.i.payload.abort),
        ]
        with m.If(self.i.valid & ~full):
            m.d.sync += self.mark.eq(self.i.payload.mark)
        excess = Signal(range(2 * spec.users * energy_excess(spec.largest_symbol) + 1))
        added = sum(
            (self._excess(beat, lane, parts) for lane in range(g.lanes)), start=Const(0)
        )
        adding = Signal(range(2 * g.lanes * energy_excess(spec.largest_symbol) + 1))
        m.d.sync += excess.eq(excess + adding)
        # Far from here, so a cycle later; the next vector's first beat is not added before that.
        starts_anew, taken = Signal(), Signal()
        m.d.sync += taken.eq(self.taken)
        m.d.sync += starts_anew.eq(abort | taken)
        with m.If(abort):
            m.d.sync += beat.eq(0)
        with m.If(arrived):
            m.d.sync += [
                vector.eq(Cat(vector.as_value()[len(Cat(*parts)) :], *parts)),
                beat.eq(Mux(last, 0, beat + 1)),
                full.eq(last),
                settling.eq(settle),
                adding.eq(added),
            ]
        with m.Else():
            m.d.sync += adding.eq(0)
        # The reciprocal is looked up while the vector already waits.
        with m.If(full & (settling != 0)):
            m.d.sync += settling.eq(settling - 1)
        m.d.comb += self.ready.eq(full & (settling == 0))
        with m.If(starts_anew):
            m.d.sync += excess.eq(0)
        with m.If(taken):
            m.d.sync += full.eq(0)
        self._look_up(m, excess)
        return m

    def _excess(self, beat, lane: int, parts: list):
        """Energy excess of a user in this beat; a user that only fills the last beat has none."""
        g, spec = self.geometry, self.geometry.spec
        by_code = [0] * (1 << g.symbol_bits)
        for code in range(1 << g.symbol_bits):
            signed_code = code - (code >> (g.symbol_bits - 1) << g.symbol_bits)
            by_code[code] = energy_excess(2 * signed_code + 1)
        values = [
            Array(Const(v, range(max(by_code) + 1)) for v in by_code)[part]
            for part in parts[2 * lane : 2 * lane + 2]
        ]
        present = (g.passes - 1) * g.lanes + lane < spec.users
        total = values[0] + values[1]
        return total if present else Mux(beat == g.passes - 1, 0, total)

    def _look_up(self, m: Module, excess) -> None:
        spec = self.geometry.spec
        reciprocals = reciprocal_table(spec)
        if len(reciprocals) == 1:
            m.d.comb += self.reciprocal.eq(reciprocals[0])
            return
        m.submodules.reciprocals = table = Rom(self.reciprocal.shape(), reciprocals)
        m.d.comb += [table.addr.eq(excess), self.reciprocal.eq(table.data)]


def reciprocal_table(spec: PrecoderSpec) -> list[int]:
    """Reciprocals by energy excess: the energy of U users is 2 U + 8 times it."""
    most = 2 * spec.users * energy_excess(spec.largest_symbol)
    return [spec.reciprocal(2 * spec.users + 8 * excess) for excess in range(most + 1)]


def _clipped(code, bits: int):
    """A signed 3-bit code clipped to ``bits`` bits, two's complement."""
    if bits >= len(code):
        return code
    sign, head = code[-1], code[bits - 1 :]
    inside = head.all() | ~head.any()
    return Cat(*(Mux(inside, bit, ~sign) for bit in code[: bits - 1]), sign)


class SymbolStore(wiring.Component):
    """Symbols of all vectors on their way, by slot and pass.

    Members
    -------
    admit, slot, vector, reciprocal : store a vector, which is taken a cycle after ``admit``; its
        passes are written one after the other
    read_slot, read_pass : where to read
    word : two cycles later
    """

    latency_cycles = BlockMemory.latency_cycles

    def __init__(self, geometry: Geometry, timing: Timing, readers: int):
        self.geometry, self.timing, self.readers = geometry, timing, readers
        g = geometry
        super().__init__(
            {
                "admit": In(1),
                "slot": In(range(timing.slots)),
                "vector": In(vector_layout(g)),
                "reciprocal": In(symbol_word(g)["reciprocal"].shape),
                "read_slot": In(data.ArrayLayout(place_bits(timing.slots), readers)),
                "read_pass": In(data.ArrayLayout(place_bits(g.passes), readers)),
                "word": Out(data.ArrayLayout(symbol_word(g), readers)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        g = self.geometry
        word = Signal(symbol_word(g), reset_less=True)
        number = Signal(range(g.passes))
        slot = Signal(range(self.timing.slots))
        kept = Signal(self.vector.as_value().shape(), reset_less=True)
        reciprocal = Signal.like(self.reciprocal, name="kept_reciprocal", reset_less=True)
        width = len(word.parts.as_value())
        busy, admit = Signal(), Signal()
        m.d.sync += admit.eq(self.admit)
        with m.If(admit):
            m.d.sync += [
                kept.eq(self.vector),
                reciprocal.eq(self.reciprocal),
                slot.eq(self.slot),
                number.eq(0),
                busy.eq(1),
            ]
        with m.Elif(busy):
            m.d.sync += [kept.eq(kept >> width), number.eq(number + 1)]
            with m.If(number == g.passes - 1):
                m.d.sync += busy.eq(0)
        # The memories are far away, and their word is not read before the next round.
        writes, address = Signal(), Signal(len(slot) + (len(number) if g.passes > 1 else 0))
        m.d.sync += [
            writes.eq(busy),
            address.eq(Cat(*([number] if g.passes > 1 else []), slot)),
            word.parts.eq(kept[:width]),
            word.reciprocal.eq(reciprocal),
        ]
        for reader in range(self.readers):
            memory = BlockMemory(symbol_word(g), self.timing.slots << ceil_log2(g.passes))
            m.submodules[f"memory{reader}"] = memory
            passes = [self.read_pass[reader]] if g.passes > 1 else []
            m.d.comb += [
                memory.w_en.eq(writes),
                memory.w_addr.eq(address),
                memory.w_data.eq(word),
                memory.r_addr.eq(Cat(*passes, self.read_slot[reader])),
                self.word[reader].eq(memory.r_data),
            ]
        return m
