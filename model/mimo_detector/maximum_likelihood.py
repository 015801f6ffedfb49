"""The most likely symbols, min ||y - H x||^2: exhaustively, or by a sphere decoder.

Sphere decoder: depth first, nearest level of an axis first (Agrell, Eriksson, Vardy, Zeger,
"Closest point search in lattices", IEEE Trans. Inf. Theory 48 (8), 2002), on the QR decomposition
of the real system with strong columns last. Exact; its time grows exponentially with the users
and with the noise.
"""

import numpy as np

from model.errors import InputError
from model.mimo_detector.system import Blocks, System

MOST_CANDIDATES = 1 << 17


def exhaustive(system: System, blocks: Blocks) -> np.ndarray:
    """Return (blocks, users, vectors) complex64 symbols; ``InputError`` beyond 2^17 candidates."""
    points = system.constellation
    bits = points.bits_per_symbol * system.users
    if 1 << bits > MOST_CANDIDATES:
        raise InputError(f"{system}: 2^{bits} candidates, at most {MOST_CANDIDATES} are tried")
    numbers = np.arange(1 << bits)[:, None] >> np.arange(bits) & 1
    candidates = points.symbols(numbers.reshape(-1, system.users, points.bits_per_symbol))
    found = np.empty_like(blocks.symbols)
    for place, (matrix, received) in enumerate(zip(blocks.channel, blocks.received, strict=True)):
        sent = candidates @ matrix.T
        energy = (sent.real**2 + sent.imag**2).sum(axis=1)
        correlation = sent.real @ received.real + sent.imag @ received.imag
        best = (energy[:, None] - 2 * correlation).argmin(axis=0)
        found[place] = candidates[best].T
    return found


def sphere(system: System, blocks: Blocks) -> np.ndarray:
    """Return (blocks, users, vectors) complex64 symbols; needs users <= antennas."""
    if system.users > system.antennas:
        raise InputError(f"{system}: the sphere decoder needs as many antennas as users")
    levels = system.constellation.levels.tolist()
    found = np.empty_like(blocks.symbols)
    for place, (matrix, received) in enumerate(zip(blocks.channel, blocks.received, strict=True)):
        whole = np.block([[matrix.real, -matrix.imag], [matrix.imag, matrix.real]]).astype(float)
        order = np.argsort((whole**2).sum(axis=0), kind="stable")
        q, r = np.linalg.qr(whole[:, order])
        targets = q.T @ np.concatenate([received.real, received.imag])
        axes = np.empty((len(order), received.shape[1]))
        for vector in range(received.shape[1]):
            axes[order, vector] = _closest(r, targets[:, vector], levels)
        found[place] = axes[: system.users] + 1j * axes[system.users :]
    return found


def _closest(r: np.ndarray, target: np.ndarray, levels: list[float]) -> list[float]:
    """The levels x that minimise ||target - r x||^2, ``r`` upper triangular."""
    count = len(target)
    rows, diagonal = r.tolist(), np.diagonal(r).tolist()
    best, best_distance = [levels[0]] * count, float("inf")
    chosen = [0.0] * count
    waiting: list[list[tuple[float, float]]] = [[] for _ in range(count)]

    def candidates(axis: int, before: float) -> list[tuple[float, float]]:
        """(distance, level), the nearest level last, so that it is popped first."""
        row = rows[axis]
        rest = target[axis] - sum(row[other] * chosen[other] for other in range(axis + 1, count))
        found = [(before + (rest - diagonal[axis] * level) ** 2, level) for level in levels]
        return sorted(found, reverse=True)

    axis = count - 1
    waiting[axis] = candidates(axis, 0.0)
    while axis < count:
        if not waiting[axis] or waiting[axis][-1][0] >= best_distance:
            axis += 1  # what waits here is farther than the best point: back up
            continue
        distance, chosen[axis] = waiting[axis].pop()
        if axis == 0:
            best, best_distance = chosen.copy(), distance
            axis += 1
            continue
        axis -= 1
        waiting[axis] = candidates(axis, distance)
    return best
