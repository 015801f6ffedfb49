"""The alist format (D. MacKay, http://www.inference.org.uk/mackay/codes/alist.html).

Columns and rows, largest column and row weight, all column weights, all row weights, then one line
per column with its rows and one line per row with its columns, counted from 1. Short lines of an
irregular code may be padded with zeros or not; both are read, padded ones are written. Files whose
lines are broken elsewhere are read, too: the numbers say where lines should end.
"""

from collections.abc import Sequence

import numpy as np

from model.code import TannerGraph
from model.errors import InputError
from model.limits import MOST_NUMBERS
from model.names import name_of_file
from model.text import Line, Lines, integer_lines


def parse(text: str, path: str) -> TannerGraph:
    """Return the code in ``text``; it is named after the file and has no block structure."""
    lines = _relined(integer_lines(text, path))
    if len(lines) < 4:
        raise InputError(f"{path}: {len(lines)} lines, an alist has more than 4")
    n_columns, n_rows = _pair(lines[0], "columns and rows")
    largest = _pair(lines[1], "largest column and row weight")
    if len(lines) != 4 + n_columns + n_rows:
        raise InputError(
            f"{path}: {len(lines)} lines of numbers, {4 + n_columns + n_rows} are due "
            f"for {n_columns} columns and {n_rows} rows"
        )
    column_weights = _weights(lines, 2, n_columns, largest[0], "column")
    row_weights = _weights(lines, 3, n_rows, largest[1], "row")
    column, its_row = _entries(lines, 4, column_weights, n_rows, "column", "row")
    row, its_column = _entries(lines, 4 + n_columns, row_weights, n_columns, "row", "column")
    by_row, by_column = row * n_columns + its_column, its_row * n_columns + column
    for what, first, these, those in (
        ("row", 4 + n_columns, by_row, by_column),
        ("column", 4, by_column, by_row),
    ):
        alone = np.setdiff1d(these, those, assume_unique=True)
        if len(alone):
            pair = divmod(int(alone[0]), n_columns)
            number, other = pair if what == "row" else pair[::-1]
            the_other = "column" if what == "row" else "row"
            raise InputError(
                f"{lines.place(first + number)}: {what} {number + 1} names {the_other} "
                f"{other + 1}, which does not name {what} {number + 1}"
            )
    return TannerGraph.from_edges(row, its_column, n_rows, n_columns, name_of_file(path))


def is_one_line(values: Sequence[int]) -> bool:
    """Whether the numbers of a file can be those of an alist, wherever its lines end."""
    return _lengths(np.array(values)) is not None


def _relined(lines: Lines) -> Lines:
    """``lines`` as they should be, if they are only joined or only broken; else as they are."""
    head = lines.values[:2].tolist()
    if len(head) < 2 or len(lines) == 4 + sum(head):
        return lines
    lengths = _lengths(lines.values)
    if lengths is None:
        return lines
    starts = np.concatenate([[0], np.cumsum(lengths)])
    if not (np.isin(starts, lines.starts).all() or np.isin(lines.starts, starts).all()):
        return lines  # a count is wrong: for the checks of the lines to say
    number = np.repeat(lines.numbers, lines.lengths)
    return Lines(lines.path, number[starts[:-1]], starts, lines.values)


def _lengths(values: np.ndarray) -> np.ndarray | None:
    """Numbers in each line of an alist with these ``values``; None if it would take others."""
    if len(values) < 4 or not (1 <= values[:4]).all() or 4 + values[:2].sum() > len(values):
        return None
    n_columns, n_rows = values[:2].tolist()
    count = n_columns + n_rows
    weights = values[4 : 4 + count]
    padded = np.repeat(values[2:4], [n_columns, n_rows])
    for lengths in (weights, padded):
        if (lengths >= 1).all() and 4 + count + lengths.sum() == len(values):
            return np.concatenate([[2, 2, n_columns, n_rows], lengths])
    return None


