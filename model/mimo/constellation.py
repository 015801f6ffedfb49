"""Square QAM with Gray mapping and unit mean energy.

Each symbol carries its in-phase bits first, then its quadrature bits; both are Gray codes of the
level's number, so that neighbouring levels differ in one bit.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from model.errors import InputError


@dataclass(frozen=True)
class Constellation:
    """A square constellation.

    Attributes:
        name: "qpsk", "16qam" or "64qam".
        bits_per_axis: Bits of the real part, and of the imaginary part.
    """

    name: str
    bits_per_axis: int

    @property
    def bits_per_symbol(self) -> int:
        """Bits of one symbol."""
        return 2 * self.bits_per_axis

    @cached_property
    def unit(self) -> float:
        """Half the distance of neighbouring levels, at unit mean energy."""
        count = 2**self.bits_per_axis
        return (2 * (count**2 - 1) / 3) ** -0.5

    @cached_property
    def levels(self) -> np.ndarray:
        """(2^bits_per_axis,) float64 levels of an axis, rising."""
        count = 2**self.bits_per_axis
        return self.unit * np.arange(1 - count, count, 2)

    def symbols(self, bits: np.ndarray) -> np.ndarray:
        """Map (..., bits_per_symbol) bits to (...) complex64 symbols."""
        halves = np.asarray(bits).reshape(*bits.shape[:-1], 2, self.bits_per_axis)
        binary = np.bitwise_xor.accumulate(halves, axis=-1)
        weights = 1 << np.arange(self.bits_per_axis - 1, -1, -1)
        levels = self.levels[(binary * weights).sum(axis=-1)]
        return (levels[..., 0] + 1j * levels[..., 1]).astype(np.complex64)

    def decide(self, received: np.ndarray) -> np.ndarray:
        """Return (..., bits_per_symbol) uint8 bits of the nearest symbols to (...) complex."""
        axes = np.stack([received.real, received.imag], axis=-1)
        gray = self._gray(self._number(axes))
        shifts = np.arange(self.bits_per_axis - 1, -1, -1)
        bits = (gray[..., None] >> shifts & 1).astype(np.uint8)
        return bits.reshape(*received.shape, self.bits_per_symbol)

    def expected_errors(
        self, symbols: np.ndarray, received: np.ndarray, deviation: np.ndarray
    ) -> np.ndarray:
        """Return (...) float64 mean wrong bits of a symbol in Gaussian noise.

        Args:
            symbols: (...) complex symbols sent.
            received: (...) complex, what arrives without noise.
            deviation: Standard deviation of the noise an axis, broadcast over (...).
        """
        from scipy.special import ndtr  # takes time, which few commands need

        levels = np.arange(len(self.levels))
        gray = self._gray(levels)
        distance = np.bitwise_count(gray[:, None] ^ gray).astype(float)
        errors = np.zeros(symbols.shape)
        for sent, value in ((symbols.real, received.real), (symbols.imag, received.imag)):
            number = self._number(sent)
            errors += distance[number, 0]
            # From one decision region to the next the distance to the sent bits changes by one.
            for lower in levels[:-1]:
                threshold = (self.levels[lower] + self.levels[lower + 1]) / 2
                change = distance[number, lower + 1] - distance[number, lower]
                errors += change * ndtr((value - threshold) / deviation)
        return errors

    def _number(self, axes: np.ndarray) -> np.ndarray:
        """The nearest level's number, int64."""
        count = 2**self.bits_per_axis
        number = np.floor(axes / (2 * self.unit)) + count // 2
        return np.clip(number, 0, count - 1).astype(np.int64)

    @staticmethod
    def _gray(number: np.ndarray) -> np.ndarray:
        return number ^ (number >> 1)


CONSTELLATIONS = {
    "qpsk": Constellation("qpsk", 1),
    "16qam": Constellation("16qam", 2),
    "64qam": Constellation("64qam", 3),
}


def get(name: str) -> Constellation:
    """Return a constellation by name; ``InputError`` lists the supported ones."""
    if name not in CONSTELLATIONS:
        raise InputError(
            f"constellation {name!r} is not supported; choose from {', '.join(CONSTELLATIONS)}"
        )
    return CONSTELLATIONS[name]
