"""Where the values of a block stand: groups of as many lanes as the common unit of all sizes."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from math import gcd

from model.errors import InputError

MOST_GROUPS = 8
LEAST_UNIT = 8


def check_sizes(name: str, sizes: Iterable[int]) -> None:
    """``InputError`` where codes of these sizes, of set ``name``, cannot be on one decoder."""
    lanes = Lanes.of_sizes(sizes)
    if len(lanes.counts) > 1 and (lanes.groups > MOST_GROUPS or lanes.unit < LEAST_UNIT):
        listed = ", ".join(str(count * lanes.unit) for count in lanes.counts)
        raise InputError(
            f"{name}: lifting sizes {listed} are up to {lanes.groups} times their common unit "
            f"{lanes.unit}; hardware serves up to {MOST_GROUPS} times a unit of {LEAST_UNIT} or "
            "more, build a set for each"
        )


@dataclass(frozen=True)
class Lanes:
    """Layout of the words of codes of several lifting sizes, each a number of units.

    Value i of a block of a code of k units is in group i % k, lane i // k of it
    (:mod:`hw.lib.grouped_plan`); groups are one behind the other. Its natural order has value i in
    lane i. Lanes behind a code's own hold anything.

    Parameters
    ----------
    unit : lanes of a group
    counts : units of the codes, ascending
    """

    unit: int
    counts: tuple[int, ...]

    @classmethod
    def of_sizes(cls, sizes: Iterable[int]) -> "Lanes":
        """For these lifting sizes."""
        sizes = sorted(set(sizes))
        unit = reduce(gcd, sizes)
        return cls(unit, tuple(size // unit for size in sizes))

    @property
    def groups(self) -> int:
        return self.counts[-1]

    @property
    def total(self) -> int:
        """Lanes."""
        return self.groups * self.unit

    def units(self, lifting_size: int) -> int:
        return lifting_size // self.unit

    def natural(self, units: int) -> list[int]:
        """Lane of each value of a block, in their natural order."""
        return [i % units * self.unit + i // units for i in range(units * self.unit)]

    def counts_with(self, group: int) -> tuple[int, ...]:
        """Units of the codes that use a group."""
        return tuple(count for count in self.counts if count > group)

    def values_of(self, group: int, units: int) -> list[int]:
        """Number, within a block of a code that uses it, of the value in each lane of a group."""
        return [lane * units + group for lane in range(self.unit)]
