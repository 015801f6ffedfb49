"""Linear detectors: rows of weights from a channel, and their exact noise.

With the Gram matrix G = H^H H and A = (G + N0 I)^-1:

zf      x = G^-1 H^H y, noise variance N0 [G^-1]_uu
lmmse   x = A H^H y / mu, mu_u = 1 - N0 A_uu: unbiased, noise variance (1 - mu_u) / mu_u (unit
        symbol energy), which interference and noise share exactly

Kay, "Fundamentals of Statistical Signal Processing: Estimation Theory", 1993, section 12.
"""

import numpy as np

from model.errors import InputError

KINDS = ("zf", "lmmse")


def weights(kind: str, channel: np.ndarray, noise_power: np.ndarray) -> np.ndarray:
    """Return (blocks, users, antennas) complex rows W0 with diag(W0 H) = 1.

    Args:
        kind: One of ``KINDS``.
        channel: (blocks, antennas, users) complex H.
        noise_power: (blocks,) N0.
    """
    return _solve(kind, channel, noise_power)[0]


def detect(
    kind: str, channel: np.ndarray, noise_power: np.ndarray, received: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return (blocks, users, vectors) estimates and (blocks, users) complex noise variances."""
    rows, variance = _solve(kind, channel, noise_power)
    return rows @ received, variance


def _solve(
    kind: str, channel: np.ndarray, noise_power: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    if kind not in KINDS:
        raise InputError(f"linear detector {kind!r} is unknown; choose from {', '.join(KINDS)}")
    antennas, users = channel.shape[-2:]
    if kind == "zf" and users > antennas:
        raise InputError(f"zero forcing of {users} users needs as many antennas, not {antennas}")
    adjoint = channel.conj().swapaxes(-1, -2)
    gram = adjoint @ channel
    noise = np.asarray(noise_power, dtype=np.float32)[:, None]
    if kind == "lmmse":
        gram = gram + noise[..., None] * np.eye(users, dtype=np.float32)
    try:
        inverse = np.linalg.inv(gram)
    except np.linalg.LinAlgError:
        raise InputError("two users of a channel cannot be told apart: H^H H is singular") from None
    diagonal = np.diagonal(inverse, axis1=-2, axis2=-1).real
    if kind == "zf":
        return (inverse @ adjoint).astype(np.complex64), noise * diagonal
    gain = np.maximum(1 - noise * diagonal, 1e-6)
    rows = (inverse @ adjoint / gain[..., None]).astype(np.complex64)
    return rows, (1 - gain) / gain
