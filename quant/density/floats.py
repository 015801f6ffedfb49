"""Density evolution of float decoders beside those of integers: a fine grid of LLRs.

What decoders of an ensemble can reach at most, whatever their alphabet: belief propagation, and
min-sum whose messages are all multiplied by a factor.
"""

import numpy as np
from scipy.stats import norm

from quant.code_section import CodeSection
from quant.density.check_rule import MinSumRule
from quant.density.evolution import Evolution
from quant.density.integers import deviation
from quant.density.protograph import Protograph
from quant.density.sum_product import SumProductRule

STEP_LLR = 0.1
LARGEST_LLR = 25.0
"""Of a message and of a sum: wrong ones as large as that are less than one in 10^10."""


def normal_values(sigma: float, step_llr: float, largest: int) -> np.ndarray:
    """(2 largest + 1,): LLRs of bit 0 over AWGN, each rounded to the nearest step."""
    mean = 2 / sigma**2
    ends = step_llr * (np.arange(-largest, largest) + 0.5)
    below = (np.concatenate([[-np.inf], ends, [np.inf]]) - mean) / np.sqrt(2 * mean)
    return np.where(below[1:] <= 0, np.diff(norm.cdf(below)), -np.diff(norm.sf(below)))


class FloatEnsemble:
    """The ensemble of a code's base graph under a float decoder.

    Parameters
    ----------
    code : whose base graph
    layers : as in :class:`quant.density.evolution.Evolution`
    alpha : factor of all messages of min-sum, None: belief propagation
    """

    def __init__(self, code: CodeSection, layers, alpha: float | None, step_llr: float = STEP_LLR):
        self.graph, self.layers, self.step_llr = Protograph(code), layers, step_llr
        self.most = round(LARGEST_LLR / step_llr)
        if alpha is None:
            self.rule = SumProductRule(step_llr, self.most)
        else:
            cells = np.arange(self.most + 1)
            levels = np.floor(alpha * cells + 0.5).astype(int)
            self.rule = MinSumRule(cells[1:], [levels], np.zeros((1, self.graph.edges), int))

    def at(self, ebn0_db: float) -> Evolution:
        """Before the first iteration."""
        sigma = deviation(ebn0_db, self.graph.rate)
        sent = normal_values(sigma, self.step_llr, self.most)
        rest = np.zeros((2, len(sent)))
        rest[0, self.most] = rest[1, -1] = 1
        share = self.graph.sent[:, None]
        values = share * sent + (1 - share) * rest[self.graph.known.astype(int)]
        return Evolution(self.graph, values[:, None, None], self.rule, self.layers, self.most)
