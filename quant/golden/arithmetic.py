"""Rounding and saturation, by name. The hardware's twins are in ``hw.lib.arithmetic``."""

import numpy as np


def saturate(value: np.ndarray, maximum: int) -> np.ndarray:
    """Clip integers to the symmetric range -maximum .. +maximum."""
    return np.clip(value, -maximum, maximum)


def shift_floor(value: np.ndarray, bits: int) -> np.ndarray:
    """value / 2^bits rounded towards minus infinity (an arithmetic right shift)."""
    return value >> bits


def shift_round(value: np.ndarray, bits: int) -> np.ndarray:
    """value / 2^bits rounded to nearest, ties towards plus infinity."""
    return (value + (1 << bits >> 1)) >> bits
