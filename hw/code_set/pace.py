"""How many cycles frames take: the issue of rows (:mod:`hw.code_set.row_choice`), counted."""

from collections.abc import Iterable, Sequence

from hw.code_set.row_choice import RowChoice
from hw.code_set.row_times import TO_ISSUE, RowTimes
from hw.code_set.rows import Row

BEGIN_CYCLES = 15
"""From the verdict that ends a frame to the earliest issue of a row of the next one in its slot."""
_SEEN_BEFORE = 2
"""From a slot that is ready, and chosen, to the issue of its row."""
_ITERATIONS, _ROUNDS = 10, (2, 8)
"""Of a frame, and frames of a code in each slot: an average begins behind the first ones."""


def frame_cycles(frames: Iterable[tuple[Sequence[Row], int]], times: RowTimes, slots: int) -> int:
    """Cycles until the last of some frames ends; every slot takes the next one when it is free.

    frames : rows of an iteration and number of iterations of each; all are there from the beginning
    """
    waiting, running = iter(frames), {}
    issued, apart, turn, ends, before, last_end = 0, 0, 0, 0, 0, 0
    for slot in range(slots):
        _begin(running, slot, waiting, 0)
    while running:
        # The candidate is the one that is ready when the row before is issued.
        seen = issued + _SEEN_BEFORE
        choice = min(running, key=lambda s: (max(seen, running[s][2]), (s - turn) % slots))
        rows, place, ready, left = running[choice]
        degree = rows[place].degree
        fits = before - degree - times.least_search_end
        issued = max(issued + apart, seen, ready, fits)
        start = max(ends, issued + degree + times.least_search_end + 1)
        before, ends = ends, start + degree
        apart, turn = max(RowChoice.rows_apart, degree), choice + 1
        if place + 1 < len(rows):
            then = start + TO_ISSUE + times.counted(rows[place].wait)
            running[choice] = rows, place + 1, then, left
            continue
        decided = ends - 1 + times.pipeline.slot_decided
        if left > 1:
            running[choice] = rows, 0, decided + TO_ISSUE - 1, left - 1
        else:
            last_end = max(last_end, decided)
            del running[choice]
            _begin(running, choice, waiting, decided + BEGIN_CYCLES)
    return last_end


def _begin(running: dict, slot: int, waiting, ready: int) -> None:
    frame = next(waiting, None)
    if frame is not None:
        running[slot] = frame[0], 0, ready, frame[1]


def iteration_cycles(codes: Sequence[Sequence[Row]], times: RowTimes, slots: int) -> float:
    """Cycles of an iteration of a frame, with all slots full, the codes in turn."""
    few, many = (
        [(rows, _ITERATIONS) for _ in range(slots * rounds) for rows in codes]
        for rounds in _ROUNDS
    )
    cycles = frame_cycles(many, times, slots) - frame_cycles(few, times, slots)
    return cycles / (_ITERATIONS * (len(many) - len(few)))
