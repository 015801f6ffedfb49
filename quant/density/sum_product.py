"""Belief propagation by discretised density evolution (Chung, Forney, Richardson, Urbanke 2001).

LLRs are multiples of a step. On a symmetric channel a density is known by its magnitudes alone, and
the answer of a check to two magnitudes a, b is 2 atanh(tanh(a/2) tanh(b/2)). What lies between two
points of a grid is split so that the error probability stays what it is.
"""

import numpy as np
from scipy.sparse import csr_matrix
from scipy.special import expit

FINE_LLR, MIDDLE_LLR = 6.0, 12.0
"""Up to there checks know each step, then every second one, then every fifth."""


class SumProductRule:
    """As :class:`quant.density.check_rule.MinSumRule`, for bit 0 alone.

    step_llr : of the grid ; largest : in steps, of a message
    """

    def __init__(self, step_llr: float, largest: int):
        self.largest = largest
        steps = np.arange(largest + 1)
        llr = step_llr * steps
        spacing = np.where(llr <= FINE_LLR, 1, np.where(llr <= MIDDLE_LLR, 2, 5))
        self._points = steps[(steps % spacing == 0) | (steps == largest)]
        errors = expit(-llr[self._points])
        self._wrong = errors
        self._to_points = _split(expit(-llr), errors).toarray()
        reliable = np.tanh(llr[self._points] / 2)
        self._pairs = _split((1 - np.multiply.outer(reliable, reliable).ravel()) / 2, errors)

    def messages(self, iteration: int, edges: np.ndarray, v2c: np.ndarray) -> np.ndarray:
        """(degree, 1, values) -> (degree, 1, 1, 2 largest + 1)."""
        magnitude = self._magnitudes(v2c[:, 0]) @ self._to_points.T
        before, after = [magnitude[0]], [magnitude[-1]]
        for row in range(1, len(magnitude) - 1):
            before.append(self._both(before[-1], magnitude[row]))
            after.append(self._both(after[-1], magnitude[-1 - row]))
        inner = [self._both(*ends) for ends in zip(before[:-1], after[-2::-1], strict=True)]
        found = np.stack([after[-1], *inner, before[-1]])
        out = np.zeros((len(found), 2 * self.largest + 1))
        out[:, self.largest + self._points] = found * (1 - self._wrong)
        out[:, self.largest - self._points] += found * self._wrong
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


def _split(error: np.ndarray, errors: np.ndarray) -> csr_matrix:
    """(points, given): shares of the two points around each error probability.

    errors : of the points, falling
    """
    upper = np.searchsorted(-errors, -error).clip(1, len(errors) - 1)
    share = ((errors[upper - 1] - error) / (errors[upper - 1] - errors[upper])).clip(0, 1)
    given = np.arange(len(error))
    places = np.concatenate([upper, upper - 1]), np.concatenate([given, given])
    shape = len(errors), len(error)
    return csr_matrix((np.concatenate([share, 1 - share]), places), shape=shape)
