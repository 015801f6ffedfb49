"""From which check the Z checks of a block row are counted: so that columns rotate little.

The Z checks of a block row may be numbered from any of them on: the same constant on all its
exponents is the same code, and no bit of any result changes. A column rotates by the difference of
two rows' exponents, so these constants decide which differences occur: with small ones a decoder
has a smaller rotator.
"""

from collections.abc import Sequence
from itertools import permutations

from quant.code_section import CodeSection

LEAST_LANES = 17
"""Fewest lanes for which a rotator with a reach of less than Z is the smaller one."""
_TRIES = 20_000  # rows tried, before a code is left as it is
_MOST_ROWS = 6  # of codes whose orders of rows are all tried


def reach_of(lanes: int) -> int:
    """Rotations below this are there in a small rotator: three quarters of a power of two."""
    return (3 << (lanes - 1).bit_length()) >> 2


def row_offsets(code: CodeSection, order: Sequence[int], reach: int) -> dict[int, int] | None:
    """Per block row what to add to its exponents, so that all rotations are below ``reach``.

    In an iteration a column rotates from each of its rows, in ``order``, to the next one, and from
    the last one to the first. None if nothing was found.
    """
    size = code.lifting_size
    steps = _steps(code, order)
    offsets: dict[int, int] = {}
    tries = 0

    def fits(row: int, offset: int) -> bool:
        offsets[row] = offset
        return all(
            (difference + offsets[to] - offsets[since]) % size < reach
            for since, to, difference in steps[row]
            if since in offsets and to in offsets
        )

    # Depth first; rows that share columns follow each other, so a wrong offset shows early.
    choices = [iter([0])]
    while choices:
        row = order[len(choices) - 1]
        offsets.pop(row, None)
        offset = next((offset for offset in choices[-1] if fits(row, offset)), None)
        tries += 1
        if offset is None:
            offsets.pop(row, None)
            choices.pop()
        elif len(choices) == len(order):
            return offsets
        elif tries > _TRIES:
            return None
        else:
            choices.append(iter(range(size)))
    return None


def default_order(code: CodeSection) -> tuple[int, ...]:
    """The order in which a layered decoder takes the block rows, where nothing asks for another.

    That of the code; or where rotations then reach too far for the small rotator and the rows are
    few, the first other one, from row 0 on, with which they do not.
    """
    natural = tuple(range(len(code.rows)))
    reach = reach_of(code.lifting_size)
    if code.lifting_size < LEAST_LANES or reach >= code.lifting_size or len(natural) > _MOST_ROWS:
        return natural
    orders = ((0, *rest) for rest in permutations(natural[1:]))
    return next((order for order in orders if row_offsets(code, order, reach)), natural)


def _steps(
    code: CodeSection, order: Sequence[int]
) -> dict[int, list[tuple[int, int, int]]]:
    """Per row the rotations it takes part in: from which row, to which, difference of exponents."""
    steps: dict[int, list] = {row: [] for row in order}
    visits: dict[int, list[tuple[int, int]]] = {}
    for row in order:
        for column, exponent in code.rows[row]:
            visits.setdefault(column, []).append((row, exponent))
    for rows in visits.values():
        for (since, before), (to, exponent) in zip(rows, rows[1:] + rows[:1], strict=True):
            for row in {since, to}:
                steps[row].append((since, to, exponent - before))
    return steps
