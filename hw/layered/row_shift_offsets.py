"""Where a block row begins: turned so that no column turns far on its way from row to row.

The Z checks of a block row may be numbered from any of them on: the same constant on all its
exponents is the same code, and no bit of any answer changes. A column turns by the difference
of two rows' exponents, so these constants decide which differences occur.
"""

from dataclasses import replace

from hw.layered.job import Job
from hw.layered.schedule import layer_order

_TRIES = 20_000  # rows tried, before a code is left as it is


def row_shift_offsets(job: Job, reach: int) -> Job | None:
    """The same decoder with every turn of a column below ``reach``; None if none was found.

    In an iteration a column turns from each of its rows to the next one, and from the last one to
    the first.
    """
    size, order = job.code.lifting_size, layer_order(job)
    steps = _steps(job, order)
    turns: dict[int, int] = {}
    tries = 0

    def fits(row: int, turn: int) -> bool:
        turns[row] = turn
        return all(
            (difference + turns[to] - turns[since]) % size < reach
            for since, to, difference in steps[row]
            if since in turns and to in turns
        )

    # Depth first; rows that share columns follow each other, so a wrong turn shows early.
    choices = [iter([0])]
    while choices:
        row = order[len(choices) - 1]
        turns.pop(row, None)
        turn = next((turn for turn in choices[-1] if fits(row, turn)), None)
        tries += 1
        if turn is None:
            turns.pop(row, None)
            choices.pop()
        elif len(choices) == len(order):
            return _with(job, turns)
        elif tries > _TRIES:
            return None
        else:
            choices.append(iter(range(size)))
    return None


def _steps(job: Job, order) -> dict[int, list[tuple[int, int, int]]]:
    """Per row, the turns it takes part in: from which row, to which, difference of exponents."""
    steps: dict[int, list] = {row: [] for row in order}
    visits: dict[int, list[tuple[int, int]]] = {}
    for row in order:
        for column, exponent in job.code.rows[row]:
            visits.setdefault(column, []).append((row, exponent))
    for rows in visits.values():
        for (since, before), (to, exponent) in zip(rows, rows[1:] + rows[:1], strict=True):
            for row in {since, to}:
                steps[row].append((since, to, exponent - before))
    return steps


def _with(job: Job, turns: dict[int, int]) -> Job:
    size = job.code.lifting_size
    rows = tuple(
        tuple((column, (exponent + turns[row]) % size) for column, exponent in edges)
        for row, edges in enumerate(job.code.rows)
    )
    return replace(job, code=replace(job.code, rows=rows))
