"""Bit error rates of precoders on the same channels, symbols and noise."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from tqdm import tqdm

from model import rates
from model.errors import InputError
from model.precoder import receiver as receivers
from model.precoder.system import Blocks, System, noise_power

Precoder = Callable[[np.ndarray, np.ndarray, float], np.ndarray]
"""(channel, symbols, snr_db) -> transmit vectors, shapes as in ``Blocks``, of mean power 1."""

CHUNK_VECTORS = 1000


@dataclass(frozen=True)
class ErrorCount:
    """Bit errors of one precoder at one SNR.

    Attributes:
        snr_db: P / N0.
        vectors, blocks: Symbol vectors and channels sent.
        bits, bit_errors: Counts over all users.
        squares: Sum over blocks of the squared number of bit errors in the block.
        worst_user_errors: Bit errors of the worst user of each channel, summed over channels.
        users: U, so that the worst users had bits / users bits.
    """

    snr_db: float
    vectors: int
    blocks: int
    bits: int
    bit_errors: int
    squares: int
    worst_user_errors: int
    users: int

    @property
    def ber(self) -> float:
        """Bit error rate over all users."""
        return self.bit_errors / self.bits

    @property
    def worst_user_ber(self) -> float:
        """Mean over channels of the worst user's counted rate.

        The maximum of counts: blocks of few vectors raise it even where all users are alike.
        """
        return self.worst_user_errors * self.users / self.bits

    @property
    def design_effect(self) -> float:
        """How much more the count scatters than with independent bits, at least 1."""
        return rates.design_effect(self.bit_errors, self.squares, self.bits, self.blocks)

    @property
    def interval(self) -> tuple[float, float]:
        """95 % Wilson interval of ``ber``, both counts divided by the design effect."""
        return rates.clustered(self.bit_errors, self.squares, self.bits, self.blocks)


def errors_per_user(
    system: System, blocks: Blocks, sent: np.ndarray, snr_db: float, receiver: str
) -> np.ndarray:
    """Return (blocks, users) int64 bit errors of transmit vectors ``sent``."""
    noiseless = blocks.channel @ sent
    beta = receivers.scale(receiver, blocks.symbols, noiseless)
    received = noiseless + np.float32(math.sqrt(noise_power(snr_db))) * blocks.noise
    wrong = system.constellation.decide(beta * received) != blocks.bits
    return wrong.sum(axis=(2, 3), dtype=np.int64)


def expected_ber(
    system: System, blocks: Blocks, sent: np.ndarray, snr_db: float, receiver: str
) -> float:
    """Return the bit error rate of transmit vectors ``sent``, the mean over all noise taken."""
    noiseless = blocks.channel @ sent
    beta = receivers.scale(receiver, blocks.symbols, noiseless)
    deviation = np.abs(beta) * math.sqrt(noise_power(snr_db) / 2)
    wrong = system.constellation.expected_errors(blocks.symbols, beta * noiseless, deviation)
    return float(wrong.mean()) / system.constellation.bits_per_symbol


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
    """Send the same blocks with every precoder; one that has ``errors`` wrong bits stops there.

    Args:
        precoders: By name.
        system: The downlink.
        snr_db: P / N0.
        receiver: See model.precoder.receiver.
        channel: See model.mimo.channels.
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
    totals = {name: np.zeros(4, dtype=np.int64) for name in precoders}
    drawn, waiting = 0, dict(precoders)
    while waiting and drawn * vectors < most_vectors:
        blocks = system.blocks(chunk, vectors, channel, rng)
        drawn += chunk
        for name, precoder in list(waiting.items()):
            sent = precoder(blocks.channel, blocks.symbols, snr_db)
            wrong = errors_per_user(system, blocks, sent, snr_db, receiver)
            in_block = wrong.sum(axis=1)
            worst = wrong.max(axis=1).sum()
            totals[name] += chunk, in_block.sum(), (in_block**2).sum(), worst
            if totals[name][1] >= errors:
                del waiting[name]
        if progress is not None:
            progress.update(chunk * vectors)
    block_bits = vectors * system.users * system.constellation.bits_per_symbol
    return {
        name: ErrorCount(
            snr_db, sent * vectors, sent, sent * block_bits, wrong, squares, worst, system.users
        )
        for name, (sent, wrong, squares, worst) in (
            (name, total.tolist()) for name, total in totals.items()
        )
    }
