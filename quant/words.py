"""Stored numbers of the MIMO families: mid-rise and mid-tread words.

A word of b bits is ``mid_tread`` (code c, value c, symmetric range) or ``mid_rise`` (code c in
-2^(b-1) .. 2^(b-1)-1, value 2c+1: odd, never 0). Values are in units of the word's value step: one
LSB for mid-tread, half an LSB for mid-rise. A mid-rise word is a sum of bit planes of +-1: plane k
is 2^k where bit k of c + 2^(b-1) is set, -2^k where it is not.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from model.errors import InputError
from quant.fields import choice, exactly, whole

MAX_ACCUMULATOR_BITS = 53
"""Whole numbers that a double holds, so that golden may multiply matrices in floating point."""
RISES = ("mid_rise", "mid_tread")


@dataclass(frozen=True)
class Word:
    """A stored number: ``bits`` wide, ``rise`` "mid_rise" or "mid_tread"."""

    bits: int
    rise: str

    @property
    def maximum(self) -> int:
        """Largest value, in value steps."""
        return (1 << self.bits) - 1 if self.rise == "mid_rise" else (1 << (self.bits - 1)) - 1


def word(place: str, record: object) -> Word:
    """The word of a parsed record; ``InputError`` names ``place``."""
    return Word(**exactly(place, record, ("bits", "rise")))


def check(place: str, given: Word, rises: tuple[str, ...] = RISES) -> None:
    """Raise ``InputError`` unless the word has 2 to 16 bits and one of ``rises``."""
    whole(f"{place}.bits", given.bits, 2, 16)
    choice(f"{place}.rise", given.rise, rises)


def check_accumulators(widths: Mapping[str, int]) -> None:
    """Raise ``InputError`` for sums, name to width, that an accumulator does not hold."""
    for name, bits in widths.items():
        if bits > MAX_ACCUMULATOR_BITS:
            raise InputError(
                f"{name}: its sums need {bits} bits, an accumulator has {MAX_ACCUMULATOR_BITS}"
            )
