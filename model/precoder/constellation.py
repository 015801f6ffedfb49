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
        count = 2**self.bits_per_axis
        number = np.floor(axes / (2 * self.unit)) + count // 2
        number = np.clip(number, 0, count - 1).astype(np.int64)
        gray = number ^ (number >> 1)
        shifts = np.arange(self.bits_per_axis - 1, -1, -1)
        bits = (gray[..., None] >> shifts & 1).astype(np.uint8)
        return bits.reshape(*received.shape, self.bits_per_symbol)


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
