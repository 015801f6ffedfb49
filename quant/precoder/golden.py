"""Integer reference of the precoder: NumPy, vectors of one channel as a batch."""

from dataclasses import dataclass

import numpy as np

from quant.golden.arithmetic import saturate, shift_round
from quant.precoder.spec import PrecoderSpec, Word


@dataclass(frozen=True)
class Precoded:
    """What the precoder returns for the vectors of one channel.

    bits : (vectors, B, 2) uint8; 1 where the real, imaginary part sent is negative
    saturated : vectors whose H v left the range of ``u_bits`` in some round
    """

    bits: np.ndarray
    saturated: int


def quantise(y: np.ndarray, shift: int, word: Word) -> np.ndarray:
    """Integers to values of ``word`` in steps of 2^shift: see the spec's conventions."""
    if word.rise == "mid_rise":
        limit = 1 << (word.bits - 1)
        return 2 * np.clip(y >> (shift + 1), -limit, limit - 1) + 1
    return saturate(shift_round(y, shift), word.maximum)


def quantise_channel(spec: PrecoderSpec, h: np.ndarray) -> tuple[np.ndarray, int]:
    """Channel entries to values of ``spec.h``, and how many parts saturated.

    Parameters
    ----------
    h : complex (U, B), entries of unit variance; NaN or infinity raises ``ValueError``

    Returns
    -------
    values : (U, B, 2) int64, real and imaginary part
    saturated : int
    """
    parts = np.stack([h.real, h.imag], axis=-1) / spec.h_step
    if parts.shape != (spec.users, spec.antennas, 2):
        raise ValueError(
            f"channel has shape {parts.shape[:-1]}, ({spec.users}, {spec.antennas}) is due"
        )
    bad = np.argwhere(~np.isfinite(parts))
    if len(bad):
        raise ValueError(f"channel entry {tuple(bad[0][:2].tolist())} is not a finite number")
    if spec.h.rise == "mid_rise":
        values = 2 * np.floor(parts / 2) + 1
    else:
        values = np.floor(parts + 0.5)
    clipped = np.clip(values, -spec.h.maximum, spec.h.maximum)
    return clipped.astype(np.int64), int(np.count_nonzero(clipped != values))


def precode(spec: PrecoderSpec, h: np.ndarray, symbols: np.ndarray) -> Precoded:
    """Bits for the antennas.

    Parameters
    ----------
    h : (U, B, 2) integer values of ``spec.h``
    symbols : (vectors, U, 2) odd integers of the constellation
    """
    h_re, h_im = (h[..., part].astype(np.int64) for part in (0, 1))
    s_re, s_im = (symbols[..., part].astype(np.int64) for part in (0, 1))
    reciprocal = _reciprocals(spec, s_re, s_im)
    g = _backward(h_re, h_im, s_re, s_im)
    frac_bits = spec.start.frac_bits
    y = [spec.start.scaled(frac_bits) * part for part in g]
    saturated = np.zeros(len(symbols), dtype=bool)
    for step in spec.rounds:
        x = [quantise(part, frac_bits, spec.x) for part in y]
        u, over = _forward(spec, h_re, h_im, *x)
        saturated |= over
        w = _residual(spec, s_re, s_im, reciprocal, *u)
        g = _backward(h_re, h_im, *w)
        frac_bits = step.frac_bits
        keep, descend = step.keep.scaled(frac_bits), step.step.scaled(frac_bits)
        y = [keep * x_part + descend * g_part for x_part, g_part in zip(x, g, strict=True)]
    bits = np.stack([part < 0 for part in y], axis=-1).astype(np.uint8)
    return Precoded(bits, int(saturated.sum()))


def _reciprocals(spec: PrecoderSpec, s_re: np.ndarray, s_im: np.ndarray) -> np.ndarray:
    energy = (s_re**2 + s_im**2).sum(axis=1)
    table = {value: spec.reciprocal(value) for value in np.unique(energy).tolist()}
    return np.array([table[value] for value in energy.tolist()], dtype=np.int64)[:, None]


def _forward(spec: PrecoderSpec, h_re, h_im, x_re, x_im):
    """u = H v, rounded and saturated: (vectors, U) real and imaginary; which vectors saturated."""
    exact = x_re @ h_re.T - x_im @ h_im.T, x_re @ h_im.T + x_im @ h_re.T
    rounded = [shift_round(part, spec.u_shift) for part in exact]
    limit = (1 << (spec.u_bits - 1)) - 1
    clipped = [saturate(part, limit) for part in rounded]
    over = [(a != b).any(axis=1) for a, b in zip(rounded, clipped, strict=True)]
    return clipped, over[0] | over[1]


def _residual(spec: PrecoderSpec, s_re, s_im, reciprocal, u_re, u_im):
    """w = u - s (s^H u) / |s|^2, quantised: (vectors, U) real and imaginary."""
    frac_bits = spec.projection_frac_bits
    drop = spec.projection_bits - frac_bits
    inner_re = (s_re * u_re + s_im * u_im).sum(axis=1, keepdims=True)
    inner_im = (s_re * u_im - s_im * u_re).sum(axis=1, keepdims=True)
    p_re, p_im = (shift_round(part * reciprocal, drop) for part in (inner_re, inner_im))
    left_re = (u_re << frac_bits) - (s_re * p_re - s_im * p_im)
    left_im = (u_im << frac_bits) - (s_re * p_im + s_im * p_re)
    return [quantise(part, spec.w_shift, spec.w) for part in (left_re, left_im)]


def _backward(h_re, h_im, w_re, w_im):
    """g = H^H w, exact: (vectors, B) real and imaginary."""
    return w_re @ h_re + w_im @ h_im, w_im @ h_re - w_re @ h_im
