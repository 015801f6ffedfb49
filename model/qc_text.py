"""Exponents as text, as AFF3CT reads them (``.qc``).

First line: block columns, block rows, Z. Then one line of exponents per block row, -1 for a zero
block and shifts with commas between for a sum of circulants (``3,17``). An optional last line holds
one number per block column: 0 if it is punctured, else 1. Blank lines and lines starting with # are
skipped. The shift runs as in ``model.code``.
"""

import re
from collections.abc import Sequence

import numpy as np

from model.code import TannerGraph
from model.errors import InputError
from model.exponents import checked_lifting_size
from model.names import name_of_file
from model.text import Lines, integer_lines


def parse(text: str, path: str) -> TannerGraph:
    """Return the code in ``text``, named after the file."""
    text, several = _without_lists(text, path)
    lines = _relined(integer_lines(text, path))
    if not lines:
        raise InputError(f"{path}: empty, a first line 'columns rows Z' is due")
    head, rest = lines[0], range(1, len(lines))
    if len(head.values) != 3 or min(head.values) < 1:
        shown = " ".join(map(str, head.values[:8]))
        raise InputError(f"{head.place}: three positive integers, columns rows Z, not {shown!r}")
    n_columns, n_rows, size = head.values
    try:
        checked_lifting_size(size)
    except InputError as error:
        raise InputError(f"{head.place}: {error}") from None
    if len(rest) not in (n_rows, n_rows + 1):
        raise InputError(f"{path}: {len(rest)} lines of exponents, {n_rows} rows are due")
    ragged = np.flatnonzero(lines.lengths[1:] != n_columns)
    if len(ragged):
        raise InputError(
            f"{lines.place(1 + ragged[0])}: {lines.lengths[1 + ragged[0]]} entries where "
            f"{n_columns} are due (ragged)"
        )
    table = lines.values[3:].reshape(len(rest), n_columns)
    exponents = table[:n_rows]
    bad = (exponents < -1) | (exponents >= size)
    if bad.any():
        row, column = np.unravel_index(np.argmax(bad), bad.shape)
        value = exponents[row, column]
        limit = "below -1" if value < -1 else f"not below Z = {size}"
        raise InputError(
            f"{lines.place(1 + row)}: shift {value} in row {row}, column {column} is {limit}"
        )
    empty = np.flatnonzero(exponents.max(axis=1) < 0)
    if len(empty):
        raise InputError(f"{lines.place(1 + empty[0])}: row {empty[0]} is empty")
    punctured = []
    if len(rest) > n_rows:
        pattern = table[-1]
        other = np.flatnonzero((pattern != 0) & (pattern != 1))
        if len(other):
            raise InputError(
                f"{lines.place(len(rest))}: {pattern[other[0]]} for column {other[0]} is neither 0 "
                "nor 1 (punctured)"
            )
        punctured = np.flatnonzero(pattern == 0)
    if several:
        exponents = exponents.tolist()
        for (line, column), cell in several.items():
            row = int(np.searchsorted(lines.numbers, line)) - 1
            if row >= n_rows or row < 0:
                raise InputError(f"{path}: line {line}: shifts with commas in a line without them")
            exponents[row][column] = cell
    try:
        return TannerGraph.from_exponents(exponents, size, name_of_file(path), punctured)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None


def is_one_line(values: Sequence[int]) -> bool:
    """Whether the numbers of a file can be those of a table, wherever its lines end."""
    if len(values) < 4 or min(values[:2]) < 1:
        return False
    return len(values) - 3 in (values[0] * values[1], values[0] * (values[1] + 1))


def _relined(lines: Lines) -> Lines:
    """One line with all numbers as the lines that they should be."""
    if len(lines) != 1 or not is_one_line(lines.values):
        return lines
    count = (len(lines.values) - 3) // lines.values[0]
    starts = np.concatenate([[0], 3 + lines.values[0] * np.arange(count + 1)])
    return Lines(lines.path, np.repeat(lines.numbers, count + 1), starts, lines.values)


def dump(graph: TannerGraph) -> str:
    """Return ``graph`` as text; it needs block structure and whole punctured columns only."""
    if graph.block is None:
        raise InputError(f"code {graph.name}: .qc needs a quasi-cyclic code; write .alist instead")
    exponents = graph.block.exponents
    punctured = graph.punctured.reshape(exponents.shape[1], -1)
    if graph.shortened.any() or (punctured.any(axis=1) != punctured.all(axis=1)).any():
        raise InputError(
            f"code {graph.name}: .qc holds whole punctured block columns only; write .json instead"
        )
    lines = [[exponents.shape[1], exponents.shape[0], graph.block.lifting_size]]
    lines += graph.block.cells()
    if punctured.any():
        lines.append(np.where(punctured[:, 0], 0, 1).tolist())
    return "".join(" ".join(map(_cell, line)) + "\n" for line in lines)


def _cell(value: int | list[int]) -> str:
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


_LIST = re.compile(r"[0-9]{1,9}(?:,[0-9]{1,9})+")


def _without_lists(text: str, path: str) -> tuple[str, dict[tuple[int, int], list[int]]]:
    """``text`` with the first of the shifts of a block, and all of them by line and column."""
    if "," not in text:
        return text, {}
    lines, found = text.split("\n"), {}
    for number, line in enumerate(lines, 1):
        if "," not in line or line.lstrip().startswith("#"):
            continue
        words = line.split()
        for column, word in enumerate(words):
            if _LIST.fullmatch(word):
                found[number, column] = [int(shift) for shift in word.split(",")]
                words[column] = word.split(",")[0]
        lines[number - 1] = " ".join(words)
    return "\n".join(lines), found
