"""Which windows of the hard-decision words make up the beats of a frame."""

from dataclasses import dataclass
from functools import cached_property

from amaranth.hdl import Cat, Value
from amaranth.lib import data

from hw.frame.options import CODEWORD, INFORMATION
from hw.layered.program import Addressing, final_exponents
from hw.lib.arithmetic import bits_for
from model.ranges import runs
from quant.code_section import information_positions


@dataclass(frozen=True)
class FrameWindows:
    """The columns of a frame, a window of a beat's width after the other.

    A window lies in its word as its bits lie in their beat, so nothing is turned behind it: the
    first one of a column begins as many bits before the column as the beat has already. Of the
    information bits every run within a column is taken as a column is: scattered bits take a window
    each.

    Parameters
    ----------
    beat_bits : width of a beat, and of a window
    output : of :data:`hw.frame.options.OUTPUTS`
    given : the numbers of bits, other than 0, that a beat may have already when a run comes;
        without, those that occur (:attr:`bounds`)
    """

    addressing: Addressing
    beat_bits: int
    output: str = CODEWORD
    given: tuple[int, ...] | None = None

    @property
    def _lifting_size(self) -> int:
        return self.addressing.lifted.code.lifting_size

    @cached_property
    def _parts(self) -> list[tuple[int, int, int, int]]:
        """Column, first bit and number of bits of each run, and bits that the beat has already."""
        z, code = self._lifting_size, self.addressing.job.code
        bits = range(code.columns * z)
        if self.output == INFORMATION:
            bits = information_positions(code)
        found, taken = [], 0
        for first, last in runs(bits, z):
            count = last - first + 1
            found.append((*divmod(first, z), count, taken % self.beat_bits))
            taken += count
        return found

    @cached_property
    def bounds(self) -> list[int]:
        """Numbers of bits, other than 0, that a beat has already when a run comes."""
        if self.given is not None:
            return list(self.given)
        return sorted({kept for *_, kept in self._parts} - {0})

    @property
    def bits(self) -> int:
        """Of a frame that leave."""
        return sum(count for _, _, count, _ in self._parts)

    @property
    def layout(self) -> data.StructLayout:
        """What the unloader has to know of a window.

        column, offset : it begins at ``offset`` of the column's word
        brings : see :meth:`brings` ; whole : the beat has all its bits then
        last : it is the last one of the frame
        """
        code = self.addressing.lifted.code
        fields = {"column": bits_for(code.columns), "offset": bits_for(code.lifting_size)}
        return data.StructLayout(fields | {"brings": len(self.bounds) + 1, "whole": 1, "last": 1})

    def brings(self, word) -> Value:
        """Bits of the beat that a window brings; those behind its column's end come again."""
        above = (sum(bound <= bit for bound in self.bounds) for bit in range(self.beat_bits))
        return Cat(word.brings[part] for part in above)

    @cached_property
    def words(self) -> list[dict]:
        """One of ``layout`` for every window of a frame."""
        z, beat, words = self._lifting_size, self.beat_bits, []
        exponents = final_exponents(self.addressing.lifted)
        for column, first, count, kept in self._parts:
            left = sum((kept < bound) << part for part, bound in enumerate([*self.bounds, beat]))
            ends = kept + count
            for begin in range(0, ends, beat):
                words.append(
                    {
                        "column": column,
                        "offset": (begin - kept + first - exponents[column]) % z,
                        "brings": left if begin == 0 else (2 << len(self.bounds)) - 1,
                        "whole": int(begin + beat <= ends),
                        "last": 0,
                    }
                )
        words[-1] |= {"whole": 1, "last": 1}
        return words
