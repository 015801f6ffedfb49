"""Ordered-statistics decoding: near maximum likelihood, the reference of short codes.

Fossorier and Lin, "Soft-decision decoding of linear block codes based on ordered statistics", IEEE
Trans. Inf. Theory 41 (5), 1995. Order 2: the word is made from its most reliable independent bits,
of which none, any one or any two are inverted; the candidate nearest to what was received counts.
"""

import numpy as np

from model.code import TannerGraph
from model.encode import Encoder
from model.errors import InputError

MOST_BITS = 64
TOGETHER = 1024


class OrderedStatistics:
    """Order-2 decoder of one code of at most 64 bits, all of them transmitted.

    A function from LLRs to decisions, as ``model.evaluate`` takes them.
    """

    def __init__(self, graph: TannerGraph):
        if graph.n != graph.n_variables or graph.n > MOST_BITS:
            raise InputError(
                f"ordered statistics: {graph.name} has {graph.n_variables} bits, {graph.n} of them "
                f"transmitted; all of at most {MOST_BITS} are due"
            )
        self.graph = graph
        encoder = Encoder(graph)
        rows = encoder.encode(np.eye(encoder.k, dtype=np.uint8)).astype(np.uint64)
        self._bit = np.uint64(1) << np.arange(graph.n, dtype=np.uint64)
        self._generator = (rows * self._bit).sum(axis=1, dtype=np.uint64)

    def __call__(self, llr: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return bits (frames, n), all verified, 0 iterations."""
        bits = np.concatenate(
            [self._decode(llr[i : i + TOGETHER]) for i in range(0, len(llr), TOGETHER)]
        )
        return bits, np.ones(len(llr), dtype=bool), np.zeros(len(llr), dtype=np.int64)

    def _decode(self, llr: np.ndarray) -> np.ndarray:
        frames, n = llr.shape
        each = np.arange(frames)
        basis, pivots = self._reliable_basis(np.argsort(-np.abs(llr), axis=1, kind="stable"))
        signs = 1.0 - 2.0 * ((basis[:, :, None] & self._bit) != 0)  # (frames, k, n)
        hard = llr < 0
        wanted = np.take_along_axis(hard, pivots, axis=1)
        # Order 0: the sum of the basis words whose pivot bit is received as 1.
        zero = np.bitwise_xor.reduce(np.where(wanted, basis, np.uint64(0)), axis=1)
        agreement = llr * (1.0 - 2.0 * ((zero[:, None] & self._bit) != 0))
        # What a candidate agrees with the LLRs: a sum over bits, of all pairs a Gram matrix. Its
        # diagonal is order 0, as a word twice inverted is as it was.
        pairs = (signs * agreement[:, None]) @ signs.transpose(0, 2, 1)
        single = (signs @ agreement[:, :, None])[:, :, 0]
        k = basis.shape[1]
        flat = pairs.reshape(frames, -1)
        best_pair, best_one = flat.argmax(axis=1), single.argmax(axis=1)
        first, second = best_pair // k, best_pair % k
        with_two = zero ^ basis[each, first] ^ basis[each, second]
        with_one = zero ^ basis[each, best_one]
        one_is_better = single[each, best_one] > flat[each, best_pair]
        word = np.where(one_is_better, with_one, with_two)
        return ((word[:, None] & self._bit) != 0).astype(np.uint8)

    def _reliable_basis(self, order: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """A basis of the code for each frame, by its bits in ``order`` (frames, n).

        Returns words (frames, k), each with a bit that it alone has among them, and those bits:
        the first independent ones of the order.
        """
        frames, n = order.shape
        k = len(self._generator)
        each = np.arange(frames)
        basis = np.tile(self._generator, (frames, 1))
        pivots = np.zeros((frames, k), dtype=np.int64)
        count = np.zeros(frames, dtype=np.int64)
        for place in range(n):
            bit = self._bit[order[:, place]][:, None]
            has = (basis & bit) != 0
            free = has & (np.arange(k) >= count[:, None])
            found = free.any(axis=1)
            rows = each[found]
            if len(rows) == 0:
                if (count == k).all():
                    break
                continue
            row, to = free[found].argmax(axis=1), count[found]
            pivot = basis[rows, row]
            basis[rows, row] = basis[rows, to]
            basis[rows, to] = pivot
            others = (basis[rows] & bit[rows]) != 0
            others[np.arange(len(rows)), to] = False
            basis[rows] ^= np.where(others, pivot[:, None], np.uint64(0))
            pivots[rows, to] = order[rows, place]
            count[rows] += 1
        return basis, pivots
