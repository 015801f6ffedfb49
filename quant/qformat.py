"""Whole-number formats: symmetric ranges and the one rounding that fitting uses."""

import math


def symmetric_maximum(bits: int) -> int:
    """Largest value of a symmetric ``bits``-bit number, 2^(bits-1) - 1."""
    return (1 << (bits - 1)) - 1


def bits_for_magnitude(magnitude: int) -> int:
    """Width of the smallest symmetric format that holds +-magnitude."""
    return magnitude.bit_length() + 1


def round_half_up(value: float) -> int:
    """Nearest whole number, ties towards plus infinity."""
    return math.floor(value + 0.5)
