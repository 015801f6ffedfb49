"""In what windows the hard decisions of each code leave: all of them, or the information bits."""

from dataclasses import dataclass, replace
from functools import cached_property, reduce
from itertools import accumulate
from math import gcd

from amaranth.hdl import Value
from amaranth.lib import data

from hw.code_set.addressing import SetAddressing
from hw.frame.options import OUTPUTS
from hw.layered.program import Addressing
from hw.layered.windows import FrameWindows
from hw.lib.arithmetic import bits_for
from model.errors import InputError

_ANY_BITS = 16
"""Widest beats within which a column may begin anywhere, of codes that are not known yet."""


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
        return [each for member in members for each in self.of_code(member)]

    def of_code(self, member: Addressing) -> list[FrameWindows]:
        """Those of all bits and those of the information of a code."""
        return [FrameWindows(member, self.beat_bits, out, self.bounds) for out in OUTPUTS]

    @cached_property
    def bounds(self) -> tuple[int, ...]:
        """Numbers of bits, other than 0, that a beat may have already when a column comes."""
        members = self.addressing.members
        alone = (FrameWindows(m, self.beat_bits, out) for m in members for out in OUTPUTS)
        found = {bound for each in alone for bound in each.bounds}
        return tuple(sorted(found | self._of_any_code))

    @property
    def _of_any_code(self) -> set[int]:
        """Numbers of bits behind whole columns of codes that are not known yet."""
        if not self.addressing.room.places:
            return set()
        common = reduce(gcd, self.addressing.lifting_sizes, self.beat_bits)
        # Information bits may be scattered; in wide beats that would cost a bit of every window.
        step = common if self.beat_bits > _ANY_BITS else 1
        return set(range(step, self.beat_bits, step))

    @property
    def room(self) -> int:
        """Windows of a frame of a code that is not known yet, of all bits or the information."""
        addressing = self.addressing
        return addressing.room.windows(addressing.lifting_sizes, self.beat_bits)

    @cached_property
    def firsts(self) -> list[tuple[int, int]]:
        """Per code, its first window where all bits leave, and where the information does."""
        counts = [len(each.words) for each in self._each]
        counts += [self.room] * (2 * self.addressing.room.places)
        found = [0, *accumulate(counts)]
        return list(zip(found[:-1:2], found[1::2], strict=True))

    @property
    def most_words(self) -> int:
        """Of a frame."""
        return max(self.room, *(len(each.words) for each in self._each))

    @cached_property
    def rests(self) -> list[int]:
        """Numbers of bits that a frame's last beat may have."""
        more = self._of_any_code
        if more:
            more = more | {self.beat_bits}
        return sorted({self._rest(each) for each in self._each} | more)

    def _rest(self, each: FrameWindows) -> int:
        return (each.bits - 1) % self.beat_bits + 1

    @property
    def layout(self) -> data.StructLayout:
        """As of a frame alone, of whatever code; ``rest`` is a place in ``rests``."""
        fields: dict = {}
        for each in self._each:
            for name, shape in each.layout.members.items():
                fields[name] = max(fields.get(name, 1), shape)
        fields["column"] = max(fields["column"], self.addressing.hard_bits)
        return data.StructLayout(fields | {"rest": bits_for(len(self.rests))})

    @cached_property
    def words(self) -> list[dict]:
        """Of all codes, and room for those that are not known yet."""
        known = [word for each in self._each for word in self.words_of(each)]
        return known + [{}] * (2 * self.room * self.addressing.room.places)

    def words_of(self, each: FrameWindows) -> list[dict]:
        """Of a code; ``InputError`` if a run of its bits meets a beat as none was foreseen to."""
        rest, alone = self._rest(each), replace(each, given=None)
        if rest not in self.rests or not set(alone.bounds) <= set(self.bounds):
            raise InputError(
                f"{each.addressing.job.name}: its {each.output} bits begin or end within a beat of "
                f"{self.beat_bits} bits where those of no other code do"
            )
        return [
            word
            | {
                "offset": word["offset"] | self.offset_of(each.addressing),
                "rest": self.rests.index(rest),
            }
            for word in each.words
        ]

    def offset_of(self, member: Addressing) -> int:
        """What an offset has of its code, above its bits."""
        return 0

    def brings(self, word) -> Value:
        """As of a frame alone; the bounds are the same for all codes."""
        return self._each[0].brings(word)
