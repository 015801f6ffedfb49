"""Which weights parallel decoders try: points of the distribution that training finds.

Tasdighi and Yousefi 2025, equations 15 and 16: a static decoder with a weight for every edge is
trained; the weights of an iteration are taken as samples of a normal distribution, and the points
to try are its quantiles.
"""

import itertools

import numpy as np
from scipy.stats import norm

from model.errors import InputError
from model.parameters import Parameters


def distribution(trained: Parameters) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and standard deviation, (iterations,) each, of the weights of each iteration."""
    weights = trained.alpha
    if trained.layout != "edge":
        edges = np.bincount(trained.graph.block_edge_of_edge)
        weights = np.repeat(weights, edges, axis=1)
    return weights.mean(axis=1), weights.std(axis=1)


def points(mean: np.ndarray, deviation: np.ndarray, count: int) -> np.ndarray:
    """Return (count, iterations) weights: the middles of ``count`` parts of equal probability.

    ``count`` is odd, so that the mean is among them: it comes first, then from the smallest on.
    Weights below 0 are 0.
    """
    if count < 1 or count % 2 == 0:
        raise InputError(f"count of weights must be odd and at least 1, not {count}")
    place = norm.ppf((2 * np.arange(count) + 1) / (2 * count))
    place = np.concatenate([[0.0], np.delete(place, count // 2)])
    return np.maximum(mean + place[:, None] * deviation, 0.0)


def sequences(found: np.ndarray, depth: int) -> np.ndarray:
    """Return (count ** depth, iterations): each of the points in each of the first iterations.

    Iterations after the first ``depth`` have the mean. The first sequence is the mean throughout.
    """
    count, iterations = found.shape
    if not 1 <= depth <= iterations:
        raise InputError(f"depth must lie in 1..{iterations}, not {depth}")
    chosen = np.array(list(itertools.product(range(count), repeat=depth)))
    rows = np.tile(found[0], (len(chosen), 1))
    rows[:, :depth] = found[chosen, np.arange(depth)]
    return rows
