"""Variable-size chunks of bits into beats of a fixed width."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out


def chunk_layout(chunk_bits: int) -> data.StructLayout:
    """Up to ``chunk_bits`` bits, ``count`` of them valid from bit 0; the others must be 0."""
    return data.StructLayout({"bits": chunk_bits, "count": range(chunk_bits + 1), "last": 1})


class Packer(wiring.Component):
    """Pack chunks of a frame into beats, bit 0 first; the frame's last beat is padded with 0.

    Parameters
    ----------
    chunk_bits : widest chunk
    beat_bits : width of a beat, at least ``chunk_bits``
    """

    def __init__(self, chunk_bits: int, beat_bits: int):
        if chunk_bits > beat_bits:
            raise ValueError(f"chunk of {chunk_bits} bits exceeds a beat of {beat_bits}")
        self.chunk_bits, self.beat_bits = chunk_bits, beat_bits
        beat = data.StructLayout({"bits": beat_bits, "last": 1})
        super().__init__(
            {
                "i": In(stream.Signature(chunk_layout(chunk_bits))),
                "o": Out(stream.Signature(beat)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        held = Signal(self.beat_bits + self.chunk_bits)
        fill = Signal(range(self.beat_bits + self.chunk_bits + 1))
        ending = Signal()

        sent = self.o.valid & self.o.ready
        full = fill >= self.beat_bits
        m.d.comb += [
            self.o.payload.bits.eq(held[: self.beat_bits]),
            self.o.payload.last.eq(ending & (fill <= self.beat_bits)),
            self.o.valid.eq(full | ending),
            self.i.ready.eq(~ending & (~full | self.o.ready)),
        ]
        kept, kept_fill = Signal.like(held), Signal.like(fill)
        room = kept_fill[: self.beat_bits.bit_length() - 1]  # a chunk only joins less than a beat
        m.d.comb += [
            kept.eq(Mux(sent, held >> self.beat_bits, held)),
            kept_fill.eq(Mux(sent, fill - self.beat_bits, fill)),
        ]
        with m.If(self.i.valid & self.i.ready):
            m.d.sync += [
                held.eq(kept | (self.i.payload.bits << room)),
                fill.eq(kept_fill + self.i.payload.count),
                ending.eq(self.i.payload.last),
            ]
        with m.Elif(sent):
            m.d.sync += [held.eq(kept), fill.eq(kept_fill)]
            with m.If(self.o.payload.last):
                m.d.sync += [held.eq(0), fill.eq(0), ending.eq(0)]
        return m
