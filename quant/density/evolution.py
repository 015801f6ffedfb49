"""Densities of all messages of a base graph, iteration after iteration, layered or flooding.

Assumptions: no cycles; a sum is channel value and the other edges' latest messages, and saturates
once, where hardware saturates after each addition (no difference where ``spec.adds_exactly``).
With levels for ties a check's answer depends on the edge's own message, too. Then the messages to
a variable are independent only given what they have in common: here, given its channel value.
"""

from collections.abc import Iterator

import numpy as np
from scipy.fft import irfft, next_fast_len, rfft

from quant.density.protograph import Protograph


class Evolution:
    """One decoder on one channel.

    Parameters
    ----------
    graph : of the code
    channel : (columns, bits, classes, 2 reach + 1) probability of channel values, given the bit: 0
        and 1, or 0 alone where the arithmetic is odd-symmetric. A class is what messages to a
        variable may depend on together
    rule : ``messages``, ``by_cell`` and ``largest`` as
        :class:`quant.density.check_rule.MinSumRule` has them
    layers : block rows in the order of a layered iteration, or None: flooding
    saturation : largest sum ; span : largest that one may have before, None: as edges add up
    """

    def __init__(self, graph: Protograph, channel: np.ndarray, rule, layers, saturation: int,
                 span: int | None = None):  # fmt: skip
        self.graph, self.rule, self.layers = graph, rule, layers
        self.saturation, reach = saturation, channel.shape[-1] // 2
        if span is None:
            span = reach + graph.degree * rule.largest
        self._size = next_fast_len(2 * max(span, reach, saturation) + 1, real=True)
        self._channel = self._spectrum(channel)
        self._messages = np.ones((graph.edges, *self._channel.shape[1:]), complex)
        self._wrong = self.error_rates()
        self._last = graph.last_of(layers) if layers else None
        self.iteration = 0

    def __iter__(self) -> Iterator[float]:
        """After each iteration the bit error rate of the information bits."""
        while True:
            self.iterate()
            yield float(self._wrong @ self.graph.information)

    def iterate(self) -> None:
        """One iteration."""
        rows = self.graph.rows
        if self.layers is None:
            for row, new in zip(rows, [self._answered(row) for row in rows], strict=True):
                self._messages[row] = new
            self._wrong = self.error_rates()
        else:
            for number in self.layers:
                self._messages[rows[number]] = self._answered(rows[number], True)
        self.iteration += 1

    def to_checks(self, edges: np.ndarray) -> np.ndarray:
        """Variable-to-check densities (edges, bits, classes, 2 saturation + 1)."""
        sums = self._channel[self.graph.column[edges]]
        for others in self.graph.others[edges].T:
            there = np.flatnonzero(others < self.graph.edges)
            sums[there] *= self._messages[others[there]]
        return self._values(sums)

    def to_variables(self, row: np.ndarray) -> np.ndarray:
        """Check-to-variable densities (degree, bits, 2 largest + 1) that a row would send now."""
        v2c = self.to_checks(row).sum(axis=2)
        messages = self.rule.messages(self.iteration, row, v2c)
        return (self.rule.cells_of(v2c)[..., None] * messages).sum(axis=2)

    def error_rates(self) -> np.ndarray:
        """(columns,) probability of a wrong sum of channel value and all messages as they are."""
        sums = self._channel.copy()
        for edge, column in enumerate(self.graph.column):
            sums[column] *= self._messages[edge]
        negative = self._values(sums).sum(axis=2)[..., : self.saturation]
        return _wrong(negative.sum(axis=-1))

    def _answered(self, row: np.ndarray, summed: bool = False) -> np.ndarray:
        """Spectra (degree, bits, classes, ...) of what a row sends.

        summed : what it makes of sums that no later row changes are error rates
        """
        v2c = self.to_checks(row)
        together = v2c.sum(axis=2)
        messages = self.rule.messages(self.iteration, row, together)
        last = np.flatnonzero(self._last[row]) if summed else ()
        if len(last):  # the columns whose other rows come before
            wrong = self._wrong_after(together[last], messages[last])
            self._wrong[self.graph.column[row[last]]] = wrong
        share = self.rule.cells_of(v2c)
        share /= np.maximum(share.sum(axis=-1, keepdims=True), np.finfo(float).tiny)
        return share @ self._spectrum(messages)

    def _wrong_after(self, v2c: np.ndarray, messages: np.ndarray) -> np.ndarray:
        """Probability of a wrong sum of an edge's own message and the answer to it."""
        below = np.cumsum(self.rule.by_cell(v2c), axis=-1)
        reach = self.rule.largest  # of v + m < 0: v is at most -1 - m
        most = self.saturation - 1 - np.arange(-reach, reach + 1)
        return _wrong((below[..., most.clip(0)] * (most >= 0) * messages).sum(axis=(2, 3)))

    def _spectrum(self, densities: np.ndarray) -> np.ndarray:
        """Centred densities to their transforms."""
        reach = densities.shape[-1] // 2
        padded = np.zeros((*densities.shape[:-1], self._size))
        padded[..., : reach + 1] = densities[..., reach:]
        if reach:
            padded[..., -reach:] = densities[..., :reach]
        return rfft(padded, axis=-1)

    def _values(self, spectrum: np.ndarray) -> np.ndarray:
        """Transforms to centred densities, saturated; what rounding left below 0 is 0."""
        found = np.fft.fftshift(irfft(spectrum, self._size, axis=-1), axes=-1)
        np.maximum(found, 0.0, out=found)
        middle, most = self._size // 2, self.saturation
        kept = found[..., middle - most : middle + most + 1].copy()
        kept[..., 0] += found[..., : middle - most].sum(axis=-1)
        kept[..., -1] += found[..., middle + most + 1 :].sum(axis=-1)
        return kept / kept.sum(axis=(2, 3), keepdims=True)


def _wrong(negative: np.ndarray) -> np.ndarray:
    """Probabilities (..., bits) of a negative sum, given the bit, to those of a wrong one."""
    if negative.shape[-1] == 1:
        return negative[..., 0]
    return (negative[..., 0] + 1 - negative[..., 1]) / 2
