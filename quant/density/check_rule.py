"""One row of check nodes on distributions: the rule of :mod:`quant.golden.check`, exact.

The messages of a row's other edges are independent, their bits uniform with an even sum. So sign,
bit and minimum of the others follow from products of characters, one for each parity of signs, each
parity of bits and each magnitude index:

    F(a, b, j) = sum over s, x of (-1)^(a s + b x) P(sign s, index >= j | bit x) / 2
"""

import numpy as np

SIGNS = np.array([[1.0, 1.0], [1.0, -1.0]])
BITS = {1: (np.ones((1, 1)), np.ones((1, 1))), 2: (SIGNS / 2, SIGNS)}
"""Number of bits that densities are given for -> matrix to characters, and back.

One: only for bit 0, where those for bit 1 are the mirror image. The way back divides by one half:
the probability that the sum of the others' bits is the edge's own.
"""


def products_of_others(factors: np.ndarray) -> np.ndarray:
    """For each entry along axis 0 the product of all others, without a division."""
    before = np.ones_like(factors)
    np.cumprod(factors[:-1], axis=0, out=before[1:])
    after = np.ones_like(factors)
    np.cumprod(factors[:0:-1], axis=0, out=after[-2::-1])
    return before * after


def products_with(many: np.ndarray, one: np.ndarray, count: int) -> np.ndarray:
    """Of the others: the sum over ``count`` of them of their ``one`` times ``many`` of the rest."""

    def along(rows: range) -> list[list]:
        """Before each row of ``rows`` and behind the last: with none, one, ... of them."""
        found = [[np.ones_like(many[0]), *[np.zeros_like(many[0])] * count]]
        for row in rows:
            last = found[-1]
            more = [last[n] * many[row] + last[n - 1] * one[row] for n in range(1, count + 1)]
            found.append([last[0] * many[row], *more])
        return found

    degree = len(many)
    before, after = along(range(degree - 1)), along(range(degree - 1, 0, -1))
    return np.stack(
        [
            sum(before[i][n] * after[degree - 1 - i][count - n] for n in range(count + 1))
            for i in range(degree)
        ]
    )


def smallest_of_others(index: np.ndarray) -> np.ndarray:
    """Distribution of the others' smallest index and of the parity of their signs.

    index : (degree, bits, 2, cells) probability of sign and magnitude index, given the edge's bit

    Returns the same shape: given the bit that the edge's own check says.
    """
    reached = np.flip(np.cumsum(np.flip(index, -1), -1), -1)
    return _falls(_back(products_of_others(_characters(reached))))


def smallest_held(index: np.ndarray, count: int) -> np.ndarray:
    """The part of :func:`smallest_of_others` where so many other edges hold the smallest index."""
    reached = np.flip(np.cumsum(np.flip(index, -1), -1), -1)
    above = np.concatenate([reached[..., 1:], np.zeros_like(reached[..., :1])], axis=-1)
    return np.maximum(_back(products_with(_characters(above), _characters(index), count)), 0.0)


def _characters(values: np.ndarray) -> np.ndarray:
    to, _ = BITS[values.shape[1]]
    return np.einsum("bx,as,exsj->ebaj", to, SIGNS, values, optimize=True)


def _back(characters: np.ndarray) -> np.ndarray:
    _, back = BITS[characters.shape[1]]
    return np.einsum("xb,sa,ebaj->exsj", back, SIGNS / 2, characters, optimize=True)


def _falls(reached: np.ndarray) -> np.ndarray:
    """P(index >= j) to P(index = j)."""
    found = reached.copy()
    found[..., :-1] -= reached[..., 1:]
    return np.maximum(found, 0.0)


