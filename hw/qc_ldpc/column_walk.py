"""Which windows of the hard-decision words make up the beats of a frame."""

from amaranth.hdl import Array, Cat, Const, Module, Mux, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from hw.lib.memory import Rom
from hw.lib.window_memory import pieces_of
from hw.qc_ldpc.program import Addressing, bits_for, final_exponents


class ColumnWalk(wiring.Component):
    """Goes through the columns of a frame, a window of a beat's width in every step.

    A window lies in its word as its bits lie in their beat, so nothing is turned behind it: the
    first one of a column begins as many bits before the column as the beat has already.

    Parameters
    ----------
    beat_bits : width of a beat, and of a window
    block_table : what is asked of a column may be looked up in block RAM; ``in_block_ram`` says
        whether there is time for that

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

    def __init__(self, addressing: Addressing, beat_bits: int, block_table: bool = True):
        self.beat_bits, self.lifting_size = beat_bits, addressing.lifted.code.lifting_size
        z, columns = self.lifting_size, addressing.lifted.code.columns
        self.levels = [column * z % beat_bits for column in range(columns)]
        self.counts = [-(-(level + z) // beat_bits) for level in self.levels]
        self.windows = sum(self.counts)
        self.in_block_ram = block_table and min(self.counts) > Rom.latency_cycles
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

        # What is asked of the next column. A beat ends with its column if nothing is there of it
        # when the next column comes.
        layout = data.StructLayout(
            {
                "start": bits_for(z),
                "wraps": 1,
                "number": bits_for(longest),
                "ends": 1,
                "kept": max(1, len(bounds)),
                "closes": 1,
                "final": 1,
            }
        )
        values = [
            {
                "start": self.starts[column],
                "wraps": int(wraps_at[column]),
                "number": first_number[column],
                "ends": int(self.counts[column] == 1),
                "kept": kept_at[column],
                "closes": int(self.levels[column] == 0),
                "final": int(column == 0),
            }
            for column in [*range(1, columns), 0]
        ]
        upcoming = self._upcoming(m, layout, values)

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
                self.offset.eq(Mux(ends, upcoming.start, following)),
                wraps.eq(Mux(ends, upcoming.wraps, self.offset.matches(*wraps_then))),
                number.eq(Mux(ends, upcoming.number, Array([*range(1, longest), 0])[number])),
                ends.eq(Mux(ends, upcoming.ends, number == longest - 2)),
                kept.eq(Mux(ends, upcoming.kept, 0)),
            ]
            with m.If(ends):
                m.d.sync += self.column.eq(Mux(upcoming.final, 0, self.column + 1))
        m.d.comb += [self.last.eq(ends & upcoming.final), self.whole.eq(~ends | upcoming.closes)]
        for bit in range(beat):
            above = sum(bound <= bit for bound in bounds)
            m.d.comb += self.brings[bit].eq(~kept[above] if above < len(bounds) else 1)
        return m

    def _upcoming(self, m: Module, layout, values: list[dict]):
        """The word of the column after this one, looked up in advance if there is time for it."""
        word = Signal(layout, reset_less=True)
        if self.in_block_ram:
            m.submodules.columns = table = Rom(layout, values)
            m.d.comb += [table.addr.eq(self.column), word.eq(table.data)]
        else:
            table = Array(layout.const(value) for value in values)
            domain = m.d.comb if min(self.counts) == 1 else m.d.sync
            domain += word.eq(table[self.column])
        return word
