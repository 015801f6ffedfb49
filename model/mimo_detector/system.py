"""The size of an uplink, its signal-to-noise ratio, and random blocks through it.

A block is one channel matrix and the symbol vectors received over it: y = H x + n. x has unit mean
energy a user, H is (antennas, users) with E|h|^2 = 1 / antennas, n is CN(0, N0) at each antenna.

SNR is the mean received signal power per antenna over the noise power, for every detector and
everywhere in this family: (users / antennas) / N0. It is per antenna and not per user or bit: an
array of more antennas has more of the same noise and collects more of the same signal.
"""

import math
from dataclasses import dataclass

import numpy as np

from model.errors import InputError
from model.mimo import constellation
from model.mimo_detector import channels

MOST_ANTENNAS = MOST_USERS = 1024


@dataclass(frozen=True)
class System:
    """An uplink.

    Attributes:
        antennas: N, receive antennas, 1 to 1024.
        users: U, single-antenna transmitters, 1 to 1024; more than N is an overloaded channel.
        modulation: See ``constellation.CONSTELLATIONS``.
    """

    antennas: int = 64
    users: int = 16
    modulation: str = "16qam"

    def __post_init__(self) -> None:
        for name, most in (("antennas", MOST_ANTENNAS), ("users", MOST_USERS)):
            value = getattr(self, name)
            if not 1 <= value <= most:
                raise InputError(f"{name} must be from 1 to {most}, not {value}")
        constellation.get(self.modulation)

    def __str__(self) -> str:
        return f"{self.antennas}x{self.users} {self.modulation}"

    @property
    def constellation(self) -> constellation.Constellation:
        """The constellation that ``modulation`` names."""
        return constellation.get(self.modulation)

    def noise_power(self, snr_db: float | np.ndarray) -> float | np.ndarray:
        """N0 at an SNR in dB, float64."""
        return self.users / self.antennas * 10.0 ** (-np.asarray(snr_db) / 10.0)

    def blocks(
        self,
        count: int,
        vectors: int,
        channel: str,
        snr_db: float | np.ndarray,
        rng: np.random.Generator,
        pilots: int = 0,
        bits: np.ndarray | None = None,
    ) -> "Blocks":
        """Draw ``count`` channels of a kind with ``vectors`` symbol vectors each, and noise.

        Args:
            count, vectors: Channels, and symbol vectors over each.
            channel: See model.mimo_detector.channels.
            snr_db: One SNR, or (count,) one for each channel.
            rng: Where everything is drawn from.
            pilots: Of an estimated channel, the pilot symbols of unit energy that each user sends,
                orthogonal to those of the others: at least ``users``. 0: the channel is known.
            bits: (count, users, vectors, bits_per_symbol) of 0 and 1 that are sent; None: random.
        """
        matrix = channels.get(channel)(count, self.antennas, self.users, rng)
        shape = (count, self.users, vectors, self.constellation.bits_per_symbol)
        if bits is None:
            bits = rng.integers(0, 2, shape, dtype=np.uint8)
        symbols = self.constellation.symbols(bits)
        power = np.broadcast_to(self.noise_power(snr_db), (count,)).astype(np.float32)
        deviation = np.sqrt(power)[:, None, None]
        noise = channels.downlink.rayleigh(count, self.antennas, vectors, rng)
        received = matrix @ symbols + deviation * noise
        known = matrix
        if pilots:
            if pilots < self.users:
                raise InputError(f"{pilots} pilots are fewer than {self.users} users")
            # Least squares with orthogonal pilots: every entry has an error of its own.
            error = channels.downlink.rayleigh(count, self.antennas, self.users, rng)
            known = matrix + deviation * np.float32(math.sqrt(1 / pilots)) * error
        return Blocks(known, power, received, symbols, bits)


@dataclass(frozen=True, eq=False)
class Blocks:
    """Random blocks, as a receiver has them, and what was sent.

    Attributes:
        channel: (blocks, antennas, users) complex64 H as the receiver knows it.
        noise_power: (blocks,) float32 N0.
        received: (blocks, antennas, vectors) complex64 y.
        symbols: (blocks, users, vectors) complex64 x, unit mean energy.
        bits: (blocks, users, vectors, bits_per_symbol) uint8.
    """

    channel: np.ndarray
    noise_power: np.ndarray
    received: np.ndarray
    symbols: np.ndarray
    bits: np.ndarray
