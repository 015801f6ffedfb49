"""Sharing magnitude maps: many real-valued tables become a few integer ones and an index.

Cost of a codebook: the sum over all tables of the squared distance, in APP LSB, to the entry that
stands for it. Entries are whole, nondecreasing and at most ``level_max``.
"""

from collections.abc import Callable

import numpy as np

_ROUNDS = 50


def integer_levels(
    tables: np.ndarray, level_max: int, cells: int, step: int = 1
) -> np.ndarray:
    """Round (..., levels) tables half up to multiples of ``step``, clip to 0..level_max; int64.

    Each run of ``cells`` levels (for a tie there is a second one) is made nondecreasing.
    """
    steps = np.floor(np.asarray(tables) / step + 0.5)
    whole = step * np.clip(steps, 0, level_max // step).astype(np.int64)
    runs = whole.reshape(*whole.shape[:-1], -1, cells)
    return np.maximum.accumulate(runs, axis=-1).reshape(whole.shape)


def share(
    tables: np.ndarray, max_maps: int, level_max: int, cells: int, step: int = 1
) -> tuple[np.ndarray, np.ndarray]:
    """Codebook of at most ``max_maps`` entries for (count, levels) float tables in APP LSB.

    With so few distinct rounded tables that all fit, nothing is lost but the rounding. Otherwise
    k-means from a deterministic start (entries far from each other first).

    Returns
    -------
    codebook : (entries, levels) int64, sorted, no two equal
    index : (count,) int64, nearest entry of each table
    """
    tables = np.asarray(tables, dtype=np.float64)
    rounded = integer_levels(tables, level_max, cells, step)
    distinct, index = distinct_rows(rounded)
    if len(distinct) <= max_maps:
        return distinct, index
    centres = _spread(tables, max_maps)
    for _ in range(_ROUNDS):
        chosen = nearest(tables, centres)
        moved = np.array(
            [
                tables[chosen == k].mean(axis=0) if (chosen == k).any() else centres[k]
                for k in range(len(centres))
            ]
        )
        if np.array_equal(moved, centres):
            break
        centres = moved
    codebook = np.unique(integer_levels(centres, level_max, cells, step), axis=0)
    used, index = np.unique(nearest(tables, codebook), return_inverse=True)
    return codebook[used], index.reshape(-1)


def fits(
    tables: np.ndarray, max_maps: int, level_max: int, cells: int, step: int = 1
) -> bool:
    """Whether a codebook of at most ``max_maps`` entries holds all rounded tables."""
    rounded = integer_levels(tables, level_max, cells, step)
    return len(distinct_rows(rounded)[0]) <= max_maps


def cost(tables: np.ndarray, codebook: np.ndarray, index: np.ndarray) -> float:
    """Mean squared distance (APP LSB squared, summed over the cells) of tables to their entries."""
    return float(((np.asarray(tables) - codebook[index]) ** 2).sum(axis=-1).mean())


def distinct_rows(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The different rows of whole numbers, sorted, and which of them each row is.

    What ``np.unique`` of axis 0 gives, whose sort compares row by row, in a tenth of its time.
    """
    key = np.zeros(len(rows), dtype=np.int64)
    for column in rows.T:
        values, place = np.unique(column, return_inverse=True)
        key = np.unique(key * len(values) + place, return_inverse=True)[1]
    _, first, index = np.unique(key, return_index=True, return_inverse=True)
    return rows[first], index


_AT_ONCE = 1 << 16  # tables whose distances are in memory together


def _spread(tables: np.ndarray, count: int) -> np.ndarray:
    chosen = [tables.mean(axis=0)]
    chosen[0] = tables[nearest(chosen[0][None], tables)[0]]
    while len(chosen) < count:
        distance = _over_parts(tables, np.array(chosen), lambda found: found.min(axis=1))
        chosen.append(tables[int(distance.argmax())])
    return np.array(chosen)


def nearest(tables: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """Number of the nearest of the centres (entries, levels), (count,), for each table."""
    return _over_parts(tables, centres, lambda found: found.argmin(axis=1))


def _over_parts(tables: np.ndarray, centres: np.ndarray, taken: Callable) -> np.ndarray:
    """``taken`` of the squared distances (tables, centres)."""
    parts = [tables[i : i + _AT_ONCE] for i in range(0, len(tables), _AT_ONCE)]
    return np.concatenate(
        [taken(((part[:, None] - centres[None]) ** 2).sum(axis=2)) for part in parts]
    )
