"""In what windows the hard decisions of each code leave: all of them, or the information bits."""

from dataclasses import dataclass
from functools import cached_property

from amaranth.hdl import Value
from amaranth.lib import data

from hw.code_set.addressing import SetAddressing
from hw.frame.options import OUTPUTS
from hw.layered.program import Addressing
from hw.layered.windows import FrameWindows
from hw.lib.arithmetic import bits_for


@dataclass(frozen=True)
class SetWindows:
    """The windows of every code, one table; of each code those of all bits, then of information.

    Parameters
    ----------
    beat_bits : width of a beat, and of a window
    """

    addressing: SetAddressing
    beat_bits: int

    @cached_property
    def _each(self) -> list[FrameWindows]:
        members = self.addressing.members
        alone = [FrameWindows(m, self.beat_bits, out) for m in members for out in OUTPUTS]
        bounds = tuple(sorted({bound for each in alone for bound in each.bounds}))
        return [
            FrameWindows(m, self.beat_bits, out, bounds) for m in members for out in OUTPUTS
        ]

    @cached_property
    def firsts(self) -> list[tuple[int, int]]:
        """Per code, its first window where all bits leave, and where the information does."""
        found, first = [], 0
        for each in self._each:
            found.append(first)
            first += len(each.words)
        return list(zip(found[::2], found[1::2], strict=True))

    @property
    def most_words(self) -> int:
        """Of a frame."""
        return max(len(each.words) for each in self._each)

    @cached_property
    def rests(self) -> list[int]:
        """Numbers of bits that a frame's last beat may have."""
        return sorted({(each.bits - 1) % self.beat_bits + 1 for each in self._each})

    @property
    def layout(self) -> data.StructLayout:
        """As of a frame alone, of whatever code; ``rest`` is a place in ``rests``."""
        fields: dict = {}
        for each in self._each:
            for name, shape in each.layout.members.items():
                fields[name] = max(fields.get(name, 1), shape)
        return data.StructLayout(fields | {"rest": bits_for(len(self.rests))})

    @cached_property
    def words(self) -> list[dict]:
        return [
            word
            | {
                "offset": self._place(each.addressing, word["offset"]),
                "rest": self.rests.index((each.bits - 1) % self.beat_bits + 1),
            }
            for each in self._each
            for word in each.words
        ]

    def _place(self, member: Addressing, offset: int) -> int:
        """How a window's offset is written in the table."""
        return offset

    def brings(self, word) -> Value:
        """As of a frame alone; the bounds are the same for all codes."""
        return self._each[0].brings(word)
