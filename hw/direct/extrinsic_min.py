"""The smallest index of all other edges of a check, in each of the two codes of an index.

``seen`` is what edges need to know of the others, ``seen_count`` values with ``cuts`` registers on
the way; ``least`` makes an edge's answer of it.
"""

from collections.abc import Callable

from amaranth.hdl import Mux, Value

from hw.lib.magnitude import Binary, Thermometer, less, tree

GROUP = 3  # members of a group of thermometers


class Masks:
    """Thermometer code: the minimum is AND, so an answer is the AND of everything but oneself.

    In groups of three an answer has the two neighbours and the mask of the other groups: with its
    sign one look-up table a bit, and no second minimum is needed.
    """

    def __init__(self, code: Thermometer, degree: int):
        self.largest = code.largest
        count = -(-degree // GROUP)
        ends = [degree * g // count for g in range(count + 1)]
        self.groups = [range(a, b) for a, b in zip(ends, ends[1:], strict=False)]
        self.group_of = {i: g for g, group in enumerate(self.groups) for i in group}
        self.seen_count = count

    def seen(self, x: list[Value], cuts: int, wire: Callable, cut: Callable) -> list[Value]:
        masks = [wire(_all([x[i] for i in group])) for group in self.groups]
        masks = [cut(mask) for mask in masks] if cuts else masks
        others = range(len(masks))
        seen = [_all([masks[j] for j in others if j != g] or [self.largest]) for g in others]
        for _ in range(cuts - 1):
            seen = [cut(wire(mask)) for mask in seen]
        return seen

    def least(self, x: list[Value], own: int, seen: list[Value]) -> Value:
        group = self.group_of[own]
        return _all([*(x[i] for i in self.groups[group] if i != own), seen[group]])


class Pairs:
    """Binary code: a tree of the two smallest, (m1, m2); m2 is the answer of whom m1 comes from."""

    seen_count = 2

    def __init__(self, code: Binary, degree: int):
        self.largest, self.levels = code.largest, (degree - 1).bit_length()

    def seen(self, x: list[Value], cuts: int, wire: Callable, cut: Callable) -> list[Value]:
        pairs = [(value, None) for value in x]
        for part in range(cuts + 1):
            if part:
                pairs = [_each(cut, pair) for pair in pairs]
            # The levels of the tree in equal parts; what is left over goes to the first, whose
            # lowest level is half as deep.
            levels = self.levels // (cuts + 1) + (part < self.levels % (cuts + 1))
            for _ in range(levels):
                merged = zip(pairs[::2], pairs[1::2], strict=False)
                rest = pairs[-1:] if len(pairs) % 2 else []
                pairs = [_each(wire, _merged(a, b)) for a, b in merged] + rest
        ((m1, m2),) = pairs
        return [m1, self.largest if m2 is None else m2]

    def least(self, x: list[Value], own: int, seen: list[Value]) -> Value:
        m1, m2 = seen
        return Mux(x[own] == m1, m2, m1)


def extrinsic_min(code: Thermometer | Binary, degree: int) -> Masks | Pairs:
    """The way of ``code``."""
    return (Masks if isinstance(code, Thermometer) else Pairs)(code, degree)


def _all(masks: list[Value]) -> Value:
    return tree(masks, lambda a, b: a & b)


def _each(function: Callable, pair: tuple) -> tuple:
    return tuple(None if value is None else function(value) for value in pair)


def _merged(a: tuple, b: tuple) -> tuple[Value, Value]:
    """The two smallest of two groups."""
    (a1, a2), (b1, b2) = a, b
    first = less(a1, b1)
    larger = Mux(first, b1, a1)
    if a2 is None and b2 is None:
        return Mux(first, a1, b1), larger
    others = a2 if b2 is None else b2 if a2 is None else Mux(first, a2, b2)
    return Mux(first, a1, b1), Mux(less(others, larger), others, larger)
