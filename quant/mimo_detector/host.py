"""What the host makes of a channel, in double precision: H, W and W0, checked.

A driver computes these once a channel and loads them; the detector never sees floating point.
"""

from dataclasses import dataclass

import numpy as np

from model.errors import InputError

PARALLEL = 1e-9
"""Columns whose squared correlation is this close to 1 are taken as equal."""


@dataclass(frozen=True, eq=False)
class FloatMatrices:
    """h (..., antennas, users), w and w0 (..., users, antennas) complex128; w0 None for "zero"."""

    h: np.ndarray
    w: np.ndarray
    w0: np.ndarray | None


@dataclass(frozen=True)
class Recipe:
    """What is made of H: ``weights`` "matched" or "whitened" with ``alpha``, ``lmmse``: W0, too."""

    antennas: int
    users: int
    weights: str
    alpha: float
    lmmse: bool


def matrices(
    recipe: Recipe, h: np.ndarray, noise_power: float | np.ndarray
) -> FloatMatrices:
    """What is loaded for a channel.

    Parameters
    ----------
    recipe : of the spec or the trained numbers
    h : complex (..., antennas, users), E|h|^2 = 1 / antennas
    noise_power : N0, broadcasts over the leading dimensions; it matters for start "lmmse"

    Raises
    ------
    InputError : another shape, NaN or infinity, N0 that is negative or not finite, a user without
        a channel, two users with the same one (up to a factor)
    """
    h = checked("channel", h, (recipe.antennas, recipe.users))
    noise_power = checked_noise(noise_power)
    energy = (np.abs(h) ** 2).sum(axis=-2)
    _check_columns(h, energy)
    hermitian = h.conj().swapaxes(-1, -2)
    if recipe.weights == "matched":
        w = hermitian / energy[..., None]
    else:
        w = np.linalg.solve(h @ hermitian + recipe.alpha * np.eye(recipe.antennas), h)
        w = w.conj().swapaxes(-1, -2)
    return FloatMatrices(h, w, _lmmse(h, noise_power) if recipe.lmmse else None)


def checked_noise(noise_power: float | np.ndarray) -> np.ndarray:
    """N0 as float64 if all of it is finite and not negative."""
    noise_power = np.asarray(noise_power, dtype=np.float64)
    bad = ~(np.isfinite(noise_power) & (noise_power >= 0))
    if bad.any():
        raise InputError(f"noise power is {noise_power[bad].flat[0]}, must be a number >= 0")
    return noise_power


def checked(what: str, values: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """``values`` as complex128 if its last dimensions are ``shape`` and all of it is finite."""
    values = np.asarray(values)
    if values.shape[-len(shape) :] != shape:
        due = ", ".join(map(str, ("...", *shape)))
        raise InputError(f"{what} has shape {values.shape}, expected ({due})")
    bad = ~np.isfinite(values)
    if bad.any():
        place = tuple(int(i) for i in np.argwhere(bad)[0])
        raise InputError(f"{what}{list(place)} = {values[place]} is not finite")
    return values.astype(np.complex128)


def _lmmse(h: np.ndarray, noise_power: np.ndarray) -> np.ndarray:
    """Rows of (H^H H + N0 I)^-1 H^H, scaled to diag(W0 H) = 1."""
    hermitian = h.conj().swapaxes(-1, -2)
    gram = hermitian @ h + noise_power[..., None, None] * np.eye(h.shape[-1])
    try:
        found = np.linalg.solve(gram, hermitian)
    except np.linalg.LinAlgError:
        found = np.full(hermitian.shape, np.nan)
    scale = np.einsum("...ua,...au->...u", found, h).real
    if not (np.isfinite(scale).all() and (scale > 0).all()):
        raise InputError(
            f"noise power is {noise_power.min():g}: the users' channels are not independent, the "
            "LMMSE product needs more noise"
        )
    return found / scale[..., None]


def _check_columns(h: np.ndarray, energy: np.ndarray) -> None:
    if not (energy > 0).all():
        place = np.argwhere(energy <= 0)[0]
        raise InputError(f"channel: user {place[-1]} has no channel (its column is zero)")
    unit = h / np.sqrt(energy)[..., None, :]
    correlation = np.abs(unit.conj().swapaxes(-1, -2) @ unit) ** 2
    users = np.arange(h.shape[-1])
    correlation[..., users, users] = 0
    if (correlation > 1 - PARALLEL).any():
        first, second = np.argwhere(correlation > 1 - PARALLEL)[0][-2:]
        raise InputError(f"channel: users {first} and {second} have the same channel")
