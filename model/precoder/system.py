"""The size of a downlink, and random blocks through it.

A block is one channel matrix and the symbol vectors sent over it. Conventions everywhere:
y = H x + n with E||x||^2 = P = 1 (each 1-bit antenna sends (+-1 +-j) / sqrt(2 B)), n is
CN(0, N0) at each user, and SNR = P / N0.
"""

from dataclasses import dataclass

import numpy as np

from model.errors import InputError
from model.mimo import channels, constellation


@dataclass(frozen=True)
class System:
    """A downlink.

    Attributes:
        antennas: B, transmit antennas.
        users: U, single-antenna receivers, at most B.
        modulation: See ``constellation.CONSTELLATIONS``.
    """

    antennas: int = 128
    users: int = 16
    modulation: str = "16qam"

    def __post_init__(self) -> None:
        if self.users < 1:
            raise InputError(f"users must be at least 1, not {self.users}")
        if self.users > self.antennas:
            raise InputError(f"{self.users} users are more than {self.antennas} antennas")
        constellation.get(self.modulation)

    def __str__(self) -> str:
        return f"{self.antennas}x{self.users} {self.modulation}"

    @property
    def constellation(self) -> constellation.Constellation:
        """The constellation that ``modulation`` names."""
        return constellation.get(self.modulation)

    def blocks(self, count: int, vectors: int, channel: str, rng: np.random.Generator) -> "Blocks":
        """Draw ``count`` channels of a kind, ``vectors`` symbol vectors each, and unit noise."""
        matrix = channels.get(channel)(count, self.users, self.antennas, rng)
        shape = (count, self.users, vectors)
        bits = rng.integers(0, 2, (*shape, self.constellation.bits_per_symbol), dtype=np.uint8)
        parts = rng.standard_normal((*shape, 2), dtype=np.float32) * np.float32(0.5**0.5)
        return Blocks(
            matrix, bits, self.constellation.symbols(bits), parts.view(np.complex64)[..., 0]
        )


@dataclass(frozen=True, eq=False)
class Blocks:
    """Random blocks.

    Attributes:
        channel: (blocks, users, antennas) complex64 H.
        bits: (blocks, users, vectors, bits_per_symbol) uint8.
        symbols: (blocks, users, vectors) complex64 s, unit mean energy.
        noise: (blocks, users, vectors) complex64 CN(0, 1); times sqrt(N0) it is n.
    """

    channel: np.ndarray
    bits: np.ndarray
    symbols: np.ndarray
    noise: np.ndarray


def noise_power(snr_db: float | np.ndarray) -> float | np.ndarray:
    """N0 at P = 1 for SNR = P / N0 in dB."""
    return 10.0 ** (-np.asarray(snr_db) / 10.0)
