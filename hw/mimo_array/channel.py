"""The channel matrix from its stream into memory."""

from amaranth.hdl import Cat, Module, Mux, Signal, signed
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from hw.lib.memory import BlockMemory
from hw.mimo_array.bundle import place_bits
from hw.mimo_array.geometry import ArrayGeometry

COUNT_BITS = 16


def half_bits(g: ArrayGeometry) -> int:
    """Bits of a real or imaginary part in the channel's stream."""
    return 8 if g.h_bits <= 8 else 16


def channel_beat(g: ArrayGeometry) -> data.StructLayout:
    """A beat of the channel's stream behind the frame guard."""
    return data.StructLayout({"bits": 2 * half_bits(g), "abort": 1})


class ChannelMemory(wiring.Component):
    """Takes H user by user, antenna by antenna; read at any place while no frame is taken.

    Several matrices follow each other: a row of the memory is a user of one of them.

    Members
    -------
    i : beats {imaginary, real part}: codes in two's complement; they saturate
    accept : a frame may come; low a cycle after ``complete``
    complete : strobe, a whole frame has come; ``saturated`` counts its parts beyond full scale
    user, antenna : where to read; ``user`` is a row
    real, imaginary : codes there, two cycles later
    """

    latency_cycles = BlockMemory.latency_cycles

    def __init__(self, geometry: ArrayGeometry):
        self.geometry = g = geometry
        code = signed(g.h_bits)
        super().__init__(
            {
                "i": In(stream.Signature(channel_beat(g))),
                "accept": In(1),
                "complete": Out(1),
                "saturated": Out(COUNT_BITS),
                "user": In(place_bits(g.rows)),
                "antenna": In(place_bits(g.antennas)),
                "real": Out(code),
                "imaginary": Out(code),
            }
        )

    def elaborate(self, platform):
        m = Module()
        g = self.geometry
        user, antenna = Signal.like(self.user), Signal.like(self.antenna)
        row_ends, taken = antenna == g.antennas - 1, Signal()
        open_ = Signal()
        last_user = Signal(init=int(g.rows == 1))  # known long before the row ends
        bits, half = g.h_bits, half_bits(g)
        parts = [self.i.payload.bits.word_select(k, half).as_signed() for k in range(2)]
        codes, beyond = self._clipped(parts, g.first_bits)
        if g.matrices > 1 and g.later_bits != g.first_bits:
            later = user >= g.users
            of_later = self._clipped(parts, g.later_bits)
            codes = [Mux(later, *pair) for pair in zip(of_later[0], codes, strict=True)]
            beyond = Mux(later, of_later[1], beyond)
        count = Signal(COUNT_BITS)
        m.d.comb += [
            self.i.ready.eq(open_),
            taken.eq(self.i.valid & open_ & ~self.i.payload.abort),
        ]
        # Closed by the last beat itself, whatever ``accept`` says until it has heard of that.
        m.d.sync += open_.eq(self.accept)
        with m.If(taken & row_ends & last_user):
            m.d.sync += open_.eq(0)
        written, over = Signal(), Signal(2)
        place = Signal(len(user) + len(antenna))
        word = Signal(2 * bits)
        m.d.sync += [
            written.eq(taken),
            place.eq(Cat(antenna, user)),
            word.eq(Cat(*codes)),
            over.eq(Mux(taken, beyond, 0)),
            last_user.eq(user == g.rows - 1),
            self.complete.eq(taken & row_ends & last_user),
        ]
        total = count + over[0] + over[1]
        aborted = Signal()
        aborts = self.i.valid & open_ & self.i.payload.abort
        m.d.sync += aborted.eq(aborts)
        with m.If(taken):
            m.d.sync += antenna.eq(Mux(row_ends, 0, antenna + 1))
            with m.If(row_ends):
                m.d.sync += user.eq(Mux(last_user, 0, user + 1))
        with m.If(aborts):
            m.d.sync += [antenna.eq(0), user.eq(0)]
        # A part more than the counter holds leaves it at its end.
        m.d.sync += count.eq(Mux(total >> COUNT_BITS != 0, (1 << COUNT_BITS) - 1, total))
        with m.If(aborted):
            m.d.sync += count.eq(0)
        with m.If(self.complete):
            m.d.sync += [self.saturated.eq(total), count.eq(0)]
        m.submodules.memory = store = BlockMemory(2 * bits, 1 << len(place))
        m.d.comb += [
            store.w_en.eq(written),
            store.w_addr.eq(place),
            store.w_data.eq(word),
            store.r_addr.eq(Cat(self.antenna, self.user)),
            self.real.eq(store.r_data[:bits]),
            self.imaginary.eq(store.r_data[bits:]),
        ]
        return m

    def _clipped(self, parts: list, word_bits: int) -> tuple[list, Cat]:
        """Codes of a word of so many bits, and which parts were beyond it."""
        g = self.geometry
        # Mid-tread codes are symmetric, mid-rise codes are not (their values are).
        lowest = -(1 << (word_bits - 1)) + (not g.h_mid_rise)
        highest = (1 << (word_bits - 1)) - 1
        below = [part < lowest for part in parts]
        above = [part > highest for part in parts]
        codes = [
            Mux(low, lowest, Mux(high, highest, part))[: g.h_bits]
            for part, low, high in zip(parts, below, above, strict=True)
        ]
        return codes, Cat(*(low | high for low, high in zip(below, above, strict=True)))
