"""Uplink channels as (channels, antennas, users) complex64 arrays H with E|h|^2 = 1 / antennas.

===========  =======================================================================================
iid          independent CN(0, 1 / antennas) entries
correlated   neighbouring receive antennas correlate by 0.5: H = R^(1/2) G, R[i, j] = 0.5^|i - j|
powers       each user's power is uniform in dB within +-3 dB of the nominal one; the SNR stays that
             of the nominal powers
los          plane waves on a uniform linear array, users of equal power (model.mimo.channels)
mixed        iid, correlated and powers in turn
===========  =======================================================================================
"""

from collections.abc import Callable
from functools import lru_cache

import numpy as np

from model.errors import InputError
from model.mimo import channels as downlink

CORRELATION = 0.5
SPREAD_DB = 3.0


def iid(channels: int, antennas: int, users: int, rng: np.random.Generator) -> np.ndarray:
    """Return independent CN(0, 1 / antennas) entries."""
    return downlink.rayleigh(channels, antennas, users, rng) * np.float32(antennas**-0.5)


def correlated(channels: int, antennas: int, users: int, rng: np.random.Generator) -> np.ndarray:
    """Return channels whose receive antennas correlate exponentially (``CORRELATION``)."""
    return _root(antennas, CORRELATION) @ iid(channels, antennas, users, rng)


def powers(channels: int, antennas: int, users: int, rng: np.random.Generator) -> np.ndarray:
    """Return i.i.d. channels of users whose powers differ by up to +-``SPREAD_DB``."""
    matrix = iid(channels, antennas, users, rng)
    amplitude = 10 ** (rng.uniform(-SPREAD_DB, SPREAD_DB, (channels, 1, users)) / 20)
    return matrix * amplitude.astype(np.float32)


def line_of_sight(
    channels: int, antennas: int, users: int, rng: np.random.Generator
) -> np.ndarray:
    """Return plane waves, the transpose of those of the downlink, columns of norm 1."""
    matrix = downlink.line_of_sight(channels, users, antennas, rng).swapaxes(1, 2)
    return np.ascontiguousarray(matrix) * np.float32(antennas**-0.5)


def mixed(channels: int, antennas: int, users: int, rng: np.random.Generator) -> np.ndarray:
    """Return one third each of ``iid``, ``correlated`` and ``powers``, in turn."""
    found = np.empty((channels, antennas, users), dtype=np.complex64)
    for first, kind in enumerate((iid, correlated, powers)):
        places = found[first::3]
        places[:] = kind(len(places), antennas, users, rng)
    return found


@lru_cache(maxsize=8)
def _root(antennas: int, correlation: float) -> np.ndarray:
    """The square root of the correlation matrix of a line of antennas."""
    apart = np.abs(np.subtract.outer(np.arange(antennas), np.arange(antennas)))
    values, vectors = np.linalg.eigh(correlation**apart)
    return ((vectors * np.sqrt(values)) @ vectors.T).astype(np.float32)


CHANNELS: dict[str, Callable] = {
    "iid": iid, "correlated": correlated, "powers": powers, "los": line_of_sight, "mixed": mixed,
}  # fmt: skip


def get(name: str) -> Callable:
    """Return a channel by name; ``InputError`` lists the known ones."""
    if name not in CHANNELS:
        raise InputError(f"channel {name!r} is unknown; choose from {', '.join(CHANNELS)}")
    return CHANNELS[name]
