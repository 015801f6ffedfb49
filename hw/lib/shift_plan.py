"""The stages of a shift network: how far each may turn a word, and what its controls say."""

from dataclasses import dataclass
from functools import cached_property
from math import prod

LEAST_LANES = 17
"""Fewest lanes at which stages of several ways save one of two ways."""
TABLE_INPUTS = 4


@dataclass(frozen=True)
class Stage:
    """Turns by 0, 1, ... times ``amount`` lanes, so many as there are ``ways``.

    Of two ways a look-up table chooses. Where the word is ``copied`` it stands in one register for
    each way, of which all but one are held at 0, and a table joins a lane of each: up to four ways
    for a look-up table a bit, because a register's reset costs none.
    """

    amount: int
    ways: int = 2
    copied: bool = False

    @property
    def control_bits(self) -> int:
        """Of a copied word one for each copy: hold it at 0."""
        return self.ways if self.copied else (self.ways - 1).bit_length()

    @property
    def inputs(self) -> int:
        """Of a look-up table."""
        return self.ways if self.copied else 3

    def controls(self, digit: int) -> int:
        """Control bits that turn by ``digit`` times ``amount``."""
        return (1 << self.ways) - 1 ^ 1 << digit if self.copied else digit


@dataclass(frozen=True)
class ShiftPlan:
    """Stages from the first to the last.

    Stages of two ways turn by 2^k, so that the controls of a shift are the shift itself. With
    ``copies`` the first and the last stage have two ways, the second has three, and of the rest as
    many as there can be have four. All shifts below ``reach`` are there, which is three quarters of
    the next power of two, so perhaps less than ``lanes``.

    ``open`` : the last stage, a turn by one lane, is left to whoever takes the word, as two copies
    ``wide_read`` : the first stage is to be a read of memory (:mod:`hw.lib.rotating_memory`) and
        may have four ways, where that makes the others fewer
    """

    lanes: int
    copies: bool = False
    open: bool = False
    wide_read: bool = False

    @cached_property
    def stages(self) -> tuple[Stage, ...]:
        bits = (self.lanes - 1).bit_length()
        last = Stage(1, copied=self.open)
        if not bits:
            return ()
        if not self.copies:
            return (*(Stage(1 << k) for k in reversed(range(1, bits))), last)
        behind = 1 << (bits - 3)
        first = Stage(3 * behind)
        # Behind it copies turn by powers of four; if a two is left over, the memory takes it.
        if self.wide_read and bits % 2:
            behind //= 2
            first = Stage(3 * behind, 4)
        stages = [first, Stage(behind, 3, copied=True)]
        while behind > 2:
            ways = 4 if behind >= 8 else 2
            behind //= ways
            stages.append(Stage(behind, ways, copied=ways == 4))
        return (*stages, last)

    @property
    def reach(self) -> int:
        """Shifts from 0 to this are there, modulo ``lanes``."""
        return self.reach_behind(0)

    def reach_behind(self, stages: int) -> int:
        """The same without that many stages."""
        return prod(stage.ways for stage in self.stages[stages:])

    @property
    def control_bits(self) -> int:
        return self.control_bits_behind(0)

    def control_bits_behind(self, stages: int) -> int:
        """Control bits of the others, which are the lowest."""
        return sum(stage.control_bits for stage in self.stages[stages:])

    def field(self, number: int) -> slice:
        """Place of a stage's controls."""
        return slice(self.control_bits_behind(number + 1), self.control_bits_behind(number))

    def controls(self, shift: int) -> int:
        """Controls of all stages for a shift below ``reach``."""
        word = 0
        for number, stage in enumerate(self.stages):
            digit, shift = divmod(shift, self.reach_behind(number + 1))
            word |= stage.controls(digit) << self.field(number).start
        return word

    def late_stage(self, late_reach: int) -> int:
        """Stages behind which a word joins that needs the shifts below ``late_reach``.

        The stage before has an input to spare; 0 where there is none.
        """
        fits = [
            number + 1
            for number, stage in enumerate(self.stages[:-1])
            if stage.inputs < TABLE_INPUTS and self.reach_behind(number + 1) >= late_reach
        ]
        return max(fits, default=0)
