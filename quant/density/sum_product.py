"""Belief propagation by discretised density evolution (Chung, Forney, Richardson, Urbanke 2001).

LLRs are multiples of a step. On a symmetric channel a density is known by its magnitudes alone, and
the answer of a check to two magnitudes a, b is 2 atanh(tanh(a/2) tanh(b/2)); between two points of
the grid it is split so that the error probability stays what it is.
"""

import numpy as np
from scipy.sparse import csr_matrix
from scipy.special import expit


class SumProductRule:
    """As :class:`quant.density.check_rule.MinSumRule`, for bit 0 alone.

    step_llr : of the grid ; largest : in steps, of a message
    """

    def __init__(self, step_llr: float, largest: int):
        self.largest = largest
        llr = step_llr * np.arange(largest + 1)
        self._correct = expit(llr)
        both = np.multiply.outer(np.tanh(llr / 2), np.tanh(llr / 2)).ravel()
        error = (1 - both) / 2
        errors = 1 - self._correct  # falls
        upper = np.searchsorted(-errors, -error).clip(1, largest)
        share = ((errors[upper - 1] - error) / (errors[upper - 1] - errors[upper])).clip(0, 1)
        pairs = np.arange(len(both))
        self._pairs = csr_matrix(
            (np.concatenate([share, 1 - share]),
             (np.concatenate([upper, upper - 1]), np.concatenate([pairs, pairs]))),
            shape=(largest + 1, len(both)),
        )  # fmt: skip

    def messages(self, iteration: int, edges: np.ndarray, v2c: np.ndarray) -> np.ndarray:
        """(degree, 1, values) -> (degree, 1, 1, 2 largest + 1)."""
        magnitude = self._magnitudes(v2c[:, 0])
        before, after = [magnitude[0]], [magnitude[-1]]
        for row in range(1, len(magnitude) - 1):
            before.append(self._both(before[-1], magnitude[row]))
            after.append(self._both(after[-1], magnitude[-1 - row]))
        inner = [self._both(*ends) for ends in zip(before[:-1], after[-2::-1], strict=True)]
        found = np.stack([after[-1], *inner, before[-1]])
        out = np.zeros((len(found), 2 * self.largest + 1))
        out[:, self.largest :] = found * self._correct
        out[:, : self.largest + 1] += (found * (1 - self._correct))[:, ::-1]
        return out[:, None, None]

    def cells_of(self, v2c: np.ndarray) -> np.ndarray:
        """The answer does not depend on an edge's own message: one cell."""
        return v2c.sum(axis=-1, keepdims=True)

    def by_cell(self, v2c: np.ndarray) -> np.ndarray:
        """Likewise."""
        return v2c[..., None, :]

    def _magnitudes(self, v2c: np.ndarray) -> np.ndarray:
        """Densities (degree, values) to (degree, largest + 1), larger ones as the largest."""
        middle = v2c.shape[1] // 2
        folded = v2c[:, middle:].copy()
        folded[:, 1:] += v2c[:, middle - 1 :: -1]
        found = np.zeros((len(v2c), self.largest + 1))
        kept = min(self.largest + 1, folded.shape[1])
        found[:, :kept] = folded[:, :kept]
        found[:, -1] += folded[:, kept:].sum(axis=1)
        return found

    def _both(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return self._pairs @ np.multiply.outer(a, b).ravel()
