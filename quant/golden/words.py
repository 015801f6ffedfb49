"""Quantising to words (:mod:`quant.words`), and products of a matrix with them, exactly."""

import numpy as np

from quant.golden.arithmetic import saturate, shift_round
from quant.words import Word

FLOAT32_BITS = 25
"""Two's complement width of the whole numbers that float32 holds."""


def quantise(y: np.ndarray, shift: int, word: Word) -> np.ndarray:
    """Integers to values of ``word`` in steps of 2^shift of theirs.

    Mid-rise: code y >> (shift + 1); mid-tread: code (y + 2^(shift-1)) >> shift; both saturated.
    """
    if word.rise == "mid_rise":
        limit = 1 << (word.bits - 1)
        return 2 * np.clip(y >> (shift + 1), -limit, limit - 1) + 1
    return saturate(shift_round(y, shift), word.maximum)


def quantise_real(parts: np.ndarray, word: Word) -> tuple[np.ndarray, int]:
    """Real numbers in value steps to values of ``word`` (int64), and how many saturated."""
    if word.rise == "mid_rise":
        values = 2 * np.floor(parts / 2) + 1
    else:
        values = np.floor(parts + 0.5)
    clipped = np.clip(values, -word.maximum, word.maximum)
    return clipped.astype(np.int64), int(np.count_nonzero(clipped != values))


def product(matrix: list[np.ndarray], re: np.ndarray, im: np.ndarray) -> tuple:
    """(re + j im) (M_re + j M_im) with rows of ``re`` and ``im`` as vectors; exact.

    The matrix is in a floating point format that holds every partial sum (``FLOAT32_BITS``, or 53
    bits); the result has the integer type of ``re``.
    """
    m_re, m_im = matrix
    a, b = re.astype(m_re.dtype), im.astype(m_re.dtype)
    return tuple(part.astype(re.dtype) for part in (a @ m_re - b @ m_im, a @ m_im + b @ m_re))
