"""Relaxation factors that hardware multiplies by with a shift and a subtraction.

new message = gamma * old + (1 - gamma) * update, and with gamma = 1 - 2^-k this is
old + (update - old) >> k (Nachmani et al. 2018, section on relaxation, see model.losses).
"""

import math

from model.errors import InputError

MAX_SHIFT = 15


def gamma_of(shift: int) -> float:
    """Return 1 - 2^-shift."""
    return 1.0 - 2.0**-shift


def nearest_shift(gamma: float) -> int:
    """Return k of 1 to ``MAX_SHIFT`` whose 1 - 2^-k is nearest to ``gamma`` in (0, 1).

    Nearest on the scale of ln(1 - gamma): what a relaxed message keeps of the update matters by
    its ratio, so 0.70 goes to 0.75 and 0.64 to 0.5.
    """
    if not 0 < gamma < 1:
        raise InputError(f"relaxation gamma must lie between 0 and 1, not {gamma}")
    return min(MAX_SHIFT, max(1, round(-math.log2(1 - gamma))))
