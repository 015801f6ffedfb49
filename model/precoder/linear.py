"""Linear precoders: zero forcing and the Wiener filter, infinite resolution and 1-bit quantised.

Wiener filter: Joham, Utschick, Nossek, "Linear transmit processing in MIMO communications
systems", IEEE Trans. Signal Process. 53 (8), 2005.
"""

import numpy as np

from model.errors import InputError
from model.precoder.system import noise_power

KINDS = ("zf", "wf", "zf-1bit", "wf-1bit")


def precode(kind: str, channel: np.ndarray, symbols: np.ndarray, snr_db: float) -> np.ndarray:
    """Return (blocks, antennas, vectors) complex64 transmit vectors of power 1.

    Without quantisation the power is 1 in the mean over the block; the 1-bit kinds send the signs
    of the same vectors, every vector with power 1.

    Args:
        kind: One of ``KINDS``.
        channel: (blocks, users, antennas) complex H.
        symbols: (blocks, users, vectors) complex s.
        snr_db: P / N0; only the Wiener filter uses it.
    """
    if kind not in KINDS:
        raise InputError(f"linear precoder {kind!r} is unknown; choose from {', '.join(KINDS)}")
    adjoint = channel.conj().swapaxes(-1, -2)
    gram = channel @ adjoint
    if kind.startswith("wf"):
        users = channel.shape[-2]
        gram = gram + np.float32(users * noise_power(snr_db)) * np.eye(users, dtype=np.float32)
    x = adjoint @ np.linalg.solve(gram, symbols)
    if kind.endswith("1bit"):
        return one_bit(x)
    power = (np.abs(x) ** 2).sum(axis=1, keepdims=True).mean(axis=2, keepdims=True)
    return (x / np.sqrt(power)).astype(np.complex64)


def one_bit(x: np.ndarray) -> np.ndarray:
    """Return the signs of (blocks, antennas, vectors) x as power-1 vectors; sign(0) is +1."""
    amplitude = np.float32((2 * x.shape[-2]) ** -0.5)
    real = np.where(x.real < 0, -amplitude, amplitude)
    imag = np.where(x.imag < 0, -amplitude, amplitude)
    return real + np.complex64(1j) * imag