def dump(graph: TannerGraph) -> str:
    """Return ``graph`` as an alist; it must have no punctured or shortened variables.

    Lines are padded with zeros unless that makes more numbers than ``parse`` takes.
    """
    if graph.punctured.any() or graph.shortened.any():
        raise InputError(
            f"code {graph.name}: an alist cannot hold punctured or shortened variables; "
            "write .json or .qc"
        )
    by_row = [[] for _ in range(graph.n_checks)]
    by_column = [[] for _ in range(graph.n_variables)]
    for check, variable in zip(
        graph.check_of_edge.tolist(), graph.variable_of_edge.tolist(), strict=True
    ):
        by_row[check].append(variable + 1)
        by_column[variable].append(check + 1)
    widest = [max(map(len, by_column)), max(map(len, by_row))]
    lines = [[graph.n_variables, graph.n_checks], widest]
    lines += [list(map(len, by_column)), list(map(len, by_row))]
    numbers = graph.n_variables * (widest[0] + 1) + graph.n_checks * (widest[1] + 1) + 4
    for lists, width in zip((by_column, by_row), widest, strict=True):
        width = width if numbers <= MOST_NUMBERS else 0
        lines += [entries + [0] * (width - len(entries)) for entries in lists]
    return "".join(" ".join(map(str, line)) + "\n" for line in lines)


def _pair(line: Line, what: str) -> tuple[int, int]:
    if len(line.values) != 2 or min(line.values) < 1:
        shown = " ".join(map(str, line.values[:8]))
        raise InputError(f"{line.place}: {what} are due, two positive integers, not {shown!r}")
    return line.values[0], line.values[1]


def _weights(lines: Lines, line: int, count: int, largest: int, what: str) -> np.ndarray:
    place, weights = lines.place(line), lines.values[lines.starts[line] : lines.starts[line + 1]]
    if len(weights) != count:
        raise InputError(f"{place}: {len(weights)} {what} weights, {count} are due")
    bad = np.flatnonzero((weights < 1) | (weights > largest))
    if len(bad):
        weight, number = weights[bad[0]], bad[0] + 1
        if weight == 0:
            empty = "is in no check" if what == "column" else "is empty"
            raise InputError(f"{place}: {what} {number} {empty} (weight 0)")
        raise InputError(f"{place}: weight {weight} of {what} {number} is outside 1..{largest}")
    return weights


def _entries(
    lines: Lines, first: int, weights: np.ndarray, limit: int, what: str, other: str
) -> tuple[np.ndarray, np.ndarray]:
    """The edges in the lines from ``first`` on: number of the line, and what it names, from 0."""
    part = slice(lines.starts[first], lines.starts[first + len(weights)])
    values = lines.values[part]
    owner = np.repeat(np.arange(len(weights)), lines.lengths[first : first + len(weights)])
    named = np.flatnonzero(values)
    last = np.full(len(weights), -1)
    last[owner[named]] = named  # of several the last one stays
    kept = np.arange(len(values)) <= last[owner]  # zeros at the end pad the line
    owner, values = owner[kept], values[kept]
    bad = np.flatnonzero((values < 1) | (values > limit))
    if len(bad):
        raise InputError(
            f"{lines.place(first + owner[bad[0]])}: {what} {owner[bad[0]] + 1} names {other} "
            f"{values[bad[0]]}, outside 1..{limit}"
        )
    count = np.bincount(owner, minlength=len(weights))
    wrong = np.flatnonzero(count != weights)
    if len(wrong):
        raise InputError(
            f"{lines.place(first + wrong[0])}: {what} {wrong[0] + 1} has {count[wrong[0]]} "
            f"entries, its weight is {weights[wrong[0]]}"
        )
    key = np.sort(owner * limit + (values - 1))
    twice = np.flatnonzero(key[1:] == key[:-1])
    if len(twice):
        number, value = divmod(int(key[twice[0]]), limit)
        raise InputError(
            f"{lines.place(first + number)}: {what} {number + 1} names {other} {value + 1} twice "
            "(duplicate edge)"
        )
    return owner, values - 1
