"""Relaxed messages: the stored message moves towards the new one by 2^-shift of the way."""

import numpy as np

from quant.golden.arithmetic import shift_floor, shift_round
from quant.spec import Relaxation


def value_used(stored: np.ndarray, relaxation: Relaxation | None) -> np.ndarray:
    """The message that a stored one stands for; without relaxation it is the message itself."""
    return shift_round(stored, relaxation.frac_bits) if relaxation else stored


def updated(stored: np.ndarray, new: np.ndarray, relaxation: Relaxation | None) -> np.ndarray:
    """The stored message after the check node's answer ``new``, in APP LSB."""
    if relaxation is None:
        return new
    step = (new << relaxation.frac_bits) - stored
    return stored + shift_floor(step, relaxation.shift)
