"""Which windows of the hard-decision words make up the beats of a frame."""

from amaranth.hdl import Array, Cat, Const, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hw.lib.window_memory import pieces_of
from hw.qc_ldpc.program import Addressing, bits_for, final_exponents


class ColumnWalk(wiring.Component):
    """Goes through the columns of a frame, a window of a beat's width in every step.

    A window lies in its word as its bits lie in their beat, so nothing is turned behind it: the
    first one of a column begins as many bits before the column as the beat has already.

    Members
    -------
    step : on to the next window; after the last one follows the first one of the next frame
    column, offset : the window at hand; it begins at ``offset`` of the column's word
    brings : bits of the beat that it brings; those behind its column's end come again
    whole : the beat has all its bits then
    last : the last window of the frame

    Attributes
    ----------
    windows : in a frame
    """

    def __init__(self, addressing: Addressing, beat_bits: int):
        self.beat_bits, self.lifting_size = beat_bits, addressing.lifted.code.lifting_size
        z, columns = self.lifting_size, addressing.lifted.code.columns
        self.levels = [column * z % beat_bits for column in range(columns)]
        self.counts = [-(-(level + z) // beat_bits) for level in self.levels]
        self.windows = sum(self.counts)
        exponents = final_exponents(addressing.lifted)
        pairs = zip(exponents, self.levels, strict=True)
        self.starts = [(-exponent - level) % z for exponent, level in pairs]
        super().__init__(
            {
                "step": In(1),
                "column": Out(range(columns)),
                "offset": Out(range(z), init=self.starts[0]),
                "brings": Out(beat_bits),
                "whole": Out(1),
                "last": Out(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        z, beat, longest = self.lifting_size, self.beat_bits, max(self.counts)
        columns = len(self.starts)
        # What is kept of the beat at the begin of a column, a bit for each level that occurs.
        bounds = sorted(set(self.levels) - {0})
        kept_at = [sum((level >= bound) << i for i, bound in enumerate(bounds))
                   for level in self.levels]  # fmt: skip
        first_number = [longest - count for count in self.counts]
        wraps_at = [z - beat <= start for start in self.starts]

        # Decided a step earlier: the window is the last of its column; the next one is in the
        # first piece again.
        ends, wraps = Signal(init=self.counts[0] == 1), Signal(init=wraps_at[0])
        number = Signal(bits_for(longest), init=first_number[0])
        kept = Signal(len(bounds))

        # Where the next column begins is looked up in advance, if there is time.
        domain = m.d.comb if min(self.counts) == 1 else m.d.sync

        def upcoming(name, shape, values):
            signal = Signal(shape, name=f"next_{name}", reset_less=True)
            nonlocal domain
            domain += signal.eq(Array([*values[1:], values[0]])[self.column])
            return signal

        next_start = upcoming("start", range(z), self.starts)
        next_wraps = upcoming("wraps", 1, wraps_at)
        next_number = upcoming("number", bits_for(longest), first_number)
        next_ends = upcoming("ends", 1, [count == 1 for count in self.counts])
        next_kept = upcoming("kept", len(bounds), kept_at)
        # A beat ends with its column if nothing is there of it when the next column comes.
        closes = upcoming("level", 1, [level == 0 for level in self.levels])
        final = Signal()
        domain += final.eq(self.column == columns - 1)

        # Tables, because an adder would be a carry chain.
        low = (pieces_of(z, beat)[0] - 1).bit_length()
        inside, piece = self.offset[:low], self.offset[low:]
        turned = [(i - z) % beat for i in range(beat)] if z > beat else [
            (i + beat) % z for i in range(z)
        ]  # fmt: skip
        nexts = Array(range(1, max(2, -(-z // beat))))
        following = Mux(wraps, Cat(Array(turned)[inside], Const(0, 1))[:low],
                        Cat(inside, nexts[piece]))  # fmt: skip
        wraps_then = [offset for offset in range(z) if (offset + beat) % z >= z - beat]
        with m.If(self.step):
            m.d.sync += [
                self.offset.eq(Mux(ends, next_start, following)),
                wraps.eq(Mux(ends, next_wraps, self.offset.matches(*wraps_then))),
                number.eq(Mux(ends, next_number, Array([*range(1, longest), 0])[number])),
                ends.eq(Mux(ends, next_ends, number == longest - 2)),
                kept.eq(Mux(ends, next_kept, 0)),
            ]
            with m.If(ends):
                m.d.sync += self.column.eq(Mux(final, 0, self.column + 1))
        m.d.comb += [self.last.eq(ends & final), self.whole.eq(~ends | closes)]
        for bit in range(beat):
            above = sum(bound <= bit for bound in bounds)
            m.d.comb += self.brings[bit].eq(~kept[above] if above < len(bounds) else 1)
        return m