class MinSumRule:
    """Messages of a row from those to it: thresholds, two minima, levels by map, also for ties.

    Parameters
    ----------
    thresholds : ascending, in steps of the grid
    codebook : (entries, levels) int, levels as in :class:`quant.spec.Maps`
    index : (iterations, edges) entry of the codebook; the last row is also that of all behind it
    """

    def __init__(self, thresholds, codebook, index):
        self.thresholds, self.codebook = np.array(thresholds), np.array(codebook)
        self.index, self.largest = np.array(index), int(np.max(codebook))
        self.cells = len(self.thresholds) + 1
        self.runs = self.codebook.shape[1] // self.cells
        self._cells_of = {}

    def messages(self, iteration: int, edges: np.ndarray, v2c: np.ndarray) -> np.ndarray:
        """What the row's edges are told, given the bit and the cell of their own message.

        v2c : (degree, bits, values) centred on 0

        Returns (degree, bits, cells, 2 largest + 1); one cell where the answer does not depend on
        the edge's own message.
        """
        index = self._indices(v2c)
        found = smallest_of_others(index)
        levels = self.codebook[self.index[min(iteration, len(self.index) - 1)][edges]]
        if self.runs == 1:
            return self._scattered(found, levels)[:, :, None]
        once = np.minimum(smallest_held(index, 1), found)
        twice_or_more = found - once
        counts = self.runs > 2
        if counts:
            thrice_or_more = np.maximum(twice_or_more - smallest_held(index, 2), 0.0)
        out = np.empty((*found.shape[:2], self.cells, 2 * self.largest + 1))
        said = self._scattered(found, levels)
        for cell in range(self.cells):
            if counts:  # an own index that is the smallest knows of others that are, too
                self._move(said, twice_or_more, levels, cell, 0)
            out[:, :, cell] = said
            # An own index above the smallest knows how often that is there.
            if counts:
                self._move(said, thrice_or_more, levels, cell, 1)
            else:
                self._move(said, twice_or_more, levels, cell, 0)
        return np.maximum(out, 0.0)

    def cells_of(self, v2c: np.ndarray) -> np.ndarray:
        """(..., values) -> (..., cells): probabilities of the cells that :meth:`by_cell` tells."""
        if self.runs == 1:
            return v2c.sum(axis=-1, keepdims=True)
        return v2c @ self._cell_parts(v2c.shape[-1])

    def by_cell(self, v2c: np.ndarray) -> np.ndarray:
        """(..., values) -> (..., cells, values): the parts of each cell of an edge's own message,
        one cell where the answer does not depend on it.
        """
        if self.runs == 1:
            return v2c[..., None, :]
        return v2c[..., None, :] * self._cell_parts(v2c.shape[-1]).T

    def _cell_parts(self, size: int) -> np.ndarray:
        """(values, cells)."""
        parts = self._place(size)
        return parts[:, : self.cells] + parts[:, self.cells :]

    def _place(self, size: int) -> np.ndarray:
        """(values, 2 cells): 1 where a value has that sign and cell."""
        if size not in self._cells_of:
            value = np.arange(size) - size // 2
            cell = np.searchsorted(self.thresholds, np.abs(value), side="right")
            place = (value < 0) * self.cells + cell
            self._cells_of[size] = (place[:, None] == np.arange(2 * self.cells)).astype(float)
        return self._cells_of[size]

    def _indices(self, v2c: np.ndarray) -> np.ndarray:
        """Values to (degree, bits, sign, cell)."""
        found = v2c @ self._place(v2c.shape[-1])
        return found.reshape(*v2c.shape[:-1], 2, self.cells)

    def _scattered(self, found: np.ndarray, levels: np.ndarray) -> np.ndarray:
        """Probabilities (degree, bits, sign, cell) to those of values (degree, bits, values)."""
        out = np.zeros((*found.shape[:2], 2 * self.largest + 1))
        for cell in range(found.shape[-1]):
            self._add(out, found[..., cell], levels[:, cell])
        return out

    def _move(self, out, found, levels, smallest: int, run: int) -> None:
        """What is said of that smallest index in that run to the next run."""
        self._add(out, found[..., smallest], levels[:, (run + 1) * self.cells + smallest])
        self._add(out, -found[..., smallest], levels[:, run * self.cells + smallest])

    def _add(self, out: np.ndarray, found: np.ndarray, level: np.ndarray) -> None:
        row = np.arange(len(out))
        for sign, place in enumerate((self.largest + level, self.largest - level)):
            out[row, :, place] += found[:, :, sign]
