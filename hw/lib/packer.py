"""Variable-size chunks of bits into beats of a fixed width."""

from collections.abc import Iterable

from amaranth.hdl import Cat, Const, Module, Mux, Signal
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
    levels : how many bits of a beat may be there when a chunk comes or a frame ends, if not any
        number
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
        # At the places of ``held`` that ``fill`` does not reach stands anything while chunks of the
        # frame are missing. ``behind`` is what did not fit.
        held, behind = Signal(self.beat_bits), Signal(self.beat_bits, reset_less=True)
        fill = Signal(range(self.beat_bits + self.chunk_bits + 1))
        ending = Signal()

        # A chunk is taken while a whole beat is held only if that beat goes: what is left of it
        # does not depend on whether it does.
        sent = self.o.valid & self.o.ready
        full = fill >= self.beat_bits
        m.d.comb += [
            self.o.payload.bits.eq(held),
            self.o.payload.last.eq(ending & (fill <= self.beat_bits)),
            self.o.valid.eq(full | ending),
            self.i.ready.eq(~ending & (~full | self.o.ready)),
        ]
        kept_fill = Signal.like(fill)
        m.d.comb += kept_fill.eq(Mux(full, fill - self.beat_bits, fill))
        # A chunk is turned to its place in a beat. What is 0 behind its bits pads the last beat;
        # what goes round to the first places is for the next one.
        turned, kept = Signal(self.beat_bits), Signal(self.beat_bits)
        chunk = Cat(self.i.payload.bits, Const(0, self.beat_bits - self.chunk_bits))
        with m.Switch(kept_fill):
            for level in self.levels:
                with m.Default() if level == self.levels[-1] else m.Case(level):
                    m.d.comb += [
                        turned.eq(chunk.rotate_left(level)),
                        kept.eq((1 << level) - 1),
                    ]
        with m.If(self.i.valid & self.i.ready):
            m.d.sync += [
                held.eq((Mux(full, behind, held) & kept) | (turned & ~kept)),
                behind.eq(turned),
                fill.eq(kept_fill + self.i.payload.count),
                ending.eq(self.i.payload.last),
            ]
        with m.Elif(sent):
            m.d.sync += [
                held.eq(behind & kept),
                fill.eq(Mux(self.o.payload.last, 0, kept_fill)),
                ending.eq(ending & ~self.o.payload.last),
            ]
        return m
