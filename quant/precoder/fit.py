"""Trained step sizes to a precoder spec: word steps from a calibration run, shift-add constants."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from model.errors import InputError
from model.precoder.parameters import PrecoderParameters
from quant.fields import whole
from quant.precoder.spec import LARGEST_SYMBOL, PrecoderSpec, Round
from quant.signed_powers import MAX_TERMS, SMALLEST_EXPONENT, Coefficient, signed_powers
from quant.words import Word

_CLIP_DEVIATIONS = 1.4
_CALIBRATION_VECTORS = 64
_CALIBRATION_CHANNELS = 8


@dataclass(frozen=True)
class Trained:
    """Constants of the float algorithm: see :mod:`quant.precoder.spec` for their places.

    alpha : start; tau, rho : one per iteration; xi : clip limit of the iterate
    """

    alpha: float
    tau: tuple[float, ...]
    rho: tuple[float, ...]
    xi: float

    @classmethod
    def from_parameters(cls, parameters: PrecoderParameters) -> "Trained":
        """The trained precoder, its start and first gain scaled for an iterate that clips at once.

        Floating point keeps H^H s unclipped; here it fills the word up to ``_CLIP_DEVIATIONS``.
        """
        scale = parameters.start * _CLIP_DEVIATIONS * math.sqrt(parameters.system.users / 2)
        tau, rho = parameters.tau.tolist(), parameters.rho.tolist()
        start = parameters.start / scale
        return cls(start, tuple(tau), (rho[0] * scale, *rho[1:]), 1.0)

    def __post_init__(self) -> None:
        if len(self.tau) != len(self.rho) or not self.tau:
            raise InputError(f"{len(self.tau)} values of tau for {len(self.rho)} of rho")
        numbers = (self.alpha, *self.tau, *self.rho, self.xi)
        if not all(math.isfinite(number) and number > 0 for number in numbers):
            raise InputError(f"trained constants must be positive and finite: {numbers}")


@dataclass(frozen=True)
class Words:
    """Word lengths in bits; with the defaults, tuned, T = 4 loses at most 0.1 dB.

    h, x, w : stored words; u : H v; projection : see the spec
    h_range : largest channel part that does not saturate, at unit variance
    coefficient_bits : of start, gains and steps, scaled to whole numbers
    """

    h: Word = Word(6, "mid_rise")
    x: Word = Word(3, "mid_rise")
    w: Word = Word(6, "mid_rise")
    u_bits: int = 12
    projection_bits: int = 16
    projection_frac_bits: int = 2
    h_range: float = 2.2
    coefficient_bits: int = 18

    def __post_init__(self) -> None:
        whole("coefficient-bits", self.coefficient_bits, 8, 30)
        if not 0 < self.h_range < math.inf:
            raise InputError(f"h-range is {self.h_range!r}, must be a positive number")


def rounded(
    start: float, gains: Sequence[float], steps: Sequence[float], coefficient_bits: int
) -> tuple[Coefficient, tuple[Round, ...]]:
    """Coefficients as signed powers of two of one common number of fraction bits.

    Parameters
    ----------
    start : coefficient of H^H s
    gains : of all rounds but the last, whose gain changes no sign: it becomes a power of two
    steps : of all rounds, relative to the gain, positive
    coefficient_bits : two's complement width that holds all of them; sets the fraction bits
    """
    largest = max([start, *gains, *(g * s for g, s in zip(gains, steps, strict=False)), 2.0**-8])
    last = 2.0 ** math.floor(math.log2(largest))
    gains = [*gains, last]
    largest = max(largest, last * steps[-1])
    finest = max(math.floor(math.log2(largest)) + 2 - coefficient_bits, SMALLEST_EXPONENT)
    # The largest may round up to the next power of two, which is one bit too wide.
    for exponent in (finest, finest + 1):
        found = [start, *gains, *(-g * s for g, s in zip(gains, steps, strict=True))]
        found = [signed_powers(value, MAX_TERMS, exponent) for value in found]
        if max(abs(c.scaled(-exponent)) for c in found) < 1 << (coefficient_bits - 1):
            break
    first, keep, step = found[0], found[1 : len(gains) + 1], found[len(gains) + 1 :]
    return first, tuple(Round(*pair) for pair in zip(keep, step, strict=True))


def fit(
    trained: Trained,
    antennas: int,
    users: int,
    constellation: str,
    words: Words | None = None,
    name: str = "mimo_precoder",
    seed: int = 1,
    provenance: dict | None = None,
) -> PrecoderSpec:
    """Spec for i.i.d. channels of unit variance.

    The iterate's step follows from its clip limit; the steps of u and w are the smallest powers
    of two of it that hold what a float run on random channels and symbols shows (all of u, 99.9 %
    of w). Raises ``InputError`` for an unknown constellation, U > B or constants out of range.
    """
    words = words or Words()
    if constellation not in LARGEST_SYMBOL:
        known = ", ".join(LARGEST_SYMBOL)
        raise InputError(f"constellation is {constellation!r}, known: {known}")
    symbol_step = 1 / math.sqrt(2 * np.mean(levels(constellation) ** 2))
    h_step = words.h_range / words.h.maximum
    x_step = trained.xi / words.x.maximum
    u_seen, w_seen = _ranges(trained, antennas, users, constellation, seed)
    u_limit = (1 << (words.u_bits - 1)) - 1
    u_shift = max(0, math.ceil(math.log2(u_seen / (u_limit * h_step * x_step))))
    u_step = h_step * x_step * 2.0**u_shift
    fine_step = u_step * 2.0**-words.projection_frac_bits
    w_shift = max(0, math.ceil(math.log2(w_seen / (words.w.maximum * fine_step))))
    w_step = fine_step * 2.0**w_shift
    start, rounds = rounded(
        trained.alpha * h_step * symbol_step / x_step,
        trained.rho[:-1],
        [tau * h_step * w_step / x_step for tau in trained.tau],
        words.coefficient_bits,
    )
    return PrecoderSpec(
        name=name,
        antennas=antennas,
        users=users,
        constellation=constellation,
        h=words.h,
        x=words.x,
        w=words.w,
        h_step=h_step,
        u_bits=words.u_bits,
        u_shift=u_shift,
        projection_bits=words.projection_bits,
        projection_frac_bits=words.projection_frac_bits,
        w_shift=w_shift,
        start=start,
        rounds=rounds,
        provenance=provenance or {},
    )


def levels(constellation: str) -> np.ndarray:
    """Odd integers that a real or imaginary part takes, ascending."""
    largest = LARGEST_SYMBOL[constellation]
    return np.arange(-largest, largest + 1, 2)


def float_bits(trained: Trained, h: np.ndarray, symbols: np.ndarray, trace: dict | None = None):
    """The float algorithm on complex ``h`` (U, B) and unit-energy ``symbols`` (vectors, U).

    Returns the last v (vectors, B) before its clip, whose signs are sent; ``trace`` collects u
    and w of every iteration.
    """
    energy = (np.abs(symbols) ** 2).sum(axis=1, keepdims=True)
    v = trained.alpha * symbols @ h.conj()
    for tau, rho in zip(trained.tau, trained.rho, strict=True):
        v = np.clip(v.real, -trained.xi, trained.xi) + 1j * np.clip(
            v.imag, -trained.xi, trained.xi
        )
        u = v @ h.T
        w = u - symbols * ((symbols.conj() * u).sum(axis=1, keepdims=True) / energy)
        v = rho * (v - tau * w @ h.conj())
        if trace is not None:
            trace.setdefault("u", []).append(u)
            trace.setdefault("w", []).append(w)
    return v


def random_problem(antennas: int, users: int, constellation: str, vectors: int, rng):
    """Complex i.i.d. channel (U, B) of unit variance and odd-integer symbols (vectors, U, 2)."""
    h = rng.standard_normal((users, antennas)) + 1j * rng.standard_normal((users, antennas))
    return h / math.sqrt(2), rng.choice(levels(constellation), (vectors, users, 2))


def unit_energy(symbols: np.ndarray, constellation: str) -> np.ndarray:
    """Odd-integer symbols (..., 2) to complex symbols of unit mean energy."""
    step = 1 / math.sqrt(2 * np.mean(levels(constellation) ** 2))
    return step * (symbols[..., 0] + 1j * symbols[..., 1])


def _ranges(trained: Trained, antennas: int, users: int, constellation: str, seed: int):
    rng, trace = np.random.default_rng(seed), {}
    for _ in range(_CALIBRATION_CHANNELS):
        h, symbols = random_problem(antennas, users, constellation, _CALIBRATION_VECTORS, rng)
        float_bits(trained, h, unit_energy(symbols, constellation), trace)
    parts = {
        name: np.abs(np.concatenate(values).view(float).ravel()) for name, values in trace.items()
    }
    return float(parts["u"].max()), float(np.quantile(parts["w"], 0.999))
