"""What users decide on, exactly as the simulated downlink of the C model has it.

In double precision and in the same order of operations, so that counts are equal and not only
close. Amplitudes are in units of what one antenna sends, symbols are odd integers.
"""

import math

import numpy as np

from model.precoder import receiver as receivers
from model.precoder.system import noise_power
from quant.precoder.spec import PrecoderSpec


def odd_integers(spec: PrecoderSpec, symbols: np.ndarray) -> np.ndarray:
    """(blocks, users, vectors) complex symbols to (blocks, vectors, users, 2) int8."""
    parts = np.stack([symbols.real, symbols.imag], axis=-1).swapaxes(1, 2)
    return np.ascontiguousarray(np.rint(parts / spec.system.constellation.unit).astype(np.int8))


def errors(
    spec: PrecoderSpec,
    receiver: str,
    snr_db: float,
    channel: np.ndarray,
    odd: np.ndarray,
    noise: np.ndarray,
    bits: np.ndarray,
) -> np.ndarray:
    """Bit errors (users,) of a block.

    Parameters
    ----------
    receiver : see :mod:`model.precoder.receiver`
    channel : (users, antennas) complex
    odd : (vectors, users, 2) odd integers sent
    noise : (users, vectors) complex, CN(0, 1)
    bits : (vectors, antennas, 2), 1 where the part sent is negative
    """
    signs = 1.0 - 2.0 * bits
    got = channel.astype(np.complex128) @ (signs[..., 0] + 1j * signs[..., 1]).T
    scale = math.sqrt(float(noise_power(snr_db))) * math.sqrt(2.0 * spec.antennas)
    r_re, r_im = got.real + noise.real * scale, got.imag + noise.imag * scale
    beta_re, beta_im = _scale(receiver, odd.astype(np.float64).transpose(1, 0, 2), got)
    z = [r_re * beta_re - r_im * beta_im, r_re * beta_im + r_im * beta_re]
    levels, found = spec.largest_symbol + 1, np.zeros(len(channel), dtype=np.int64)
    for part in (0, 1):
        number = sum((z[part] >= 2 * k - levels).astype(np.int64) for k in range(1, levels))
        truth = (odd[..., part].T.astype(np.int64) + spec.largest_symbol) >> 1
        wrong = number ^ number >> 1 ^ truth ^ truth >> 1  # Gray labels
        found += sum((wrong >> bit & 1).sum(axis=1) for bit in range(3))
    return found


def _scale(receiver: str, s: np.ndarray, got: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Real and imaginary beta; s is (users, vectors, 2)."""
    if receiver != "genie":
        beta = receivers.scale(receiver, (s[..., 0] + 1j * s[..., 1])[None], got[None])[0]
        return beta.real, beta.imag
    s_re, s_im = s[..., 0], s[..., 1]
    energy = (s_re * s_re + s_im * s_im).sum(axis=0)
    match_re = (s_re * got.real + s_im * got.imag).sum(axis=0)
    match_im = (s_re * got.imag - s_im * got.real).sum(axis=0)
    square = match_re * match_re + match_im * match_im
    none = square == 0  # a vector that cancels entirely; any finite beta then decides at random
    match_re, square = np.where(none, 1e-12, match_re), np.where(none, 1e-24, square)
    scale = energy / square
    return match_re * scale, -match_im * scale
