"""How many cycles frames take: the issue of rows (:mod:`hw.code_set.row_choice`), counted."""

from collections.abc import Iterable, Sequence

from hw.code_set.row_choice import RowChoice
from hw.code_set.row_times import RowTimes
from hw.code_set.rows import Row

BEGIN_CYCLES = 8
"""From the verdict that ends a frame to the earliest choice of a row of the next one, but two."""
_ITERATIONS, _ROUNDS = 10, (2, 8)
"""Of a frame, and frames of a code in each slot: an average begins behind the first ones."""


def frame_cycles(
    frames: Iterable[tuple[Sequence[Row], int]], times: RowTimes, slots: int, least: int
) -> int:
    """Cycles until the last of some frames ends; every slot takes the next one when it is free.

    frames : rows of an iteration and number of iterations of each; all are there from the beginning
    least : degree of any row of the decoder
    """
    waiting, running = iter(frames), {}
    clock, turn, last_end, ends, before = 0, 0, 0, 0, 0
    for slot in range(slots):
        _begin(running, slot, waiting, 0)
    while running:
        clock = max(clock, before - least - times.least_search_end)
        choice = min(running, key=lambda s: (max(clock, running[s][2]), (s - turn) % slots))
        rows, place, ready, left = running[choice]
        now = max(clock, ready)
        degree = rows[place].degree
        start = max(ends, now + degree + times.least_search_end + 1)
        before, ends = ends, start + degree
        clock, turn = now + max(RowChoice.rows_apart, degree), choice + 1
        if place + 1 < len(rows):
            running[choice] = rows, place + 1, start + 2 + times.counted(rows[place].wait), left
            continue
        decided = ends - 1 + times.pipeline.slot_decided
        if left > 1:
            running[choice] = rows, 0, decided + 1, left - 1
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
    least = min(row.degree for rows in codes for row in rows)
    cycles = frame_cycles(many, times, slots, least) - frame_cycles(few, times, slots, least)
    return cycles / (_ITERATIONS * (len(many) - len(few)))
