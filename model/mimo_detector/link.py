"""Error rates and mutual information of detectors on the same channels, symbols and noise."""

from collections.abc import Callable
from dataclasses import asdict, dataclass

import numpy as np
from tqdm import tqdm

from model import rates
from model.errors import InputError
from model.mimo_detector import soft
from model.mimo_detector.system import Blocks, System

Detector = Callable[[Blocks], tuple[np.ndarray, float | np.ndarray]]
"""Blocks -> (blocks, users, vectors) complex estimates, the nearest symbols to which are the hard
decisions, and the noise deviation an axis for LLRs, a number or broadcast over the estimates."""

CHUNK_VECTORS = 4000


@dataclass(frozen=True)
class Count:
    """Errors of one detector at one SNR.

    Attributes:
        snr_db: See model.mimo_detector.system.
        blocks: Channels.
        symbols, symbol_errors: Counts over all users.
        squares: Sum over the channels of the squared number of symbol errors on a channel.
        bits, bit_errors: Counts over all users.
        information: Bit mutual information of the max-log LLRs.
    """

    snr_db: float
    blocks: int
    symbols: int
    symbol_errors: int
    squares: int
    bits: int
    bit_errors: int
    information: float

    @property
    def ser(self) -> float:
        """Symbol error rate."""
        return self.symbol_errors / self.symbols

    @property
    def ber(self) -> float:
        """Bit error rate before any decoder."""
        return self.bit_errors / self.bits

    @property
    def ser_interval(self) -> tuple[float, float]:
        """95 % interval of ``ser``; errors on one channel come together."""
        return rates.clustered(self.symbol_errors, self.squares, self.symbols, self.blocks)

    def record(self) -> dict:
        """Return the counts and rates as JSON values."""
        return asdict(self) | {"ser": self.ser, "ber": self.ber, "interval": self.ser_interval}


def measure(
    detectors: dict[str, Detector],
    system: System,
    snr_db: float,
    channel: str = "iid",
    errors: int = 300,
    most_vectors: int = 1_000_000,
    vectors: int = 10,
    pilots: int = 0,
    seed: int = 1,
    progress: tqdm | None = None,
) -> dict[str, Count]:
    """Send the same blocks through every detector; one that has ``errors`` symbol errors stops.

    Args:
        detectors: By name.
        system: The uplink.
        snr_db: See model.mimo_detector.system.
        channel, pilots: See ``System.blocks``.
        errors: Wanted symbol errors of each detector.
        most_vectors: Stop after so many symbol vectors at the latest.
        vectors: Symbol vectors a channel.
        seed: Of channels, symbols and noise; every SNR draws its own.
        progress: Told of every vector.
    """
    for name, value in (("errors", errors), ("most_vectors", most_vectors), ("vectors", vectors)):
        if value < 1:
            raise InputError(f"{name.replace('_', '-')} must be at least 1, not {value}")
    rng = np.random.default_rng([seed, round(1000 * (snr_db + 100))])
    size = max(1, min(CHUNK_VECTORS * 16 // system.users, most_vectors) // vectors)
    totals = {name: np.zeros(6) for name in detectors}
    drawn, waiting = 0, dict(detectors)
    while waiting and drawn * vectors < most_vectors:
        blocks = system.blocks(size, vectors, channel, snr_db, rng, pilots)
        drawn += size
        for name, detector in list(waiting.items()):
            totals[name] += _counts(system, blocks, *detector(blocks))
            if totals[name][1] >= errors:
                del waiting[name]
        if progress is not None:
            progress.update(size * vectors)
            progress.set_postfix_str(
                ", ".join(f"{name} {total[1]:.0f}" for name, total in totals.items())
            )
    each = system.users * vectors
    return {
        name: Count(
            snr_db, int(total[0]), int(total[0]) * each, int(total[1]), int(total[2]),
            int(total[0]) * each * system.constellation.bits_per_symbol, int(total[3]),
            float(total[4] / total[5]),
        )
        for name, total in totals.items()
    }  # fmt: skip


def _counts(
    system: System, blocks: Blocks, estimate: np.ndarray, noise: float | np.ndarray
) -> np.ndarray:
    """Blocks, symbol errors, their squares by block, bit errors, sum and number of information."""
    points = system.constellation
    wrong = points.decide(estimate) != blocks.bits
    by_block = wrong.any(axis=-1).sum(axis=(1, 2))
    information = soft.mutual_information(soft.llrs(estimate, points, noise), blocks.bits)
    return np.array(
        [len(by_block), by_block.sum(), (by_block**2).sum(), wrong.sum(),
         information * len(by_block), len(by_block)], dtype=float,
    )  # fmt: skip
