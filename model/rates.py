"""Counted error rates: 95 % intervals, and where a curve of them meets a target."""

import math
from collections.abc import Sequence

import numpy as np

NORMAL_95 = 1.959964


def wilson(errors: int, trials: int) -> tuple[float, float]:
    """Return the Wilson score interval of a rate (Wilson, J. Am. Stat. Assoc. 22, 1927)."""
    from scipy.stats import binomtest  # takes a second, which few commands need

    low, high = binomtest(errors, trials).proportion_ci(method="wilson")
    return float(low), float(high)


def design_effect(errors: int, squares: int, trials: int, clusters: int) -> float:
    """Return how much more a count scatters than with independent trials, at least 1.

    Bits of one frame (or channel) are good or bad together: the variance of the errors in a
    cluster over that of a binomial count (Kish, "Survey Sampling", 1965).

    Args:
        errors: Errors counted in all.
        squares: Sum over the clusters of the squared number of errors in a cluster.
        trials: Bits in all.
        clusters: Frames (or channels), of equal size.
    """
    rate = errors / trials
    if clusters < 2 or not 0 < rate < 1:
        return 1.0
    mean = errors / clusters
    variance = (squares - clusters * mean**2) / (clusters - 1)
    return max(1.0, variance / (mean * (1 - rate)))


def clustered(errors: int, squares: int, trials: int, clusters: int) -> tuple[float, float]:
    """Return the Wilson interval with both counts divided by the design effect.

    SciPy's takes whole counts only. Same 95 % quantile and formula; see ``wilson``.
    """
    rate = errors / trials
    part = NORMAL_95**2 * design_effect(errors, squares, trials, clusters) / trials
    middle, half = rate + part / 2, math.sqrt(part * (rate * (1 - rate) + part / 4))
    return max(0.0, (middle - half) / (1 + part)), min(1.0, (middle + half) / (1 + part))


def crossing(ebn0_db: Sequence[float], rates: Sequence[float], target: float) -> float:
    """Return the Eb/N0 where a falling curve meets ``target``; nan if no neighbours enclose it.

    Interpolates log10 of the rate linearly in dB.
    """
    logs = np.log10(np.maximum(rates, 1e-12)) - np.log10(target)
    for i in range(len(logs) - 1):
        if logs[i] >= 0 >= logs[i + 1] and logs[i] > logs[i + 1]:
            part = logs[i] / (logs[i] - logs[i + 1])
            return float(ebn0_db[i] + part * (ebn0_db[i + 1] - ebn0_db[i]))
    return float("nan")
