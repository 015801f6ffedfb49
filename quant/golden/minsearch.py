"""Minimum search of one check row over magnitude indices."""

import numpy as np


def two_minima(index: np.ndarray, largest: int) -> tuple[np.ndarray, np.ndarray]:
    """Smallest and second smallest along axis 0, with multiplicity.

    Parameters
    ----------
    index : (degree, ...) uint8 magnitude indices
    largest : the top index; it stands in for the second minimum of a degree-1 row

    Returns
    -------
    m1, m2 : uint8 of shape ``index.shape[1:]``
    """
    m1 = np.full(index.shape[1:], largest, dtype=np.uint8)
    m2 = m1.copy()
    for x in index:
        m2 = np.minimum(m2, np.maximum(m1, x))
        m1 = np.minimum(m1, x)
    return m1, m2


def extrinsic_index(index: np.ndarray, m1: np.ndarray, m2: np.ndarray) -> np.ndarray:
    """Minimum over the other edges of the row: m2 where the edge holds m1, else m1."""
    return m1 + (index == m1) * (m2 - m1)


def run_of_levels(index: np.ndarray, m1: np.ndarray, m2: np.ndarray, runs: int) -> np.ndarray:
    """Which run of a map's levels answers an edge (:class:`quant.spec.Maps`); uint8 like ``index``.

    Of the other edges so many more than one hold the smallest index, as far as the row tells: it
    counts those that hold its smallest up to ``runs``, two or three, and not those of the next one.
    """
    own = index == m1
    count = (m1 == m2).astype(np.uint8) + np.uint8(1)
    if runs > 2:
        count += own.sum(axis=0, dtype=np.uint16) > 2
    return np.maximum(count - own, 1) - np.uint8(1)
