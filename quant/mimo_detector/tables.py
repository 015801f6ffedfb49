"""What a detector makes of r, as tables: the next x, the hard symbol, the LLRs.

Entry c of a table belongs to the offset code c of r, 0 .. 2^r.bits - 1, whose value is
2 c + 1 - 2^r.bits.
"""

import numpy as np

from quant.golden.arithmetic import saturate, shift_round
from quant.mimo_detector.spec import DetectorSpec


def r_values(spec: DetectorSpec) -> np.ndarray:
    """(2^r.bits,) int64 values of r."""
    return 2 * np.arange(1 << spec.r.bits) + 1 - (1 << spec.r.bits)


def eta_table(spec: DetectorSpec, eta: tuple[int, ...]) -> np.ndarray:
    """(2^r.bits,) int64 values of x for the thresholds of one round."""
    r = r_values(spec)
    magnitude = 1 + 2 * np.searchsorted(np.array(eta, dtype=np.int64), np.abs(r), side="right")
    return np.where(r < 0, -magnitude, magnitude)


def level_table(spec: DetectorSpec) -> np.ndarray:
    """(2^r.bits,) int64 odd integers: the axis of the nearest symbol."""
    half = 1 << (spec.bits_per_axis - 1)
    boundaries = 2 * spec.r_unit * np.arange(1 - half, half)
    number = np.searchsorted(boundaries, r_values(spec), side="right")
    return 2 * number - spec.largest_symbol


def llr_table(spec: DetectorSpec) -> np.ndarray:
    """(2^r.bits, bits_per_axis) int64 LLRs of an axis' bits, first bit first."""
    bits, unit = spec.bits_per_axis, spec.r_unit
    numbers = np.arange(1 << bits)
    gray = numbers ^ numbers >> 1
    levels = unit * (2 * numbers - spec.largest_symbol)
    distance = (r_values(spec)[:, None] - levels) ** 2
    found = np.empty((1 << spec.r.bits, bits), dtype=np.int64)
    frac_bits = spec.llr_gain.frac_bits
    for i in range(bits):
        one = (gray >> (bits - 1 - i) & 1).astype(bool)
        metric = (distance[:, one].min(axis=1) - distance[:, ~one].min(axis=1)) // (4 * unit)
        scaled = shift_round(metric * spec.llr_gain.scaled(frac_bits), frac_bits)
        found[:, i] = saturate(scaled, (1 << (spec.llr_bits - 1)) - 1)
    return found
