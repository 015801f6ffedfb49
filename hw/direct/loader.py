"""Beats of channel codes to whole frames, side by side."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

DROP_BITS = 4  # as in m_axis_tuser


class FrameLoader(wiring.Component):
    """Collects the beats of a frame; a whole frame waits in a register of its own.

    Parameters
    ----------
    word_bits : bits of a stored channel code
    n : codes of a frame
    per_beat : codes of a beat; what exceeds the frame in its last beat is left out

    Members
    -------
    i : beats, or an abort that discards the frame so far
    o : a frame and the number of frames dropped since the one before it, saturating

    Attributes
    ----------
    cycles_per_frame : beats of a frame
    """

    def __init__(self, word_bits: int, n: int, per_beat: int):
        self.word_bits, self.n, self.per_beat = word_bits, n, per_beat
        self.cycles_per_frame = -(-n // per_beat)
        frame = data.StructLayout(
            {"codes": data.ArrayLayout(word_bits, n), "drops": DROP_BITS}
        )
        beat = data.StructLayout({"bits": word_bits * per_beat, "abort": 1})
        super().__init__({"i": In(stream.Signature(beat)), "o": Out(stream.Signature(frame))})

    def elaborate(self, platform):
        m = Module()
        beats, width = self.cycles_per_frame, self.word_bits * self.per_beat
        held = [Signal(width, name=f"beat{b}", reset_less=True) for b in range(beats - 1)]
        place = Signal(beats, init=1)  # one-hot: which beat is due
        drops = Signal(DROP_BITS)
        frame = Signal(self.o.payload.shape(), reset_less=True)
        last, accepted = place[-1], Signal()
        # A frame of one beat follows another at once; with more of them there is time until the
        # last one, and the consumer need not reach the registers of all beats in the same cycle.
        follows = self.o.ready if beats == 1 else 0
        m.d.comb += [
            self.i.ready.eq(~last | ~self.o.valid | follows | self.i.payload.abort),
            accepted.eq(self.i.valid & self.i.ready),
            self.o.payload.eq(frame),
        ]
        with m.If(self.o.ready):
            m.d.sync += self.o.valid.eq(0)
        with m.If(accepted & self.i.payload.abort):
            m.d.sync += [place.eq(1), drops.eq(Mux(drops.all(), drops, drops + 1))]
        with m.Elif(accepted):
            m.d.sync += place.eq(Cat(place[-1], place[:-1]))
            for b, beat in enumerate(held):
                with m.If(place[b]):
                    m.d.sync += beat.eq(self.i.payload.bits)
            with m.If(last):
                codes = Cat(*held, self.i.payload.bits)[: self.n * self.word_bits]
                m.d.sync += [
                    frame.codes.as_value().eq(codes),
                    frame.drops.eq(drops),
                    self.o.valid.eq(1),
                    drops.eq(0),
                ]
        return m
