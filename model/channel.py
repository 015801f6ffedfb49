"""Binary phase-shift keying over additive white Gaussian noise, and random frames through it.

Every LLR of this project is ln P(bit = 0) / P(bit = 1): positive means 0.
"""

from typing import TYPE_CHECKING

import numpy as np

from model.code import TannerGraph
from model.errors import InputError

if TYPE_CHECKING:
    from model.encode import Encoder

LARGEST_EBN0_DB = 100.0


def checked_ebn0(ebn0_db: float) -> float:
    """Return an Eb/N0 in dB, or raise ``InputError`` if LLRs at it would not be finite numbers."""
    if not -LARGEST_EBN0_DB <= ebn0_db <= LARGEST_EBN0_DB:
        raise InputError(
            f"Eb/N0 is {ebn0_db} dB, must be {-LARGEST_EBN0_DB:g}..{LARGEST_EBN0_DB:g}"
        )
    return ebn0_db


def point_generator(seed: int, ebn0_db: float) -> np.random.Generator:
    """Generator of the frames at one point of an error-rate curve: other points, other frames."""
    if seed < 0:
        raise InputError(f"seed must not be negative: {seed}")
    return np.random.default_rng([seed, round(1000 * (checked_ebn0(ebn0_db) + 100))])


def noise_deviation(ebn0_db: float, rate: float) -> float:
    """Standard deviation of the real noise for symbols +1 and -1.

    Es = 1, N0 = 2 sigma^2 and Es = rate * Eb, so sigma^2 = 1 / (2 * rate * Eb/N0).
    """
    return float((2.0 * rate * 10.0 ** (ebn0_db / 10.0)) ** -0.5)


def awgn_llr(
    codeword_bits: np.ndarray, ebn0_db: float, rate: float, rng: np.random.Generator
) -> np.ndarray:
    """Send bits (0 as +1, 1 as -1) and return the LLRs, float32, in the shape of the bits.

    Parameters
    ----------
    codeword_bits : transmitted bits, any shape
    ebn0_db : energy per information bit over noise density, in dB
    rate : information bits per transmitted bit (``TannerGraph.rate``)
    """
    sigma = noise_deviation(ebn0_db, rate)
    bits = np.asarray(codeword_bits)
    noise = rng.standard_normal(bits.shape, dtype=np.float32)
    received = 1.0 - 2.0 * bits.astype(np.float32) + np.float32(sigma) * noise
    return received * np.float32(2.0 / sigma**2)


def random_frames(
    graph: TannerGraph,
    encoder: "Encoder",
    frames: int,
    ebn0_db: float,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Encode random information and send it.

    Returns
    -------
    codewords : (frames, n_variables) uint8, all variables in graph order
    llr : (frames, n) float32, transmitted variables in stream order (``graph.transmitted``)
    """
    information = rng.integers(0, 2, (frames, encoder.k), dtype=np.uint8)
    codewords = encoder.encode(information)
    return codewords, awgn_llr(codewords[:, graph.transmitted], ebn0_db, graph.rate, rng)
