"""Variable-size chunks of bits into beats of a fixed width."""

from collections.abc import Iterable

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
    levels : how many bits of a beat may be there when a chunk comes, if not any number
    """

    def __init__(self, chunk_bits: int, beat_bits: int, levels: Iterable[int] = ()):
        if chunk_bits > beat_bits:
            raise ValueError(f"chunk of {chunk_bits} bits exceeds a beat of {beat_bits}")
        self.chunk_bits, self.beat_bits = chunk_bits, beat_bits
        self.levels = sorted(levels) or range(beat_bits)
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

        # A chunk is taken while a whole beat is held only if that beat goes: what is left of it
        # does not depend on whether it does.
        sent = self.o.valid & self.o.ready
        full = fill >= self.beat_bits
        m.d.comb += [
            self.o.payload.bits.eq(held[: self.beat_bits]),
            self.o.payload.last.eq(ending & (fill <= self.beat_bits)),
            self.o.valid.eq(full | ending),
            self.i.ready.eq(~ending & (~full | self.o.ready)),
        ]
        kept, kept_fill = Signal.like(held), Signal.like(fill)
        m.d.comb += [
            kept.eq(Mux(full, held >> self.beat_bits, held)),
            kept_fill.eq(Mux(full, fill - self.beat_bits, fill)),
        ]
        joined = Signal.like(held)
        with m.Switch(kept_fill):
            for level in self.levels:
                with m.Default() if level == self.levels[-1] else m.Case(level):
                    m.d.comb += joined.eq(kept | (self.i.payload.bits << level))
        with m.If(self.i.valid & self.i.ready):
            m.d.sync += [
                held.eq(joined),
                fill.eq(kept_fill + self.i.payload.count),
                ending.eq(self.i.payload.last),
            ]
        with m.Elif(sent):
            m.d.sync += [held.eq(kept), fill.eq(kept_fill)]
            with m.If(self.o.payload.last):
                m.d.sync += [held.eq(0), fill.eq(0), ending.eq(0)]
        return m
