"""Downlink channels as (channels, users, antennas) complex64 arrays H with E|h|^2 = 1."""

from collections.abc import Callable

import numpy as np

from model.errors import InputError

MOST_ANGLE_DEGREES = 60.0
LEAST_SEPARATION = 1.0
"""Of two users' spatial frequencies, in units of 1/antennas (the array's resolution)."""


def rayleigh(channels: int, users: int, antennas: int, rng: np.random.Generator) -> np.ndarray:
    """Return independent CN(0, 1) entries."""
    parts = rng.standard_normal((channels, users, antennas, 2), dtype=np.float32)
    return (parts * np.float32(0.5**0.5)).view(np.complex64)[..., 0]


def line_of_sight(channels: int, users: int, antennas: int, rng: np.random.Generator) -> np.ndarray:
    """Return plane waves on a uniform linear array with half a wavelength between antennas.

    h[u, b] = exp(j (phi_u + pi b sin theta_u)); phi is uniform, theta uniform within +-60 degrees,
    and users closer together than the array resolves (``LEAST_SEPARATION``) are drawn again, as a
    scheduler would not serve them at once. All users are received with equal power.
    """
    angles = np.empty((channels, users))
    for angle in angles:
        angle[:] = _separate_angles(users, antennas, rng)
    phase = rng.uniform(0, 2 * np.pi, (channels, users, 1))
    ramp = np.pi * np.sin(angles)[..., None] * np.arange(antennas)
    return np.exp(1j * (phase + ramp)).astype(np.complex64)


def _separate_angles(users: int, antennas: int, rng: np.random.Generator) -> np.ndarray:
    most = np.deg2rad(MOST_ANGLE_DEGREES)
    found: list[float] = []
    for _ in range(1000 * users):
        angle = rng.uniform(-most, most)
        # Spatial frequency sin(theta) / 2, cyclic with period 1.
        apart = [abs(np.sin(angle) - np.sin(other)) / 2 for other in found]
        if all(min(a, 1 - a) * antennas >= LEAST_SEPARATION for a in apart):
            found.append(angle)
            if len(found) == users:
                return np.array(found)
    raise InputError(
        f"{users} users do not fit apart into the beam of {antennas} antennas on line of sight"
    )


CHANNELS: dict[str, Callable] = {"rayleigh": rayleigh, "los": line_of_sight}


def get(name: str) -> Callable:
    """Return a channel by name; ``InputError`` lists the known ones."""
    if name not in CHANNELS:
        raise InputError(f"channel {name!r} is unknown; choose from {', '.join(CHANNELS)}")
    return CHANNELS[name]


def check(channel: np.ndarray, users: int, antennas: int) -> np.ndarray:
    """Return ``channel`` if it is a finite (..., users, antennas) array; else ``InputError``."""
    channel = np.asarray(channel)
    if channel.ndim < 2 or channel.shape[-2:] != (users, antennas):
        raise InputError(
            f"channel has shape {channel.shape}, expected (..., {users}, {antennas}): "
            "users by antennas"
        )
    bad = ~np.isfinite(channel)
    if bad.any():
        place = tuple(int(i) for i in np.argwhere(bad)[0])
        raise InputError(f"channel{list(place)} = {channel[place]} is not finite")
    return channel
