"""Linear algebra over GF(2) on sparse matrices: what can be told without making them dense.

Everything the codes need is a rank and, for the encoder, the inverse of a small dense remainder.
Peeling (Richardson and Urbanke, "Efficient encoding of low-density parity-check codes", 2001)
removes the checks that own a variable no other remaining check sees; only what is left is
eliminated densely. The extension part of a 5G code peels away whole.
"""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from model.errors import InputError
from model.gf2 import dense_rank, transposed
from model.limits import MOST_ELIMINATION_STEPS, MOST_REMAINDER_BITS

if TYPE_CHECKING:
    from scipy import sparse


class Rows(NamedTuple):
    """A sparse 0/1 matrix by its rows, as ``scipy.sparse.csr_matrix`` names them.

    The rank of a code is asked for wherever a spec is loaded, and to import scipy takes as long as
    all else at the start of a command.

    indptr : (rows + 1,) where each row begins in ``indices``
    indices : (ones,) columns of the ones, ascending in each row
    shape : rows and columns
    """

    indptr: np.ndarray
    indices: np.ndarray
    shape: tuple[int, int]


def pack_sparse(matrix: "sparse.csr_matrix", columns: np.ndarray) -> np.ndarray:
    """``pack_rows`` of the given columns of a sparse 0/1 matrix, without making it dense.

    ``columns`` are distinct and hold all of the matrix's ones that count. ``InputError`` if the
    result would be too large.
    """
    rows = matrix.shape[0]
    if rows * len(columns) > MOST_REMAINDER_BITS:
        raise InputError(
            f"{rows} checks on {len(columns)} variables can only be solved by a dense matrix, of "
            f"{rows * len(columns)} bits; at most {MOST_REMAINDER_BITS} are taken"
        )
    place = np.full(matrix.shape[1], -1)
    place[columns] = np.arange(len(columns))
    row = np.repeat(np.arange(rows), np.diff(matrix.indptr))
    column = place[matrix.indices]
    row, column = row[column >= 0], column[column >= 0]
    words = np.zeros((rows, max(1, -(-len(columns) // 64))), dtype=np.uint64)
    bits = np.uint64(1) << (column % 64).astype(np.uint64)
    np.bitwise_or.at(words, (row, column // 64), bits)
    return words


@dataclass(frozen=True)
class Peeling:
    """Order in which checks can be solved once the remainder is known.

    ``levels[t] = (checks, variables)``: equally long arrays; ``variables[i]`` occurs in
    ``checks[i]`` and in no other check that is left at level t. Solving goes from the last level
    to the first. ``checks_left`` are the row indices of the remainder.
    """

    levels: list[tuple[np.ndarray, np.ndarray]]
    checks_left: np.ndarray


def peel(matrix: "Rows | sparse.csr_matrix", allowed: np.ndarray) -> Peeling:
    """Peel ``matrix`` (checks, variables) through variables marked in ``allowed`` (bool)."""
    left = _Left(matrix)
    levels = []
    candidates = np.flatnonzero((left.degree == 1) & allowed)
    while len(candidates):
        checks = left.owner[candidates]
        if len(candidates) > 1:
            # Two variables may share their only check: the right-most one becomes the parity bit.
            checks, first = np.unique(checks[::-1], return_index=True)
            candidates = candidates[::-1][first]
        levels.append((checks, candidates))
        touched = left.remove(checks)
        candidates = touched[(left.degree[touched] == 1) & allowed[touched]]
    return Peeling(levels, np.flatnonzero(left.checks))


class _Left:
    """The checks of a matrix that are left while some are removed.

    checks : (checks,) bool
    degree : (variables,) checks left on each variable
    owner : (variables,) the sum of their numbers: the check itself when there is one
    """

    def __init__(self, matrix: "Rows | sparse.csr_matrix"):
        if not isinstance(matrix, Rows):
            matrix.sort_indices()
        self.matrix = matrix
        self.checks = np.ones(matrix.shape[0], dtype=bool)
        of_one = np.repeat(np.arange(matrix.shape[0]), np.diff(self.matrix.indptr))
        self.degree = np.bincount(self.matrix.indices, minlength=matrix.shape[1])
        self.owner = np.zeros(matrix.shape[1], dtype=np.int64)
        np.add.at(self.owner, self.matrix.indices, of_one)

    @cached_property
    def by_variable(self) -> Rows:
        """The matrix turned round: the checks of each variable."""
        checks, variables = self.matrix.shape
        of_one = np.repeat(np.arange(checks), np.diff(self.matrix.indptr))
        counts = np.bincount(self.matrix.indices, minlength=variables)
        starts = np.concatenate([[0], np.cumsum(counts)])
        of_one = of_one[np.argsort(self.matrix.indices, kind="stable")]
        return Rows(starts, of_one, (variables, checks))

    def variables(self, checks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The variables of each of ``checks``, one after the other, and how many each has."""
        starts, ends = self.matrix.indptr[checks], self.matrix.indptr[checks + 1]
        return self.matrix.indices[_ranges(starts, ends)], ends - starts

    def remove(self, checks: np.ndarray) -> np.ndarray:
        """Remove distinct checks; returns their variables, each once, ascending."""
        self.checks[checks] = False
        if len(checks) == 1:  # a staircase has as many such levels as checks
            check = checks[0]
            row = self.matrix.indices[self.matrix.indptr[check] : self.matrix.indptr[check + 1]]
            self.degree[row] -= 1
            self.owner[row] -= check
            return row
        touched, counts = self.variables(checks)
        np.subtract.at(self.degree, touched, 1)
        np.subtract.at(self.owner, touched, np.repeat(checks, counts))
        return np.unique(touched)


def _ranges(starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """The numbers of all ranges ``starts[i] .. ends[i] - 1``, one after the other."""
    lengths = (ends - starts).astype(np.int64)
    before = np.cumsum(lengths) - lengths
    return np.arange(lengths.sum()) + np.repeat(starts - before, lengths)


def sparse_rank(matrix: "Rows | sparse.csr_matrix") -> int:
    """Rank over GF(2) of a sparse 0/1 matrix.

    Where peeling stops, a variable of the fewest checks keeps one of them and the others are set
    aside: an approximate triangle (Richardson and Urbanke, as above, algorithm A). Only those set
    aside, a few percent of a regular code's, are eliminated densely.

    ``InputError`` if they would take too much memory, or more than seconds.
    """
    levels, aside, left = _triangle(matrix)
    rank = sum(len(checks) for checks, _ in levels)
    if not len(aside):
        return rank
    # For each variable, packed, which of the checks set aside it is in.
    found, counts = left.variables(aside)
    which = np.repeat(np.arange(len(aside)), counts)
    columns = np.zeros((matrix.shape[1], -(-len(aside) // 64)), dtype=np.uint64)
    bits = np.uint64(1) << (which % 64).astype(np.uint64)
    np.bitwise_xor.at(columns, (found, which // 64), bits)
    for checks, variables in levels:
        _clear(columns, left, checks, variables)
    solved = np.zeros(matrix.shape[1], dtype=bool)
    for _, variables in levels:
        solved[variables] = True
    rest = columns[~solved]
    rest = rest[rest.any(axis=1)]
    return rank + dense_rank(transposed(rest, len(aside)))


def _triangle(
    matrix: "Rows | sparse.csr_matrix",
) -> tuple[list[tuple[np.ndarray, np.ndarray]], np.ndarray, _Left]:
    """Levels as of :class:`Peeling`, and the checks that had to be set aside for them."""
    left, levels, aside = _Left(matrix), [], []
    by_memory = MOST_REMAINDER_BITS // matrix.shape[1]
    most = min(by_memory, math.isqrt(MOST_ELIMINATION_STEPS // matrix.shape[1]))
    candidates = np.flatnonzero(left.degree == 1)
    while True:
        while len(candidates):
            checks, first = np.unique(left.owner[candidates], return_index=True)
            levels.append((checks, candidates[first]))
            touched = left.remove(checks)
            candidates = touched[left.degree[touched] == 1]
        if not left.degree.any():
            aside += np.flatnonzero(left.checks).tolist()  # without any variable
            return levels, np.array(aside, dtype=np.int64), left
        fewest = np.argmin(np.where(left.degree > 0, left.degree, matrix.shape[0] + 1))
        its_checks = left.by_variable.indices[slice(*left.by_variable.indptr[fewest : fewest + 2])]
        others = np.sort(its_checks[left.checks[its_checks]])[1:]
        aside += others.tolist()
        if len(aside) > most:
            raise InputError(
                f"the rank of {matrix.shape[0]} checks on {matrix.shape[1]} variables can only be "
                f"told by dense elimination of more than {most} of them; no more are eliminated"
            )
        touched = left.remove(others)
        candidates = touched[left.degree[touched] == 1]


_MOST_WORDS = 1 << 22  # of sums made at a time


def _clear(columns: np.ndarray, left: _Left, checks: np.ndarray, variables: np.ndarray) -> None:
    """Add the checks of a level to those set aside that hold their variables.

    Of the checks of one level each has its own variable alone.
    """
    used = np.flatnonzero(columns[variables].any(axis=1))
    checks, variables = checks[used], variables[used]
    step = max(1, _MOST_WORDS // columns.shape[1] // 16)
    for start in range(0, len(checks), step):
        part = checks[start : start + step]
        touched, counts = left.variables(part)
        source = np.repeat(variables[start : start + step], counts)
        order = np.argsort(touched, kind="stable")
        touched, source = touched[order], source[order]
        firsts = np.flatnonzero(np.diff(touched, prepend=-1))
        sums = np.bitwise_xor.reduceat(columns[source], firsts, axis=0)
        columns[touched[firsts]] ^= sums
