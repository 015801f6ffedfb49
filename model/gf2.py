"""Linear algebra over GF(2): rows packed 64 to a word, and peeling of sparse matrices.

Everything the codes need is a rank and, for the encoder, the inverse of a small dense remainder.
Peeling (Richardson and Urbanke, "Efficient encoding of low-density parity-check codes", 2001)
removes the checks that own a variable no other remaining check sees; only what is left is
eliminated densely. The extension part of a 5G code peels away whole.
"""

from dataclasses import dataclass

import numpy as np
from scipy import sparse


def pack_rows(matrix: np.ndarray) -> np.ndarray:
    """Pack a (rows, columns) 0/1 array into (rows, ceil(columns/64)) uint64 words."""
    rows, columns = matrix.shape
    words = max(1, -(-columns // 64))
    padded = np.zeros((rows, words * 64), dtype=np.uint8)
    padded[:, :columns] = matrix
    return np.packbits(padded, axis=1, bitorder="little").view("<u8").astype(np.uint64)


def unpack_rows(words: np.ndarray, columns: int) -> np.ndarray:
    """Inverse of ``pack_rows``: (rows, columns) uint8."""
    octets = np.ascontiguousarray(words.astype("<u8")).view(np.uint8)
    return np.unpackbits(octets, axis=1, count=columns, bitorder="little")


def eliminate(words: np.ndarray, columns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Gauss-Jordan elimination in place, taking pivots in the order of ``columns``.

    Parameters
    ----------
    words : (rows, words) uint64, packed rows; changed in place
    columns : column indices to try, first tried first

    Returns
    -------
    pivot_rows, pivot_columns : (rank,) int64. Row ``pivot_rows[i]`` is afterwards the only one
        with a 1 in ``pivot_columns[i]``.
    """
    free = np.ones(len(words), dtype=bool)
    pivot_rows, pivot_columns = [], []
    for column in columns:
        if len(pivot_rows) == len(words):
            break
        word, bit = divmod(int(column), 64)
        ones = (words[:, word] >> np.uint64(bit)) & np.uint64(1) != 0
        candidates = np.flatnonzero(ones & free)
        if not len(candidates):
            continue
        pivot = candidates[0]
        ones[pivot] = False
        words[ones] ^= words[pivot]
        free[pivot] = False
        pivot_rows.append(pivot)
        pivot_columns.append(column)
    return np.array(pivot_rows, dtype=np.int64), np.array(pivot_columns, dtype=np.int64)


def dense_rank(words: np.ndarray) -> int:
    """Rank of packed rows (not changed)."""
    words = words.copy()
    rank = 0
    for row in range(len(words)):
        nonzero = np.flatnonzero(words[row])
        if not len(nonzero):
            continue
        rank += 1
        word = nonzero[0]
        value = words[row, word]
        lowest = value & (~value + np.uint64(1))
        below = row + 1 + np.flatnonzero(words[row + 1 :, word] & lowest)
        words[below, word:] ^= words[row, word:]
    return rank


@dataclass(frozen=True)
class Peeling:
    """Order in which checks can be solved once the remainder is known.

    ``levels[t] = (checks, variables)``: equally long arrays; ``variables[i]`` occurs in
    ``checks[i]`` and in no other check that is left at level t. Solving goes from the last level
    to the first. ``checks_left`` are the row indices of the remainder.
    """

    levels: list[tuple[np.ndarray, np.ndarray]]
    checks_left: np.ndarray


def peel(matrix: sparse.csr_matrix, allowed: np.ndarray) -> Peeling:
    """Peel ``matrix`` (checks, variables) through variables marked in ``allowed`` (bool)."""
    by_variable = matrix.tocsc()
    by_check = matrix.tocsr()
    degree = np.diff(by_variable.indptr).copy()
    left = np.ones(matrix.shape[0], dtype=bool)
    levels = []
    candidates = np.flatnonzero((degree == 1) & allowed)
    while len(candidates):
        owners = []
        for variable in candidates:
            span = slice(by_variable.indptr[variable], by_variable.indptr[variable + 1])
            rows = by_variable.indices[span]
            owners.append(rows[left[rows]][0])
        # Two variables may share their only check: the right-most one becomes the parity bit.
        checks, first = np.unique(np.array(owners)[::-1], return_index=True)
        variables = candidates[::-1][first]
        levels.append((checks, variables))
        left[checks] = False
        touched = np.concatenate(
            [by_check.indices[by_check.indptr[c] : by_check.indptr[c + 1]] for c in checks]
        )
        np.subtract.at(degree, touched, 1)
        touched = np.unique(touched)
        candidates = touched[(degree[touched] == 1) & allowed[touched]]
    return Peeling(levels, np.flatnonzero(left))


def sparse_rank(matrix: sparse.csr_matrix) -> int:
    """Rank over GF(2) of a sparse 0/1 matrix."""
    peeling = peel(matrix, np.ones(matrix.shape[1], dtype=bool))
    rest = matrix.tocsr()[peeling.checks_left]
    used = np.unique(rest.indices)
    peeled = matrix.shape[0] - len(peeling.checks_left)
    if not len(used):
        return peeled
    return peeled + dense_rank(pack_rows(rest[:, used].toarray()))
