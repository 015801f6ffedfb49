"""Soft output: max-log LLRs of an estimate r, their scale, and what they are worth.

LLR = ln P(bit = 0) / P(bit = 1), positive means 0 (model.channel). An axis with levels l:

    LLR_i = (min over l of bit i = 1 of (r - l)^2 - min over l of bit i = 0 of (r - l)^2)
            / (2 noise^2)

Bit mutual information: I = 1 - E[log2(1 + exp(-(1 - 2 bit) LLR))], 1 at best; what a decoder that
believes the LLRs can make of them (Martinez, Guillen i Fabregas, Caire, Willems, "Bit-interleaved
coded modulation revisited", IEEE Trans. Inf. Theory 55 (6), 2009, at s = 1). A wrong scale lowers
it.
"""

import numpy as np

from model.mimo.constellation import Constellation


def llrs(estimate: np.ndarray, points: Constellation, noise: float | np.ndarray) -> np.ndarray:
    """Return (..., bits_per_symbol) float32 LLRs, the bits of the real part first.

    Args:
        estimate: (...) complex r.
        points: The constellation.
        noise: Standard deviation of the noise an axis, broadcasts over (...).
    """
    axes = np.stack([estimate.real, estimate.imag], axis=-1)[..., None]
    levels = np.arange(2**points.bits_per_axis)
    gray = levels ^ (levels >> 1)
    squares = (axes - points.levels.astype(np.float32)) ** 2
    found = []
    for shift in range(points.bits_per_axis - 1, -1, -1):
        one = (gray >> shift & 1).astype(bool)
        found.append(squares[..., one].min(axis=-1) - squares[..., ~one].min(axis=-1))
    scale = 2 * np.asarray(noise, dtype=np.float32)[..., None] ** 2
    soft = np.stack(found, axis=-1).reshape(*estimate.shape, points.bits_per_symbol)
    return soft / scale


def mutual_information(soft: np.ndarray, bits: np.ndarray) -> float:
    """Return the bit mutual information of LLRs about the bits sent, same shapes."""
    agreement = soft * (1 - 2 * bits.astype(np.float32))
    return 1 - float(np.logaddexp(0, -agreement).mean(dtype=np.float64)) / float(np.log(2))


def best_noise(estimate: np.ndarray, bits: np.ndarray, points: Constellation) -> float:
    """Return the one noise deviation whose LLRs have the highest mutual information.

    Golden-section search: the mutual information is concave in the scale of the LLRs.

    Args:
        estimate: (...) complex r.
        bits: (..., bits_per_symbol) bits sent.
        points: The constellation.
    """
    unscaled = llrs(estimate, points, 1.0)
    low, high = np.log(0.02 * points.unit), np.log(5 * points.unit)
    ratio = (5**0.5 - 1) / 2

    def loss(log_noise: float) -> float:
        return -mutual_information(unscaled * np.float32(np.exp(-2 * log_noise)), bits)

    inner = [high - ratio * (high - low), low + ratio * (high - low)]
    losses = [loss(place) for place in inner]
    while high - low > 1e-3:
        if losses[0] < losses[1]:
            high, inner[1], losses[1] = inner[1], inner[0], losses[0]
            inner[0] = high - ratio * (high - low)
            losses[0] = loss(inner[0])
        else:
            low, inner[0], losses[0] = inner[0], inner[1], losses[1]
            inner[1] = low + ratio * (high - low)
            losses[1] = loss(inner[1])
    return float(np.exp((low + high) / 2))
