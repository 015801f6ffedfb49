"""Density evolution of a spec: its own channel quantiser, thresholds, levels and schedule."""

import numpy as np
from scipy.stats import norm

from model.errors import InputError
from quant.density.check_rule import MinSumRule
from quant.density.evolution import Evolution
from quant.density.protograph import Protograph
from quant.spec import Channel, Spec
from quant.validate import largest_sums

MOST_CLASSES = 16
"""Of channel values, where messages depend on them."""


def deviation(ebn0_db: float, rate: float) -> float:
    """Noise deviation at Eb/N0 for BPSK of amplitude 1."""
    return float(np.sqrt(1 / (2 * rate * 10 ** (ebn0_db / 10))))


def odd_symmetric(spec: Spec) -> bool:
    """Whether no sum is ever 0, so that the decoder treats both bits alike.

    All channel values are odd, every bit has one, and all levels are even. Elsewhere a sum may be
    0, which counts as positive: densities are then followed for both bits.
    """
    levels_even = not any(level & 1 for levels in spec.maps.codebook for level in levels)
    every_bit = spec.n == spec.n_variables
    return spec.channel.only_odd and levels_even and every_bit


def channel_values(channel: Channel, sigma: float) -> np.ndarray:
    """(2, 2 largest + 1): probability of each value in APP LSB over AWGN, given the bit.

    A code's LLRs are an interval; the LLR of bit 0 is normal with mean 2 / sigma^2 and twice that
    as its variance. ``Channel`` says which intervals.
    """
    mean = 2 / sigma**2
    codes = np.arange(channel.minimum_code, channel.maximum_code + 1)
    if channel.values:
        inner = np.concatenate([-np.array(channel.cuts)[::-1], [0.0], channel.cuts])
    else:
        inner = codes[1:] - (0.0 if channel.rise == "mid_rise" else 0.5)
    edges = np.concatenate([[-np.inf], inner * channel.lsb_llr, [np.inf]])
    spread = np.sqrt(2 * mean)
    below = (edges - mean) / spread
    # Differences of the nearer tail: small probabilities keep their digits.
    zero = np.where(below[1:] <= 0, np.diff(norm.cdf(below)), -np.diff(norm.sf(below)))
    values = channel.steps_of(codes) << channel.app_shift
    found = np.zeros((2, 2 * channel.largest + 1))
    np.add.at(found[0], values + channel.largest, zero)
    other = np.diff(norm.cdf((edges + mean) / spread))
    np.add.at(found[1], values + channel.largest, other)
    return found


def column_values(spec: Spec, graph: Protograph, sigma: float) -> np.ndarray:
    """(columns, 2, values): with bits that are not sent, which begin as golden begins them."""
    sent = channel_values(spec.channel, sigma)
    erased, known = np.zeros_like(sent), np.zeros_like(sent)
    erased[:, spec.channel.largest] = 1
    known[0, -1] = known[1, 0] = 1
    rest = np.where(graph.known[:, None, None], known, erased)
    share = graph.sent[:, None, None]
    return share * sent + (1 - share) * rest


class IntegerEnsemble:
    """The ensemble of a spec's base graph under the spec's decoder, its first try.

    graph : that base graph, if it is there already

    Raises ``InputError`` for relaxed messages: what an edge remembers of iterations before depends
    on what it is told now, and densities of single iterations do not say how.
    """

    def __init__(self, spec: Spec, graph: Protograph | None = None):
        if spec.relaxation is not None:
            raise InputError(
                f"{spec.name}: its messages are relaxed; density evolution is for messages that "
                "depend on the last iteration alone"
            )
        self.spec, self.graph = spec, graph or Protograph(spec.code)
        self.rule = MinSumRule(spec.thresholds, spec.maps.codebook, spec.maps.index)
        self.bits = 1 if odd_symmetric(spec) else 2
        self._span = max(largest_sums(spec.code, spec.channel, spec.maps))

    def at(self, ebn0_db: float) -> Evolution:
        """Before the first iteration."""
        spec = self.spec
        sigma = deviation(ebn0_db, self.graph.rate)
        values = column_values(spec, self.graph, sigma)[:, : self.bits, None]
        if spec.tie_levels:
            values = values * _classes(values.any(axis=(0, 1, 2)))
        layers = None if spec.flooding else spec.layer_order
        return Evolution(self.graph, values, self.rule, layers, spec.app_max, self._span)


def _classes(there: np.ndarray) -> np.ndarray:
    """(classes, values) 0 or 1: each value that is there in one class, neighbours together."""
    places = np.flatnonzero(there)
    found = np.zeros((min(len(places), MOST_CLASSES), len(there)))
    found[np.arange(len(places)) * len(found) // len(places), places] = 1
    return found
