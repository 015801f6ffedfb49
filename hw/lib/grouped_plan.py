"""The stages of a shift network for rings of several lengths: 1, 2, ... times a common unit.

A ring of k units has its element i in lane i // k of group i % k. A rotation by s = k * S + r then
turns group j by S lanes, and by one more where j < r, and group g takes what group (g + r) % k had:
so each group needs a rotation of its own by less than a unit, and groups are permuted.
"""

from dataclasses import dataclass
from functools import cached_property
from math import prod

from hw.lib.shift_plan import TABLE_INPUTS, Stage

MEMORY_WAYS = 4
"""Orientations of a read of memory, the first stage (:mod:`hw.lib.rotating_memory`)."""


@dataclass(frozen=True)
class GroupedPlan:
    """Stages from the first to the last, and what their controls say.

    Stage 0 is a read of memory, which turns each group; stage 1 permutes the groups, each of which
    stands in one register for each group it may go to; the others turn each group again, and the
    last, a turn by one lane, is left to whoever takes the word, as in
    :class:`hw.lib.shift_plan.ShiftPlan`. Every rotation is there.

    The controls of a rotation are those of all stages, each with a field of equal width for every
    group, the last stage's lowest. Stages in front of the permutation have them by the group that
    comes in, and so has the permutation itself; those behind by the group that goes out.

    Parameters
    ----------
    unit : lanes of a group
    groups : of the longest ring
    late : another word, which joins on the way, has to turn by less than this, each group by itself
    """

    unit: int
    groups: int
    late: int = 1

    @cached_property
    def stages(self) -> tuple[Stage, ...]:
        """All that turn: the read of memory, those behind the permutation, the open one."""
        ways = self._ways()
        behind = 2 * prod(ways)
        stages = [Stage(behind, MEMORY_WAYS)]
        for count in ways:
            behind //= count
            stages.append(Stage(behind, count, copied=count > 2))
        return (*stages, Stage(1, copied=True))

    def _ways(self) -> list[int]:
        """Of the stages between permutation and the last."""
        ways, turns = [], -(-self.unit // (2 * MEMORY_WAYS))
        if not self.joins_permuted:  # The first of them must have an input to spare.
            turns = -(-turns // 2)
            ways.append(2)
        turns = max(turns, -(-self.late // 2))
        while turns > 1:
            ways.append(min(4, turns))
            turns = -(-turns // 4)
        return ways

    @property
    def joins_permuted(self) -> bool:
        """Whether the look-up tables of the permutation have an input for another word."""
        return self.groups < TABLE_INPUTS

    @property
    def join(self) -> int:
        """Stage whose look-up tables another word joins."""
        return 1 if self.joins_permuted else 2

    @property
    def late_reach(self) -> int:
        """That word may turn by less than this, each group by itself."""
        return prod(stage.ways for stage in self.stages[self.join :])

    # --- controls ---

    @cached_property
    def _widths(self) -> list[int]:
        """Of the fields of all stages, for a group."""
        turns = [stage.control_bits for stage in self.stages]
        return [turns[0], self.groups, *turns[1:]]

    @property
    def control_bits(self) -> int:
        return self.control_bits_behind(-1)

    def control_bits_behind(self, number: int) -> int:
        """Of the stages behind one, which are the lowest."""
        return self.groups * sum(self._widths[number + 1 :])

    @property
    def late_control_bits(self) -> int:
        """Of the stages that the other word goes through."""
        return self.control_bits_behind(self.join)

    def field(self, number: int) -> slice:
        """Place of a stage's controls, of all groups."""
        return slice(self.control_bits_behind(number), self.control_bits_behind(number - 1))

    def place(self, number: int, group: int) -> slice:
        """Place of a group's controls in the field of a stage."""
        width = self._widths[number]
        return slice(group * width, (group + 1) * width)

    def controls(self, units: int, shift: int) -> int:
        """Controls of all stages that rotate a ring of ``units`` units by ``shift`` elements."""
        steps, over = divmod(shift % (units * self.unit), units)
        word = 0

        def put(number: int, group: int, value: int) -> None:
            nonlocal word
            width = self._widths[number]
            word |= value << (self.field(number).start + group * width)

        for group in range(self.groups):
            # Other groups are no part of the ring: they stay at 0.
            copy = None
            if group < units:
                out = (group - over) % units
                copy = (group - out) % self.groups
                turn = (steps + (group < over)) % self.unit
                for number, digit in enumerate(self._digits(turn)):
                    control = self.stages[number].controls(digit)
                    put(number + (number > 0), out if number else group, control)
            held = (1 << self.groups) - 1
            put(1, group, held if copy is None else held ^ 1 << copy)
        return word

    def _digits(self, turn: int) -> list[int]:
        digits = []
        for number in range(len(self.stages)):
            digit, turn = divmod(turn, prod(stage.ways for stage in self.stages[number + 1 :]))
            digits.append(digit)
        return digits
