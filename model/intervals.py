"""How sure a counted error rate is: 95 % intervals of frame and bit error rates."""

import math

NORMAL_95 = 1.959964


def wilson(errors: float, trials: float, deviations: float = NORMAL_95) -> tuple[float, float]:
    """Return the Wilson score interval of a rate (Wilson, J. Am. Stat. Assoc. 22, 1927)."""
    rate, square = errors / trials, deviations**2
    middle = (rate + square / (2 * trials)) / (1 + square / trials)
    half = math.sqrt(rate * (1 - rate) / trials + square / (4 * trials**2))
    half *= deviations / (1 + square / trials)
    return max(0.0, middle - half), min(1.0, middle + half)


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
    """Return the Wilson interval with both counts divided by the design effect."""
    effect = design_effect(errors, squares, trials, clusters)
    return wilson(errors / effect, trials / effect)
