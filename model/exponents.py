"""Checks on what a user writes down for a quasi-cyclic code: exponents, Z, column lists.

Every error is one line that names row, column and value; readers of files put the file in front.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

from model.errors import InputError
from model.limits import MOST_CELLS
from model.printable import shown

LARGEST_LIFTING_SIZE = 1 << 16


def is_integer(value: object) -> bool:
    """True for Python and NumPy integers, not for booleans."""
    return isinstance(value, int | np.integer) and not isinstance(value, bool | np.bool_)


def checked_lifting_size(value: object) -> int:
    """Return Z as int, or raise ``InputError``."""
    if not is_integer(value) or value < 1:
        raise InputError(f"Z = {shown(value)} is not a positive integer")
    if value > LARGEST_LIFTING_SIZE:
        raise InputError(f"Z = {shown(value)} is above {LARGEST_LIFTING_SIZE}")
    return int(value)


def checked_exponents(
    exponents: Sequence[Sequence[int | list[int]]] | np.ndarray, lifting_size: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return exponents as a (rows, columns) int32 array, and the further ones of blocks that have
    several: (others, 3) int32 row, column and exponent, row-major and ascending.

    Rejects anything but a rectangle of integers in -1..Z-1, or of lists of distinct ones from 0 on,
    with no empty row and at most ``MOST_CELLS`` places.
    """
    others: list[tuple[int, int, int]] = []
    if not isinstance(exponents, list | tuple | np.ndarray) or not len(exponents):
        raise InputError("exponents are not a list of rows")
    if isinstance(exponents, np.ndarray):
        if exponents.ndim != 2 or exponents.dtype.kind not in "iu":
            exponents = exponents.tolist()
        else:
            check_cells(exponents.size)
    if not isinstance(exponents, np.ndarray):
        exponents, others = _taken_apart(exponents, lifting_size)
        exponents = _rectangle(exponents)
    bad = (exponents < -1) | (exponents >= lifting_size)
    if bad.any():
        row, column = np.unravel_index(np.argmax(bad), bad.shape)
        value = exponents[row, column]
        limit = "is below -1" if value < -1 else f"is not below Z = {lifting_size}"
        what = "" if value < -1 else "shift "
        raise InputError(f"exponents row {row}, column {column}: {what}{value} {limit}")
    empty = np.flatnonzero((exponents == -1).all(axis=1))
    if len(empty):
        raise InputError(f"exponents row {empty[0]} is empty")
    return exponents.astype(np.int32), np.array(others, dtype=np.int32).reshape(-1, 3)


def _taken_apart(rows: Sequence, lifting_size: int) -> tuple[list, list[tuple[int, int, int]]]:
    """Rows with the smallest shift in place of each list, and the other shifts."""
    first, others = list(rows), []
    check_cells(sum(len(row) for row in rows if isinstance(row, list | tuple)))
    for number, row in enumerate(rows):
        if not isinstance(row, list | tuple) or list not in set(map(type, row)):
            continue
        first[number] = list(row)
        for column, cell in enumerate(row):
            if not isinstance(cell, list):
                continue
            place = f"exponents row {number}, column {column}"
            check_cells(len(cell) + len(others))
            for shift in cell:
                if not is_integer(shift) or not 0 <= shift < lifting_size:
                    raise InputError(f"{place}: {shown(shift)} in a list is no shift from 0 to "
                                     f"{lifting_size - 1}")  # fmt: skip
            shifts = sorted(cell)
            if not shifts or len(set(shifts)) < len(shifts):
                raise InputError(f"{place}: {shown(cell)} is no list of distinct shifts")
            first[number][column] = shifts[0]
            others += [(number, column, shift) for shift in shifts[1:]]
    return first, others


def _rectangle(rows: Sequence[Sequence[int]]) -> np.ndarray:
    """Rows of equal length that hold integers, as an int64 array."""
    for number, row in enumerate(rows):
        if not isinstance(row, list | tuple):
            raise InputError(f"exponents row {number}: {shown(row)} is not a list of integers")
    check_cells(sum(map(len, rows)))
    due = Counter(map(len, rows)).most_common(1)[0][0]
    for number, row in enumerate(rows):
        if len(row) != due:
            raise InputError(
                f"exponents row {number} has {len(row)} entries where {due} are due (ragged)"
            )
        if set(map(type, row)) <= {int}:
            continue
        for column, value in enumerate(row):
            if not is_integer(value):
                raise InputError(
                    f"exponents row {number}, column {column}: {shown(value)} is not an integer"
                )
    try:
        return np.array(rows, dtype=np.int64).reshape(len(rows), due)
    except OverflowError:
        pass
    for number, row in enumerate(rows):
        for column, value in enumerate(row):
            if not -1 <= value <= LARGEST_LIFTING_SIZE:
                raise InputError(
                    f"exponents row {number}, column {column}: shift {shown(value)} is outside "
                    f"-1..{LARGEST_LIFTING_SIZE}"
                )
    raise AssertionError("an integer of more than 64 bits that is within 17")


def check_cells(count: int) -> None:
    """Raise ``InputError`` for a matrix of exponents with more than ``MOST_CELLS`` places."""
    if count > MOST_CELLS:
        raise InputError(f"exponents have {count} places, at most {MOST_CELLS} are read; "
                         "write .alist for a code without blocks")  # fmt: skip


def checked_columns(columns: Iterable[int], n_columns: int) -> list[int]:
    """Return a list of distinct block columns, or raise ``InputError``."""
    if isinstance(columns, str | bytes | dict) or not isinstance(columns, Iterable):
        raise InputError(f"punctured_columns: {shown(columns)} is not a list of integers")
    seen: dict[int, None] = {}
    for value in columns:
        if not is_integer(value):
            raise InputError(f"punctured_columns: {shown(value)} is not an integer")
        if not 0 <= value < n_columns:
            raise InputError(f"punctured_columns: {shown(value)} is outside 0..{n_columns - 1}")
        if int(value) in seen:
            raise InputError(f"punctured_columns: {value} occurs twice")
        seen[int(value)] = None
    return list(seen)
