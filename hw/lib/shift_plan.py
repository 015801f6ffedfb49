"""The stages of a shift network: how far each may turn a word, and what its controls say."""

from dataclasses import dataclass
from functools import cached_property
from math import prod

LEAST_LANES = 17
"""Fewest lanes at which a stage of three ways saves one of two ways."""


@dataclass(frozen=True)
class Stage:
    """Turns by 0 or ``amount`` lanes, with three ``ways`` also by 2 * ``amount``.

    A stage of three ways has two copies of its word behind registers of which one is held at 0. A
    look-up table of four inputs then chooses between two lanes of the first copy and joins one of
    the second: as many look-up tables as a stage of two ways.
    """

    amount: int
    ways: int = 2

    @property
    def control_bits(self) -> int:
        """Three ways: turn the first copy by ``amount``, hold the first at 0, hold the second."""
        return 1 if self.ways == 2 else 3

    def controls(self, digit: int) -> int:
        """Control bits that turn by ``digit`` times ``amount``."""
        return digit if self.ways == 2 else (0b100, 0b101, 0b010)[digit]


@dataclass(frozen=True)
class ShiftPlan:
    """Stages from the first to the last.

    Stages of two ways turn by 2^k, so that the controls of a shift are the shift itself. With
    ``three_ways`` the third stage has three ways and there is one stage less: all shifts below
    ``reach``, which is three quarters of the next power of two, so perhaps less than ``lanes``.
    """

    lanes: int
    three_ways: bool = False

    @cached_property
    def stages(self) -> tuple[Stage, ...]:
        bits = (self.lanes - 1).bit_length()
        if not self.three_ways:
            return tuple(Stage(1 << k) for k in reversed(range(bits)))
        low = [Stage(1 << k) for k in reversed(range(bits - 4))]
        middle = 1 << (bits - 4)
        return (Stage(6 * middle), Stage(3 * middle), Stage(middle, 3), *low)

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

        The stage before has two ways, and so an input to spare; 0 where there is none.
        """
        fits = [
            number + 1
            for number, stage in enumerate(self.stages[:-1])
            if stage.ways == 2 and self.reach_behind(number + 1) >= late_reach
        ]
        return max(fits, default=0)
