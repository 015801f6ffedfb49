"""Which windows of the hard-decision words make up the beats of a frame."""

from dataclasses import dataclass
from functools import cached_property

from amaranth.hdl import Cat, Value
from amaranth.lib import data

from hw.layered.program import Addressing, final_exponents
from hw.lib.arithmetic import bits_for


@dataclass(frozen=True)
class FrameWindows:
    """The columns of a frame, a window of a beat's width after the other.

    A window lies in its word as its bits lie in their beat, so nothing is turned behind it: the
    first one of a column begins as many bits before the column as the beat has already.

    Parameters
    ----------
    beat_bits : width of a beat, and of a window
    """

    addressing: Addressing
    beat_bits: int

    @property
    def _lifting_size(self) -> int:
        return self.addressing.lifted.code.lifting_size

    def _kept(self, column: int) -> int:
        """Bits that the beat has already when the column comes."""
        return column * self._lifting_size % self.beat_bits

    @cached_property
    def _bounds(self) -> list[int]:
        """Numbers of such bits, other than 0."""
        columns = range(self.addressing.lifted.code.columns)
        return sorted({self._kept(column) for column in columns} - {0})

    @property
    def layout(self) -> data.StructLayout:
        """What the unloader has to know of a window.

        column, offset : it begins at ``offset`` of the column's word
        brings : see :meth:`brings` ; whole : the beat has all its bits then
        last : it is the last one of the frame
        """
        code = self.addressing.lifted.code
        fields = {"column": bits_for(code.columns), "offset": bits_for(code.lifting_size)}
        return data.StructLayout(fields | {"brings": len(self._bounds) + 1, "whole": 1, "last": 1})

    def brings(self, word) -> Value:
        """Bits of the beat that a window brings; those behind its column's end come again."""
        above = (sum(bound <= bit for bound in self._bounds) for bit in range(self.beat_bits))
        return Cat(word.brings[part] for part in above)

    @cached_property
    def words(self) -> list[dict]:
        """One of ``layout`` for every window of a frame."""
        z, beat, words = self._lifting_size, self.beat_bits, []
        for column, exponent in enumerate(final_exponents(self.addressing.lifted)):
            kept = self._kept(column)
            left = sum((kept < bound) << part for part, bound in enumerate([*self._bounds, beat]))
            ends = kept + z
            for begin in range(0, ends, beat):
                first = begin == 0
                words.append(
                    {
                        "column": column,
                        "offset": (begin - kept - exponent) % z,
                        "brings": left if first else (2 << len(self._bounds)) - 1,
                        "whole": int(begin + beat <= ends),
                        "last": 0,
                    }
                )
        words[-1] |= {"whole": 1, "last": 1}
        return words
