"""Checks on what a user writes down for a quasi-cyclic code: exponents, Z, column lists.

Every error is one line that names row, column and value; readers of files put the file in front.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

from model.errors import InputError

LARGEST_LIFTING_SIZE = 1 << 16


def is_integer(value: object) -> bool:
    """True for Python and NumPy integers, not for booleans."""
    return isinstance(value, int | np.integer) and not isinstance(value, bool | np.bool_)


def checked_lifting_size(value: object) -> int:
    """Return Z as int, or raise ``InputError``."""
    if not is_integer(value) or value < 1:
        raise InputError(f"Z = {value!r} is not a positive integer")
    if value > LARGEST_LIFTING_SIZE:
        raise InputError(f"Z = {value} is above {LARGEST_LIFTING_SIZE}")
    return int(value)


def checked_exponents(
    exponents: Sequence[Sequence[int]] | np.ndarray, lifting_size: int
) -> np.ndarray:
    """Return exponents as a (rows, columns) int32 array.

    Rejects anything but a rectangle of integers in -1..Z-1 with no empty row.
    """
    if isinstance(exponents, np.ndarray):
        exponents = exponents.tolist()
    if not isinstance(exponents, list | tuple) or not exponents:
        raise InputError("exponents are not a list of rows")
    for number, row in enumerate(exponents):
        if not isinstance(row, list | tuple):
            raise InputError(f"exponents row {number}: {row!r} is not a list of integers")
    due = Counter(len(row) for row in exponents).most_common(1)[0][0]
    for number, row in enumerate(exponents):
        if len(row) != due:
            raise InputError(
                f"exponents row {number} has {len(row)} entries where {due} are due (ragged)"
            )
        for column, value in enumerate(row):
            place = f"exponents row {number}, column {column}"
            if not is_integer(value):
                raise InputError(f"{place}: {value!r} is not an integer")
            if value < -1:
                raise InputError(f"{place}: {value} is below -1")
            if value >= lifting_size:
                raise InputError(f"{place}: shift {value} is not below Z = {lifting_size}")
        if all(value == -1 for value in row):
            raise InputError(f"exponents row {number} is empty")
    return np.array(exponents, dtype=np.int32)


def checked_columns(columns: Iterable[int], n_columns: int) -> list[int]:
    """Return a list of distinct block columns, or raise ``InputError``."""
    if isinstance(columns, str | bytes | dict) or not isinstance(columns, Iterable):
        raise InputError(f"punctured_columns: {columns!r} is not a list of integers")
    seen: list[int] = []
    for value in columns:
        if not is_integer(value):
            raise InputError(f"punctured_columns: {value!r} is not an integer")
        if not 0 <= value < n_columns:
            raise InputError(f"punctured_columns: {value} is outside 0..{n_columns - 1}")
        if value in seen:
            raise InputError(f"punctured_columns: {value} occurs twice")
        seen.append(int(value))
    return seen
