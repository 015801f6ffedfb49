"""The alist format (D. MacKay, http://www.inference.org.uk/mackay/codes/alist.html).

Columns and rows, largest column and row weight, all column weights, all row weights, then one line
per column with its rows and one line per row with its columns, counted from 1. Short lines of an
irregular code may be padded with zeros or not; both are read, padded ones are written.
"""

from pathlib import Path

import numpy as np

from model.code import TannerGraph
from model.errors import InputError
from model.text import Line, integer_lines


def parse(text: str, path: str) -> TannerGraph:
    """Return the code in ``text``; it is named after the file and has no block structure."""
    lines = integer_lines(text, path)
    if len(lines) < 4:
        raise InputError(f"{path}: {len(lines)} lines, an alist has more than 4")
    n_columns, n_rows = _pair(lines[0], "columns and rows")
    largest = _pair(lines[1], "largest column and row weight")
    if len(lines) != 4 + n_columns + n_rows:
        raise InputError(
            f"{path}: {len(lines)} lines of numbers, {4 + n_columns + n_rows} are due "
            f"for {n_columns} columns and {n_rows} rows"
        )
    column_weights = _weights(lines[2], n_columns, largest[0], "column")
    row_weights = _weights(lines[3], n_rows, largest[1], "row")
    columns = lines[4 : 4 + n_columns]
    rows = lines[4 + n_columns :]
    by_column = _entries(columns, column_weights, n_rows, "column", "row")
    by_row = _entries(rows, row_weights, n_columns, "row", "column")
    for line, number, other in _difference(by_row, by_column, rows):
        raise InputError(
            f"{line.place}: row {number + 1} names column {other + 1}, "
            f"which does not name row {number + 1}"
        )
    for line, number, other in _difference(by_column, by_row, columns):
        raise InputError(
            f"{line.place}: column {number + 1} names row {other + 1}, "
            f"which does not name column {number + 1}"
        )
    checks = np.repeat(np.arange(n_rows), row_weights)
    variables = [other for others in by_row for other in others]
    return TannerGraph.from_edges(checks, variables, n_rows, n_columns, Path(path).stem)


def dump(graph: TannerGraph) -> str:
    """Return ``graph`` as an alist; it must have no punctured or shortened variables."""
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
    for lists, width in zip((by_column, by_row), widest, strict=True):
        lines += [entries + [0] * (width - len(entries)) for entries in lists]
    return "".join(" ".join(map(str, line)) + "\n" for line in lines)


def _pair(line: Line, what: str) -> tuple[int, int]:
    if len(line.values) != 2 or min(line.values) < 1:
        shown = " ".join(map(str, line.values[:8]))
        raise InputError(f"{line.place}: {what} are due, two positive integers, not {shown!r}")
    return line.values[0], line.values[1]


def _weights(line: Line, count: int, largest: int, what: str) -> list[int]:
    if len(line.values) != count:
        raise InputError(f"{line.place}: {len(line.values)} {what} weights, {count} are due")
    for number, weight in enumerate(line.values, start=1):
        if weight == 0:
            empty = "is in no check" if what == "column" else "is empty"
            raise InputError(f"{line.place}: {what} {number} {empty} (weight 0)")
        if not 1 <= weight <= largest:
            raise InputError(
                f"{line.place}: weight {weight} of {what} {number} is outside 1..{largest}"
            )
    return line.values


def _entries(
    lines: list[Line], weights: list[int], limit: int, what: str, other: str
) -> list[list[int]]:
    found = []
    for number, (line, weight) in enumerate(zip(lines, weights, strict=True), start=1):
        values = line.values
        while values and values[-1] == 0:
            values = values[:-1]
        for value in values:
            if not 1 <= value <= limit:
                raise InputError(
                    f"{line.place}: {what} {number} names {other} {value}, outside 1..{limit}"
                )
        if len(values) != weight:
            raise InputError(
                f"{line.place}: {what} {number} has {len(values)} entries, its weight is {weight}"
            )
        if len(set(values)) != weight:
            twice = next(value for value in values if values.count(value) > 1)
            raise InputError(
                f"{line.place}: {what} {number} names {other} {twice} twice (duplicate edge)"
            )
        found.append([value - 1 for value in values])
    return found


def _difference(these: list[list[int]], those: list[list[int]], lines: list[Line]):
    sets = [set(others) for others in those]
    for number, others in enumerate(these):
        for other in others:
            if number not in sets[other]:
                yield lines[number], number, other
