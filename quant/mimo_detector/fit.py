"""Trained numbers to a detector spec: steps from a calibration run, thresholds, signed powers.

A float run on random channels at one SNR says how large y and z are; each word's range is a number
of standard deviations of what it holds (``Words.clip``). The steps of y and z are powers of two of
h's step times x's, large enough: so the update of z needs no multiplier but the momentum's.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from model.errors import InputError
from model.mimo_detector.parameters import DetectorParameters
from quant.fields import whole
from quant.mimo_detector import host, reference
from quant.mimo_detector.spec import DetectorSpec, Round, Start
from quant.signed_powers import Coefficient, signed_powers
from quant.words import Word

CALIBRATION_CHANNELS = 16
CALIBRATION_VECTORS = 64
_FINER_BITS = 2  # what u resolves more than r
_TOLERANCE = 0.95  # of a range that powers of two may miss


@dataclass(frozen=True)
class Words:
    """Word lengths in bits, and ranges.

    h, w, y, z, x, r : see the spec, all mid-rise ; table : of a word of the tables of sums
    clip : largest part that does not saturate, in standard deviations: of h, w, w0, y and z
    r_range : largest r, in units of half the distance of neighbouring symbols, at least
    coefficient_bits : of gains, scaled to whole numbers ; momentum_bits : of momenta
    llr_bits : width of an LLR ; llr_clip : the largest LLR, in nats
    """

    h: int = 7
    w: int = 6
    y: int = 8
    z: int = 6
    x: int = 5
    r: int = 7
    table: int = 9
    clip: dict[str, float] = field(
        default_factory=lambda: {"h": 4.0, "w": 3.5, "w0": 3.5, "y": 3.5, "z": 3.2}
    )
    r_range: float = 4.5
    coefficient_bits: int = 10
    momentum_bits: int = 5
    llr_bits: int = 5
    llr_clip: float = 9.0

    def __post_init__(self) -> None:
        whole("coefficient-bits", self.coefficient_bits, 4, 18)
        whole("momentum-bits", self.momentum_bits, 2, 12)
        whole("llr-bits", self.llr_bits, 4, 8)
        for name, value in {**self.clip, "r": self.r_range, "llr": self.llr_clip}.items():
            if not 0 < value < math.inf:
                raise InputError(f"range of {name} is {value!r}, must be a positive number")


@dataclass(frozen=True, eq=False)
class Seen:
    """Standard deviations of a part: of H, W, W0 (or None), y, and of z where it is largest."""

    h: float
    w: float
    w0: float | None
    y: float
    z: float


def fit(
    parameters: DetectorParameters,
    seen: Seen,
    words: Words | None = None,
    name: str = "mimo_detector",
    provenance: dict | None = None,
) -> DetectorSpec:
    """Spec for channels like those that ``seen`` comes from; ``InputError`` for bad widths."""
    words, system = words or Words(), parameters.system
    size = system.constellation.unit
    x = Word(words.x, "mid_rise")
    largest = (1 << system.constellation.bits_per_axis) - 1
    unit = (x.maximum // largest - 1) | 1
    if unit * largest > x.maximum or unit < 1:
        raise InputError(f"x of {words.x} bits cannot hold the levels of {system.modulation}")
    x_step = size / unit
    h_step = words.clip["h"] * seen.h / (1 << words.h)
    w_step = words.clip["w"] * seen.w / (1 << words.w)
    y_shift = _shift(words.clip["y"] * seen.y / (1 << words.y), h_step * x_step)
    z_shift = _shift(words.clip["z"] * seen.z / (1 << words.z), h_step * x_step)
    r_frac_bits = max(0, math.floor(math.log2((1 << words.r) / (words.r_range * unit))))
    r_step = x_step * 2.0**-r_frac_bits
    start_shift = y_shift + max(0, words.y - words.z)
    product_steps = [w_step * h_step * x_step * 2.0**z_shift]
    if parameters.start == "lmmse":
        w0_step = words.clip["w0"] * seen.w0 / (1 << words.w)
        product_steps.append(w0_step * h_step * x_step * 2.0**start_shift)
    u_shift = max(0, math.floor(math.log2(r_step / min(product_steps))) - _FINER_BITS)
    gains = [float(g) * product_steps[0] * 2.0**u_shift / x_step for g in parameters.gamma]
    if parameters.start == "lmmse":
        gains.insert(0, product_steps[1] * 2.0**u_shift / x_step)
    gains = rounded(gains, words.coefficient_bits)
    momenta = rounded([float(b) for b in parameters.momentum], words.momentum_bits)

    def eta_of(theta: float) -> tuple[int, ...]:
        points, kind = system.constellation, parameters.eta
        return thresholds(points, float(theta), kind, words.x, unit, words.r, r_step)

    start = None
    if parameters.start == "lmmse":
        start = Start(w0_step, start_shift, gains.pop(0), eta_of(parameters.theta_0))
    etas = [*map(eta_of, parameters.theta[:-1]), ()]
    llr_step = words.llr_clip / ((1 << (words.llr_bits - 1)) - 1)
    return DetectorSpec(
        name=name,
        antennas=system.antennas,
        users=system.users,
        constellation=system.modulation,
        weights=parameters.weights,
        alpha=float(parameters.alpha or 0.0),
        **{n: Word(getattr(words, n), "mid_rise") for n in ("h", "w", "y", "z", "x", "r")},
        table_bits=words.table,
        h_step=h_step,
        w_step=w_step,
        unit=unit,
        y_shift=y_shift,
        z_shift=z_shift,
        u_shift=u_shift,
        r_frac_bits=r_frac_bits,
        start=start,
        rounds=tuple(Round(*each) for each in zip(momenta, gains, etas, strict=True)),
        llr_bits=words.llr_bits,
        llr_gain=signed_powers(2 * size * r_step / (parameters.llr_noise**2 * llr_step), 3, -8),
        llr_step=llr_step,
        provenance=provenance or {},
    )


def rounded(values: Sequence[float], bits: int) -> list[Coefficient]:
    """Signed powers of two of one number of fraction bits; ``bits`` hold the largest, with sign.

    What is smaller than the last fraction bit has no terms.
    """
    largest = max([abs(value) for value in values] + [2.0**-12])
    finest = math.floor(math.log2(largest)) + 2 - bits
    return [
        signed_powers(value, smallest_exponent=finest)
        if abs(value) >= 2.0 ** (finest - 1)
        else Coefficient(())
        for value in values
    ]


def thresholds(
    constellation, theta: float, kind: str, x_bits: int, unit: int, r_bits: int, r_step: float
) -> tuple[int, ...]:
    """Magnitudes |r| (value steps) from which each next value of x is the nearest to eta(r).

    Between two values of r, the threshold is the smaller odd one that reaches the next x.
    """
    r = np.arange(1, 1 << r_bits, 2)
    wanted = reference.eta(constellation, theta, kind, r * r_step) / (constellation.unit / unit)
    edges = 2 * np.arange(1, 1 << (x_bits - 1))  # between the magnitudes 1, 3, ..
    places = np.searchsorted(np.maximum.accumulate(wanted), edges, side="left")
    return tuple(int(r[p]) if p < len(r) else 1 << r_bits for p in places)


def calibrate(
    parameters: DetectorParameters,
    floats: host.FloatMatrices,
    received: np.ndarray,
) -> Seen:
    """Standard deviations on channels and what was received over them (..., vectors, antennas)."""
    trace: dict = {}
    reference.detect(parameters, floats, received, trace)

    def deviation(*arrays: np.ndarray) -> float:
        power = [np.mean(np.abs(a) ** 2) for a in arrays]
        return float(np.sqrt(np.mean(power) / 2))

    return Seen(
        h=deviation(floats.h),
        w=deviation(floats.w),
        w0=None if floats.w0 is None else deviation(floats.w0),
        y=deviation(received),
        z=max(deviation(z) for z in trace["z"]),
    )


def _shift(wanted: float, step: float) -> int:
    """The least power of two that takes ``step`` to ``wanted``, nearly: what saturates costs more
    than a step twice as large."""
    return max(0, math.ceil(math.log2(_TOLERANCE * wanted / step)))
