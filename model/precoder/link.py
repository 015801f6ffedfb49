"""Bit error rates of precoders on the same channels, symbols and noise."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from tqdm import tqdm

from model.errors import InputError
from model.precoder import receiver as receivers
from model.precoder.system import Blocks, System, noise_power

Precoder = Callable[[np.ndarray, np.ndarray, float], np.ndarray]
"""(channel, symbols, snr_db) -> transmit vectors, shapes as in ``Blocks``, of mean power 1."""

CHUNK_VECTORS = 1000
NORMAL_95 = 1.959964


@dataclass(frozen=True)
class ErrorCount:
    """Bit errors of one precoder at one SNR.

    Attributes:
        snr_db: P / N0.
        vectors: Symbol vectors sent.
        bits, bit_errors: Counts over all users.
        worst_user_errors: Bit errors of the worst user of each channel, summed over channels.
        users: U, so that the worst users had bits / users bits.
    """

    snr_db: float
    vectors: int
    bits: int
    bit_errors: int
    worst_user_errors: int
    users: int

    @property
    def ber(self) -> float:
        """Bit error rate over all users."""
        return self.bit_errors / self.bits

    @property
    def worst_user_ber(self) -> float:
        """Mean over channels of the worst user's bit error rate."""
        return self.worst_user_errors * self.users / self.bits

    @property
    def interval(self) -> tuple[float, float]:
        """95 % Wilson interval of ``ber``; it takes bit errors for independent."""
        return wilson(self.bit_errors, self.bits)


def wilson(errors: int, trials: int, deviations: float = NORMAL_95) -> tuple[float, float]:
    """Return the Wilson score interval of a rate (Wilson, J. Am. Stat. Assoc. 22, 1927)."""
    rate, square = errors / trials, deviations**2
    middle = (rate + square / (2 * trials)) / (1 + square / trials)
    half = math.sqrt(rate * (1 - rate) / trials + square / (4 * trials**2))
    half *= deviations / (1 + square / trials)
    return max(0.0, middle - half), min(1.0, middle + half)


def errors_per_user(
    system: System, blocks: Blocks, sent: np.ndarray, snr_db: float, receiver: str
) -> np.ndarray:
    """Return (blocks, users) int64 bit errors of transmit vectors ``sent``."""
    noiseless = blocks.channel @ sent
    beta = receivers.scale(receiver, blocks.symbols, noiseless)
    received = noiseless + np.float32(math.sqrt(noise_power(snr_db))) * blocks.noise
    wrong = system.constellation.decide(beta * received) != blocks.bits
    return wrong.sum(axis=(2, 3), dtype=np.int64)


def measure(
    precoders: dict[str, Precoder],
    system: System,
    snr_db: float,
    receiver: str = "genie",
    channel: str = "rayleigh",
    errors: int = 500,
    most_vectors: int = 200_000,
    vectors: int = 20,
    seed: int = 1,
    progress: tqdm | None = None,
) -> dict[str, ErrorCount]:
    """Send the same blocks with every precoder until each has ``errors`` wrong bits.

    Args:
        precoders: By name.
        system: The downlink.
        snr_db: P / N0.
        receiver: See model.precoder.receiver.
        channel: See model.precoder.channels.
        errors: Wanted bit errors of each precoder.
        most_vectors: Stop after so many symbol vectors at the latest.
        vectors: Symbol vectors a channel.
        seed: Of channels, symbols and noise; every SNR draws its own.
        progress: Told of every vector.
    """
    for name, value in (("errors", errors), ("most_vectors", most_vectors), ("vectors", vectors)):
        if value < 1:
            raise InputError(f"{name.replace('_', '-')} must be at least 1, not {value}")
    rng = np.random.default_rng([seed, round(1000 * (snr_db + 100))])
    chunk = max(1, CHUNK_VECTORS // vectors)
    totals = {name: np.zeros(2, dtype=np.int64) for name in precoders}
    done = 0
    while done < most_vectors and min(t[0] for t in totals.values()) < errors:
        blocks = system.blocks(chunk, vectors, channel, rng)
        for name, precoder in precoders.items():
            sent = precoder(blocks.channel, blocks.symbols, snr_db)
            wrong = errors_per_user(system, blocks, sent, snr_db, receiver)
            totals[name] += wrong.sum(), wrong.max(axis=1).sum()
        done += chunk * vectors
        if progress is not None:
            progress.update(chunk * vectors)
    bits = done * system.users * system.constellation.bits_per_symbol
    return {
        name: ErrorCount(snr_db, done, bits, int(total[0]), int(total[1]), system.users)
        for name, total in totals.items()
    }
