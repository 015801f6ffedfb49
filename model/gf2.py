"""Linear algebra over GF(2) on dense matrices: rows packed 64 to a word."""

import numpy as np


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


def transposed(words: np.ndarray, columns: int) -> np.ndarray:
    """The packed rows of the transposed matrix: (columns, ceil(rows/64)) uint64."""
    step = 4096  # rows at a time: unpacked they have a byte for each bit
    parts = [
        pack_rows(unpack_rows(words[start : start + step], columns).T)
        for start in range(0, max(1, len(words)), step)
    ]
    return np.hstack(parts)


def eliminate(words: np.ndarray, columns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Gauss-Jordan elimination in place, taking pivots in the order of ``columns``.

    Columns are taken 64 at a time: what their pivots do to each row is worked out on the 64
    columns alone and then done to whole rows, eight pivots in one addition from a table of sums
    (Arlazarov, Dinic, Kronrod, Faradzev, "On economical construction of the transitive closure of
    an oriented graph", 1970).

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
    for start in range(0, len(columns), 64):
        if len(pivot_rows) == len(words):
            break
        block = np.asarray(columns[start : start + 64], dtype=np.int64)
        bits = np.zeros(len(words), dtype=np.uint64)
        for i, column in enumerate(block.tolist()):
            word, bit = divmod(column, 64)
            bits |= (words[:, word] >> np.uint64(bit) & np.uint64(1)) << np.uint64(i)
        rows, places, sums = _pivots(bits, free, len(block))
        _add(words, words[rows], sums)
        pivot_rows += rows
        pivot_columns += block[places].tolist()
    return np.array(pivot_rows, dtype=np.int64), np.array(pivot_columns, dtype=np.int64)


def dense_rank(words: np.ndarray) -> int:
    """Rank of packed rows (not changed)."""
    rank = 0
    for word in range(words.shape[1]):
        if not words[:, word:].any():
            break
        free = np.ones(len(words), dtype=bool)
        rows, _, sums = _pivots(words[:, word].copy(), free, 64)
        if rows:
            pivots, words = words[rows], words[free]
            _add(words, pivots, sums[free], word)
            rank += len(rows)
    return rank


def _pivots(
    bits: np.ndarray, free: np.ndarray, count: int
) -> tuple[list[int], list[int], np.ndarray]:
    """Eliminate ``count`` columns, packed as (rows,) uint64; pivots come from ``free`` rows only.

    Returns the pivots' rows and places, and for each row, as a mask of pivots, which of the rows as
    they were must be added to it. ``bits`` and ``free`` change.
    """
    rows, places = [], []
    sums = np.zeros(len(bits), dtype=np.uint64)
    for place in range(count):
        ones = (bits >> np.uint64(place)) & np.uint64(1) != 0
        candidates = np.flatnonzero(ones & free)
        if not len(candidates):
            continue
        pivot = candidates[0]
        ones[pivot] = False
        bits[ones] ^= bits[pivot]
        sums[ones] ^= sums[pivot] ^ np.uint64(1 << len(rows))
        free[pivot] = False
        rows.append(int(pivot))
        places.append(place)
    return rows, places, sums


_STRIP_WORDS, _STRIP_ROWS = 256, 1024  # tables and rows in use at a time stay in the cache


def _add(words: np.ndarray, pivots: np.ndarray, sums: np.ndarray, first: int = 0) -> None:
    """Add to each row, from word ``first`` on, the pivots in its mask."""
    touched = np.flatnonzero(sums)
    for start in range(first, words.shape[1], _STRIP_WORDS):
        strip = slice(start, start + _STRIP_WORDS)
        tables = [_sums(pivots[i : i + 8, strip]) for i in range(0, len(pivots), 8)]
        for at in range(0, len(touched), _STRIP_ROWS):
            rows = touched[at : at + _STRIP_ROWS]
            part = words[rows, strip]
            for i, table in enumerate(tables):
                part ^= table[(sums[rows] >> np.uint64(8 * i) & np.uint64(255)).astype(np.int64)]
            words[rows, strip] = part


def _sums(rows: np.ndarray) -> np.ndarray:
    """(2^rows, words): entry m is the sum of the rows whose bit is set in m."""
    table = np.zeros((1 << len(rows), rows.shape[1]), dtype=np.uint64)
    for i, row in enumerate(rows):
        table[1 << i : 2 << i] = table[: 1 << i] ^ row
    return table
