"""Guides in a plot of frame error rates: no code at all, and the best code of this length."""

import numpy as np

_NODES, _WEIGHTS = np.polynomial.hermite.hermgauss(96)


def uncoded(ebn0_db: float, k: int) -> float:
    """Rate of frames with a wrong bit among ``k`` uncoded BPSK bits over AWGN."""
    from scipy.special import ndtr  # takes time, which only plots need

    flip = ndtr(-np.sqrt(2.0 * 10.0 ** (ebn0_db / 10.0)))
    return float(-np.expm1(k * np.log1p(-flip)))


def normal_approximation(ebn0_db: float, n: int, k: int) -> float:
    """Frame error rate that codes of length ``n`` reach on BPSK over AWGN, about.

    k = n C - sqrt(n V) Q^-1(rate) + log2(n) / 2 with capacity C and dispersion V of the channel:
    Polyanskiy, Poor, Verdu, "Channel coding rate in the finite blocklength regime", IEEE Trans.
    Inf. Theory 56 (5), 2010, eq. (296).
    """
    from scipy.special import ndtr

    sigma = (2.0 * k / n * 10.0 ** (ebn0_db / 10.0)) ** -0.5
    noise = np.sqrt(2.0) * _NODES
    llr = 2.0 * (1.0 + sigma * noise) / sigma**2
    density = 1.0 - np.logaddexp(0.0, -llr) / np.log(2.0)  # information density in bits
    weights = _WEIGHTS / np.sqrt(np.pi)
    capacity = float(weights @ density)
    dispersion = float(weights @ (density - capacity) ** 2)
    margin = n * capacity - k + 0.5 * np.log2(n)
    return float(ndtr(-margin / np.sqrt(n * dispersion)))


def guides(n: int, k: int, ebn0_db: list[float], lowest: float) -> dict[str, list]:
    """Curves for ``model.curves.draw``, from where the bound leaves 1 to rate ``lowest``."""
    at = np.linspace(min(ebn0_db) - 1.5, max(ebn0_db), 100)
    bound = [(x, normal_approximation(x, n, k)) for x in at]
    bound = [(x, y) for x, y in bound if lowest <= y <= 0.9]
    first = min([x for x, _ in bound] + [min(ebn0_db)])
    return {
        f"{k} uncoded bits, BPSK": [(x, uncoded(x, k)) for x in at if x >= first],
        f"best ({n}, {k}) code, about": bound,
    }
