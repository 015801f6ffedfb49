"""Integer reference of the precoder: NumPy, the vectors of one or many channels as a batch.

Matrix products run in floating point where the spec's accumulator widths prove every partial sum
a whole number that the format holds: the results are those of integers.
"""

from dataclasses import dataclass

import numpy as np

from model.errors import InputError
from model.mimo import channels
from quant.golden.arithmetic import saturate, shift_round
from quant.golden.words import FLOAT32_BITS, product, quantise, quantise_real
from quant.precoder.spec import PrecoderSpec

_INT32_BITS = 30  # leaves room for the half that rounding adds


@dataclass(frozen=True)
class Precoded:
    """What the precoder returns for the vectors of its channels.

    bits : (..., vectors, B, 2) uint8; 1 where the real, imaginary part sent is negative
    saturated : vectors whose H v left the range of ``u_bits`` in some round
    """

    bits: np.ndarray
    saturated: int


def quantise_channel(spec: PrecoderSpec, h: np.ndarray) -> tuple[np.ndarray, int]:
    """Channel entries to values of ``spec.h``, and how many parts saturated.

    Parameters
    ----------
    h : complex (..., U, B), entries of unit variance; ``InputError`` for another shape, NaN or
        infinity

    Returns
    -------
    values : (..., U, B, 2) int64, real and imaginary part
    saturated : int
    """
    h = channels.check(h, spec.users, spec.antennas)
    return quantise_real(np.stack([h.real, h.imag], axis=-1) / spec.h_step, spec.h)


def precode(spec: PrecoderSpec, h: np.ndarray, symbols: np.ndarray) -> Precoded:
    """Bits for the antennas.

    Parameters
    ----------
    h : (..., U, B, 2) integer values of ``spec.h``
    symbols : (..., vectors, U, 2) odd integers of the constellation

    ``InputError`` for shapes that do not fit or values that are no symbols.
    """
    _check(spec, h, symbols)
    widths = spec.accumulator_bits
    integer = np.int32 if max(widths.values()) <= _INT32_BITS else np.int64
    single = max(widths["u"], widths["g"]) <= FLOAT32_BITS
    matrix = [h[..., part].astype(np.float32 if single else np.float64) for part in (0, 1)]
    s_re, s_im = (symbols[..., part].astype(integer) for part in (0, 1))
    reciprocal = _reciprocals(spec, s_re, s_im).astype(integer)
    g = _backward(matrix, s_re, s_im)
    frac_bits = spec.frac_bits
    y = [spec.start.scaled(frac_bits) * part for part in g]
    saturated = np.zeros(s_re.shape[:-1], dtype=bool)
    for step in spec.rounds:
        x = [quantise(part, frac_bits, spec.x) for part in y]
        u, over = _forward(spec, matrix, *x)
        saturated |= over
        w = _residual(spec, s_re, s_im, reciprocal, *u)
        g = _backward(matrix, *w)
        keep, descend = step.keep.scaled(frac_bits), step.step.scaled(frac_bits)
        y = [keep * x_part + descend * g_part for x_part, g_part in zip(x, g, strict=True)]
    bits = np.stack([part < 0 for part in y], axis=-1).astype(np.uint8)
    return Precoded(bits, int(saturated.sum()))


def transmit(spec: PrecoderSpec, channel: np.ndarray, symbols: np.ndarray) -> np.ndarray:
    """From channels to transmit vectors, as ``model.precoder`` counts errors of them.

    Parameters
    ----------
    channel : (blocks, U, B) complex H
    symbols : (blocks, U, vectors) complex symbols of unit mean energy

    Returns
    -------
    (blocks, B, vectors) complex64 of power 1
    """
    unit = spec.system.constellation.unit
    parts = np.stack([symbols.real, symbols.imag], axis=-1).swapaxes(1, 2)
    odd = 2 * np.round((parts / unit - 1) / 2).astype(np.int64) + 1
    h, _ = quantise_channel(spec, channel)
    signs = 1 - 2 * precode(spec, h, odd).bits.astype(np.float32)
    sent = np.ascontiguousarray(signs).view(np.complex64)[..., 0]
    return sent.swapaxes(1, 2) * np.float32((2 * spec.antennas) ** -0.5)


def _check(spec: PrecoderSpec, h: np.ndarray, symbols: np.ndarray) -> None:
    if h.shape[-3:] != (spec.users, spec.antennas, 2):
        raise InputError(
            f"channel has shape {h.shape}, expected (..., {spec.users}, {spec.antennas}, 2)"
        )
    if symbols.shape[-2:] != (spec.users, 2) or symbols.shape[:-3] != h.shape[:-3]:
        due = ", ".join(map(str, [*h.shape[:-3], "vectors", spec.users, 2]))
        raise InputError(f"symbols have shape {symbols.shape}, expected ({due})")
    bad = symbols[(symbols % 2 == 0) | (np.abs(symbols) > spec.largest_symbol)]
    if len(bad):
        raise InputError(f"symbol part {bad[0]} is none of {spec.constellation}'s odd integers")


def _reciprocals(spec: PrecoderSpec, s_re: np.ndarray, s_im: np.ndarray) -> np.ndarray:
    """(..., vectors, 1): the reciprocal table's word of each vector."""
    energies, place = np.unique((s_re**2 + s_im**2).sum(axis=-1), return_inverse=True)
    table = np.array([spec.reciprocal(value) for value in energies.tolist()], dtype=np.int64)
    return table[place].reshape(*s_re.shape[:-1], 1)


def _forward(spec: PrecoderSpec, matrix: list[np.ndarray], x_re, x_im):
    """u = H v, rounded and saturated: (..., vectors, U) parts; which vectors saturated."""
    exact = product([part.swapaxes(-1, -2) for part in matrix], x_re, x_im)
    rounded = [shift_round(part, spec.u_shift) for part in exact]
    limit = (1 << (spec.u_bits - 1)) - 1
    clipped = [saturate(part, limit) for part in rounded]
    over = [(a != b).any(axis=-1) for a, b in zip(rounded, clipped, strict=True)]
    return clipped, over[0] | over[1]


def _residual(spec: PrecoderSpec, s_re, s_im, reciprocal, u_re, u_im):
    """w = u - s (s^H u) / |s|^2, quantised: (..., vectors, U) real and imaginary."""
    frac_bits = spec.projection_frac_bits
    drop = spec.projection_bits - frac_bits
    inner_re = (s_re * u_re + s_im * u_im).sum(axis=-1, keepdims=True, dtype=s_re.dtype)
    inner_im = (s_re * u_im - s_im * u_re).sum(axis=-1, keepdims=True, dtype=s_re.dtype)
    p_re, p_im = (shift_round(part * reciprocal, drop) for part in (inner_re, inner_im))
    left_re = (u_re << frac_bits) - (s_re * p_re - s_im * p_im)
    left_im = (u_im << frac_bits) - (s_re * p_im + s_im * p_re)
    return [quantise(part, spec.w_shift, spec.w) for part in (left_re, left_im)]


def _backward(matrix: list[np.ndarray], w_re, w_im):
    """g = H^H w, exact: (..., vectors, B) real and imaginary."""
    re, im = matrix
    return product([re, -im], w_re, w_im)
