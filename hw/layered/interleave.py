"""In which order the layers of all slots take their turns: a small search, the same every time.

A slot's layers keep their order, but its iteration may begin anywhere in the period. That matters
where something has to wait: a slot for its verdict, a row for the minima of a longer one before it,
a row for the columns of the one before it in the same slot. While one slot waits
for its verdict, others that are in the middle of their iterations go faster for a while.

Turns are drawn by a greedy rule from several beginnings; each cyclic order that it comes to gets
its least period by difference constraints, and the best is kept.
"""

import itertools
from dataclasses import dataclass
from functools import cached_property

from hw.layered.pipeline import Pipeline

Turns = list[tuple[int, int]]
"""(slot, layer) of each row of a period, in order."""

PASSES = 12  # over an order's rows; one that has not settled by then is taken for impossible
ITERATIONS = 4  # that each slot draws, of which the last counts
DRAWN_ROWS = 30_000  # in all, half a second; but from 8 beginnings at least


@dataclass(frozen=True)
class Spacing:
    """Least cycles between the first front words of two rows.

    Parameters
    ----------
    layers : per layer in order, the column of each edge in order
    """

    pipeline: Pipeline
    layers: tuple[tuple[int, ...], ...]

    @cached_property
    def degrees(self) -> list[int]:
        return [len(row) for row in self.layers]

    def following(self, before: int, layer: int) -> int:
        """From a row of layer ``before`` to one of ``layer`` that comes directly after.

        Front words must not collide, nor back words, and the minima of the second replace those of
        the first. That depends on the degrees alone, of which there are few.
        """
        return self._following[self.degrees[before], self.degrees[layer]]

    @cached_property
    def _following(self) -> dict[tuple[int, int], int]:
        minima = self.pipeline.last_front_to_minima
        back = {degree: self.pipeline.front_to_back(degree) for degree in set(self.degrees)}
        return {
            (a, b): max(a, back[a] + a - back[b], back[a] + a - (b - 1 + minima))
            for a in back
            for b in back
        }

    @cached_property
    def within(self) -> list[list[tuple[int, int]]]:
        """Per layer: (earlier layer, cycles) for those of the same slot that it has to wait for.

        "Earlier" goes round: a layer not before this one is of the iteration before. Left out is
        what the front words of the layers between guarantee.
        """
        pipeline, degrees, count = self.pipeline, self.degrees, len(self.layers)
        waits: list[dict[int, int]] = [{} for _ in self.layers]
        last_use: dict[int, tuple[int, int]] = {}
        for turn in range(2):
            for layer, row in enumerate(self.layers):
                for place, column in enumerate(row):
                    if turn:
                        earlier, place_then = last_use[column]
                        wait = pipeline.front_to_back(degrees[earlier]) + pipeline.back_to_front
                        wait += place_then - place
                        waits[layer][earlier] = max(wait, waits[layer].get(earlier, 0))
                last_use.update((column, (layer, place)) for place, column in enumerate(row))
        verdict = pipeline.front_to_back(degrees[-1]) + degrees[-1] - 1 + pipeline.slot_decided
        waits[0][count - 1] = max(verdict, waits[0].get(count - 1, 0))
        kept: list[list[tuple[int, int]]] = [[] for _ in self.layers]
        edges = list(itertools.accumulate(degrees, initial=0))
        for layer in range(count):
            for earlier in sorted(waits[layer], key=lambda other: (layer - other - 1) % count):
                between = edges[layer] - edges[earlier] + (edges[-1] if earlier >= layer else 0)
                if waits[layer][earlier] > between:
                    kept[layer].append((earlier, waits[layer][earlier]))
        return kept


def _in_turn(slots: int, layers: int) -> Turns:
    """Layer by layer, all slots at the same layer."""
    return [(slot, layer) for layer in range(layers) for slot in range(slots)]


def starts_of(spacing: Spacing, turns: Turns, period: int) -> list[int] | None:
    """First front word of each row if the turns repeat every ``period`` cycles, the first at 0.

    None if they cannot.
    """
    place = {row: number for number, row in enumerate(turns)}
    waits = []
    for number, (slot, layer) in enumerate(turns):
        before = [((number - 1) % len(turns), spacing.following(turns[number - 1][1], layer))]
        before += [(place[slot, earlier], wait) for earlier, wait in spacing.within[layer]]
        # What does not come before this row in the period comes in the period before.
        waits.append([(b, wait - (period if b >= number else 0)) for b, wait in before])
    starts = [0] * len(turns)
    for _ in range(PASSES):
        settled = True
        for number, row in enumerate(waits):
            start = max(starts[before] + wait for before, wait in row)
            if start > starts[number]:
                starts[number], settled = start, False
        if settled:
            return [start - starts[0] for start in starts]
    return None


def least_period(spacing: Spacing, turns: Turns, below: int | None = None) -> int | None:
    """Shortest period of the turns; None if there is none shorter than ``below``."""
    low = sum(spacing.following(turns[i - 1][1], layer) for i, (_, layer) in enumerate(turns))
    if below is None:
        below = 2 * low
        while starts_of(spacing, turns, below - 1) is None:
            below *= 2
    elif low >= below or starts_of(spacing, turns, below - 1) is None:
        return None
    high = below - 1
    while low < high:
        middle = (low + high) // 2
        if starts_of(spacing, turns, middle) is None:
            low = middle + 1
        else:
            high = middle
    return high


def _drawn(spacing: Spacing, slots: int, ahead: int) -> Turns | None:
    """Take turns greedily, each slot at first ``ahead`` layers ahead of the one before it.

    The row that can start first is next, of several one of the degree of the row before, of several
    that of the slot that has had the fewest. Returned are the turns of each slot's last iteration,
    beginning with slot 0's; None if one has not had as many of the last rows as the others.
    """
    count, degrees = len(spacing.layers), spacing.degrees
    taken = [0] * slots
    starts: list[dict[int, int]] = [{} for _ in range(slots)]
    turns: Turns = []
    start = 0
    for _ in range(ITERATIONS * count * slots):
        choices = []
        for slot in range(slots):
            layer = (slot * ahead + taken[slot]) % count
            ready = [starts[slot].get(e, -wait) + wait for e, wait in spacing.within[layer]]
            unlike = False
            if turns:
                before = turns[-1][1]
                ready.append(start + spacing.following(before, layer))
                unlike = degrees[layer] != degrees[before]
            choices.append((max(ready, default=0), unlike, taken[slot], slot, layer))
        start, _, _, slot, layer = min(choices)
        starts[slot][layer] = start
        taken[slot] += 1
        turns.append((slot, layer))
    last = turns[-count * slots :]
    if len(set(last)) < len(last):
        return None
    first = last.index((0, 0))
    return last[first:] + last[:first]


def best_turns(spacing: Spacing, slots: int) -> tuple[Turns, int]:
    """The turns with the shortest period that was found, and that period."""
    count = len(spacing.layers)
    best = _in_turn(slots, count)
    period = least_period(spacing, best)
    beginnings = range(count) if slots > 1 else ()
    for ahead in beginnings[: max(8, DRAWN_ROWS // (ITERATIONS * len(best)))]:
        if period == slots * sum(spacing.degrees):
            break
        turns = _drawn(spacing, slots, ahead)
        shorter = turns and least_period(spacing, turns, below=period)
        if shorter:
            best, period = turns, shorter
    return best, period
