"""The smallest index of all other edges of a check, in each of the two codes of an index.

Members stand in groups. A group's summary is what other groups need of it; ``outside`` are the
``seen_count`` values that members need of other groups; ``least`` makes an edge's answer of those
and its own group.
"""

import math
from collections.abc import Callable

from amaranth.hdl import Mux, Value

from hw.lib.magnitude import Binary, Thermometer, less, tree


class Masks:
    """Thermometer code: the minimum is AND, so an answer is the AND of everything but oneself.

    In groups of three an answer has the two neighbours and the mask of the other groups: with its
    sign one look-up table a bit, and no second minimum is needed.
    """

    def __init__(self, code: Thermometer):
        self.largest = code.largest

    @staticmethod
    def group_size(degree: int) -> int:
        return 3

    def summary(self, members: list[Value], wire: Callable) -> tuple[Value]:
        return (_all(members),)

    @staticmethod
    def seen_count(groups: int) -> int:
        return groups

    def outside(self, summaries: list[tuple[Value]], wire: Callable) -> list[Value]:
        count = len(summaries)
        return [
            _all([summaries[j][0] for j in range(count) if j != g] or [self.largest])
            for g in range(count)
        ]

    def least(self, members: list[Value], own: int, seen: list[Value], group: int) -> Value:
        return _all([*members[:own], *members[own + 1 :], seen[group]])


class Pairs:
    """Binary code: a tree of the two smallest, (m1, m2); m2 is the answer of whom m1 comes from."""

    def __init__(self, code: Binary):
        self.largest = code.largest

    @staticmethod
    def group_size(degree: int) -> int:
        return math.isqrt(degree - 1) + 1

    def summary(self, members: list[Value], wire: Callable) -> tuple[Value, Value | None]:
        return self._smallest([(x, None) for x in members], wire)

    @staticmethod
    def seen_count(groups: int) -> int:
        return 2

    def outside(self, summaries: list, wire: Callable) -> list[Value]:
        m1, m2 = self._smallest(summaries, wire)
        return [m1, self.largest if m2 is None else m2]

    def least(self, members: list[Value], own: int, seen: list[Value], group: int) -> Value:
        m1, m2 = seen
        return Mux(members[own] == m1, m2, m1)

    def _smallest(self, pairs: list, wire: Callable):
        return tree(pairs, lambda a, b: tuple(v if v is None else wire(v) for v in _merged(a, b)))


def others_of(code: Thermometer | Binary) -> Masks | Pairs:
    """The way of ``code``."""
    return (Masks if isinstance(code, Thermometer) else Pairs)(code)


def _all(masks: list[Value]) -> Value:
    return tree(masks, lambda a, b: a & b)


def _merged(a: tuple, b: tuple) -> tuple[Value, Value]:
    """The two smallest of two groups."""
    (a1, a2), (b1, b2) = a, b
    first = less(a1, b1)
    larger = Mux(first, b1, a1)
    if a2 is None and b2 is None:
        return Mux(first, a1, b1), larger
    others = a2 if b2 is None else b2 if a2 is None else Mux(first, a2, b2)
    return Mux(first, a1, b1), Mux(less(others, larger), others, larger)
