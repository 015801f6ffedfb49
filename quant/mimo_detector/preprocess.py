"""W and W0 of a channel in integers: what a core computes that takes H alone and the noise power.

For start "lmmse" with weights "matched". :mod:`quant.mimo_detector.host` makes the same matrices in
double precision. Here they are made as codes of the stream of channels, which the detector takes as
if they had come from a host. This module is the integer reference of the C model and the Verilog
(``hw.mimo_preprocess``).

H (antennas, users) is values of the spec's ``h``, the noise power n0 = mantissa 2^exponent an
integer in their steps, squared. ``Formats`` has the widths. sat(v) clips to a symmetric word
of 18 bits, shift_round(v, s) is as in the spec.

1. Users are scaled by powers of two: k_u = min(P - p_u, K), p_u the least number with
   max(1, |h_u|^2 + n0) < 2^(2 p_u); hs_au = h_au << k_u. 2^(2P) is above every |h_u|^2 + n0.
2. A_uv = sum over a of conj(hs_au) hs_av, + n0 << 2 k_u for u = v; a = sat(shift_round(A, 2P - F)):
   below 2^F, and on the diagonal above a quarter of it where K did not limit k_u. Computed on and
   below the diagonal; a_vu = conj(a_uv).
3. a becomes its inverse in place by Gauss-Jordan elimination without pivoting (a is positive
   definite): for k = 0, 1, .., with d = max(1, Re a_kk),

       p = min(2^17 - 1, floor(2^(2F) / d))
       row k:       a_kj = sat(shift_round(a_kj p, F)) for j != k, then a_kk = p
       other rows:  f = a_ik, a_ij = sat(shift_round((a_ij << F) - f a_kj, F)) for j != k,
                    then a_ik = sat(shift_round(-f p, F))

4. Rows x of W0, user by user: x_a = sat(shift_round(sum over v of a_uv conj(hs_av), F + P - X));
   rows of W: x_a = conj(hs_au).
5. Both are scaled so that row times column of H is 1. n = max(1, Re sum over a of x_a hs_au), L its
   bits, m = floor(n 2^(16 - L)), q = floor(c 2^16 / m) with the constant c 2^e =
   1 / (h_step * step of the row), 2^15 <= c < 2^16; g = q 2^(k_u + e - L + S), floor, at most
   2^17 - 1. Codes are shift_round(x_a g, S), or x_a g >> (S + 1) for mid-rise words, clipped to
   what a part of the stream carries.

A channel is ``saturated``, and its W and W0 may be wrong, if sat or a minimum has clipped anything
in 3. or 4. or d was below 1: its users' channels are nearly parallel at so little noise; or if a g
was clipped: a row is too small then, of a user some 18 dB weaker than usual.
"""

import math
from dataclasses import dataclass

import numpy as np

from model.errors import InputError
from quant.golden.arithmetic import shift_round
from quant.mimo_detector import golden
from quant.mimo_detector.host import checked, checked_noise
from quant.mimo_detector.spec import DetectorSpec

HOST, CORE = MATRICES_FROM = ("host", "core")
"""Who makes W and W0 of a channel."""
WORD_BITS = 18
"""Of all stored numbers; a multiplier of most FPGAs takes two of them."""
HIGHEST = (1 << (WORD_BITS - 1)) - 1
FRACTION = 12
"""F, of a and its inverse: an entry is at most 32."""
ROW_FRACTION = 14
"""X, of a row of W0 before it is scaled: an entry is at most 8 of 2^X."""
MANTISSA_BITS = 16


@dataclass(frozen=True)
class Scale:
    """A row is scaled with ``constant`` 2^``exponent``; codes lose ``shift`` bits of products."""

    constant: int
    exponent: int
    shift: int


def serves(spec: DetectorSpec) -> bool:
    """Whether the law is for such a spec."""
    return spec.start is not None and spec.weights == "matched"


@dataclass(frozen=True)
class Formats:
    """Widths that follow from a spec; ``InputError`` for one that has no W0, or other weights.

    value_bits : of a part of H as a signed value
    half_bits : of a part of the stream of channels
    largest : P
    most_shift : K
    noise_bits : n0 is below 2^``noise_bits``; what is more is its largest value
    w, w0 : :class:`Scale` of the rows
    """

    spec: DetectorSpec

    def __post_init__(self) -> None:
        spec = self.spec
        if not serves(spec):
            raise InputError(
                f"{spec.name}: W and W0 are computed for start 'lmmse' and weights 'matched' alone"
            )
        if self.sum_shift > WORD_BITS - 2:
            raise InputError(
                f"{spec.name}: h has {spec.h.bits} bits, too many to compute W and W0 for "
                f"{spec.antennas} antennas in words of {WORD_BITS} bits"
            )

    @property
    def value_bits(self) -> int:
        return self.spec.h.bits + (self.spec.h.rise == "mid_rise")

    @property
    def half_bits(self) -> int:
        return 8 if max(self.spec.h.bits, self.spec.w.bits) <= 8 else 16

    @property
    def largest(self) -> int:
        energy = 2 * self.spec.antennas * self.spec.h.maximum**2
        # No shift of the law goes to the left, and no mantissa of n0 is too long.
        return max((energy.bit_length() + 2) // 2, FRACTION // 2, self.half_bits // 2 + 1)

    @property
    def most_shift(self) -> int:
        return min(self.largest, WORD_BITS - self.value_bits)

    @property
    def noise_bits(self) -> int:
        return 2 * self.largest - 1

    @property
    def sum_shift(self) -> int:
        """Of step 4."""
        return FRACTION + self.largest - ROW_FRACTION

    @property
    def w(self) -> Scale:
        return self._scale(self.spec.w_step, self.largest)

    @property
    def w0(self) -> Scale:
        return self._scale(self.spec.start.w0_step, ROW_FRACTION)

    def _scale(self, step: float, row_bits: int) -> Scale:
        mantissa, exponent = math.frexp(1 / (self.spec.h_step * step))
        constant = round(mantissa * (1 << MANTISSA_BITS))
        constant, exponent = (constant, exponent) if constant >> MANTISSA_BITS == 0 else (
            constant >> 1, exponent + 1
        )  # fmt: skip
        # A usual g, 2^14, makes of a part of usual size one of a quarter of its word.
        part = row_bits - ((2 * self.spec.antennas).bit_length() + 1) // 2
        shift = max(1, 14 + part - (self.spec.w.bits - 2))
        return Scale(constant, exponent - MANTISSA_BITS, shift)


@dataclass(frozen=True, eq=False)
class Prepared:
    """Codes of a stream: ``w`` and ``w0`` (..., users, antennas, 2), and what was ``saturated``."""

    w: np.ndarray
    w0: np.ndarray
    saturated: np.ndarray


def noise_code(spec: DetectorSpec, noise_power: np.ndarray) -> np.ndarray:
    """N0 to (..., 2) mantissa and exponent, whole numbers of a part of the stream each.

    noise_power : E|n|^2 of an antenna; ``InputError`` for what is no number of 0 or more
    """
    n0 = checked_noise(noise_power) / spec.h_step**2
    bits = Formats(spec).half_bits
    exponent = np.maximum(0, np.frexp(n0)[1] - bits)
    mantissa = np.floor(n0 / 2.0**exponent + 0.5).astype(np.int64)
    carry = mantissa >> bits
    # An exponent that a part does not hold is above all that n0 may be.
    return np.stack(
        [mantissa >> carry, np.minimum(exponent + carry, (1 << bits) - 1)], axis=-1
    )


def noise_of(spec: DetectorSpec, code: np.ndarray) -> np.ndarray:
    """What the core takes a code (..., 2) for: n0."""
    most = (1 << Formats(spec).noise_bits) - 1
    exponent = np.minimum(code[..., 1], Formats(spec).noise_bits)
    return np.minimum(code[..., 0] << exponent, most)


def prepare(spec: DetectorSpec, h: np.ndarray, n0: np.ndarray) -> Prepared:
    """W and W0 of channels.

    Parameters
    ----------
    h : (..., antennas, users, 2) values of ``spec.h``
    n0 : (...) of :func:`noise_of`
    """
    leading = h.shape[:-3]
    h = h.reshape(-1, *h.shape[-3:]).astype(np.int64)
    n0 = np.broadcast_to(n0, leading).reshape(-1)
    return _Preparation(Formats(spec), h, n0).run(leading)


def channel_matrices(
    spec: DetectorSpec, h: np.ndarray, noise_power: float | np.ndarray
) -> golden.Matrices:
    """From channels (..., antennas, users) and N0 to what the detector holds, as
    :func:`quant.mimo_detector.golden.channel_matrices`, but made of H's words."""
    h = checked("channel", h, (spec.antennas, spec.users))
    parts = np.stack([h.real, h.imag], axis=-1) / spec.h_step
    values, _ = golden.quantise_real(parts, spec.h)
    noise = np.broadcast_to(checked_noise(noise_power), h.shape[:-2])
    made = prepare(spec, values, noise_of(spec, noise_code(spec, noise)))
    found = {"h": (values, golden.beyond(parts, spec.h))}
    found |= {name: golden.values_of_codes(spec.w, getattr(made, name)) for name in ("w", "w0")}
    return golden.Matrices(
        **{name: each for name, (each, _) in found.items()},
        saturated={name: over.sum(axis=(-1, -2, -3)) for name, (_, over) in found.items()},
    )


class _Preparation:
    """A batch; complex numbers are pairs of int64 arrays, real and imaginary part."""

    def __init__(self, formats: Formats, h: np.ndarray, n0: np.ndarray):
        self.formats, self.n0 = formats, n0
        energy = (h**2).sum(axis=(1, 3))
        bits = _bit_length(np.maximum(1, energy + n0[:, None]))
        self.k = np.minimum(formats.largest - (bits + 1) // 2, formats.most_shift)
        self.hs = h[..., 0] << self.k[:, None], h[..., 1] << self.k[:, None]
        self.saturated = np.zeros(len(h), dtype=bool)

    def run(self, leading: tuple[int, ...]) -> Prepared:
        a = self._inverse(self._gram())
        re, im = (part.swapaxes(1, 2) for part in self.hs)
        w = self._codes((re, -im), self.formats.w)
        sums = _product(a, (re, -im))
        x = [self._sat(shift_round(part, self.formats.sum_shift)) for part in sums]
        w0 = self._codes(x, self.formats.w0)
        shape = *leading, *w.shape[1:]
        return Prepared(w.reshape(shape), w0.reshape(shape), self.saturated.reshape(leading))

    def _sat(self, value: np.ndarray) -> np.ndarray:
        found = np.clip(value, -HIGHEST, HIGHEST)
        self._flag(found != value)
        return found

    def _flag(self, where: np.ndarray) -> None:
        self.saturated |= where.reshape(len(where), -1).any(axis=1)

    def _gram(self) -> list[np.ndarray]:
        re, im = self.hs
        sums = _product((re.swapaxes(1, 2), -im.swapaxes(1, 2)), (re, im))
        users = np.arange(re.shape[2])
        sums[0][:, users, users] += self.n0[:, None] << 2 * self.k
        found = [np.clip(shift_round(part, 2 * self.formats.largest - FRACTION), -HIGHEST, HIGHEST)
                 for part in sums]  # fmt: skip
        upper = np.triu_indices(len(users), 1)
        for part, sign in zip(found, (1, -1), strict=True):
            part[:, upper[0], upper[1]] = sign * part[:, upper[1], upper[0]]
        return found

    def _inverse(self, a: list[np.ndarray]) -> list[np.ndarray]:
        re, im = (part.copy() for part in a)
        users = np.arange(re.shape[1])
        for k in users:
            d = re[:, k, k]
            self._flag(d < 1)
            exact = (1 << 2 * FRACTION) // np.maximum(1, d)
            p = np.minimum(exact, HIGHEST)
            self._flag(p != exact)
            rows, columns = users != k, users != k
            for part in (re, im):
                part[:, k, columns] = self._sat(
                    shift_round(part[:, k, columns] * p[:, None], FRACTION)
                )
            f = re[:, rows, k][..., None], im[:, rows, k][..., None]
            row = re[:, None, k, columns], im[:, None, k, columns]
            product = f[0] * row[0] - f[1] * row[1], f[0] * row[1] + f[1] * row[0]
            others = np.ix_(np.arange(len(re)), rows, columns)
            for part, less in zip((re, im), product, strict=True):
                part[others] = self._sat(shift_round((part[others] << FRACTION) - less, FRACTION))
            for part, factor in zip((re, im), f, strict=True):
                part[:, rows, k] = self._sat(
                    shift_round(-factor[..., 0] * p[:, None], FRACTION)
                )
            re[:, k, k], im[:, k, k] = p, 0
        return [re, im]

    def _codes(self, x, scale: Scale) -> np.ndarray:
        """Rows (channels, users, antennas) to codes."""
        spec, half = self.formats.spec, 1 << (self.formats.half_bits - 1)
        hs_re, hs_im = (part.swapaxes(1, 2) for part in self.hs)
        norm = np.maximum(1, (x[0] * hs_re - x[1] * hs_im).sum(axis=2))
        bits = _bit_length(norm)
        mantissa = _shifted(norm, MANTISSA_BITS - bits)
        quotient = (scale.constant << MANTISSA_BITS) // mantissa
        exact = _shifted(quotient, self.k + scale.exponent - bits + scale.shift)
        g = np.minimum(exact, HIGHEST)
        self._flag(g != exact)
        parts = [part * g[..., None] for part in x]
        if spec.w.rise == "mid_rise":
            codes = [part >> (scale.shift + 1) for part in parts]
        else:
            codes = [shift_round(part, scale.shift) for part in parts]
        return np.clip(np.stack(codes, axis=-1), -half, half - 1)


def _product(one, two) -> list[np.ndarray]:
    """Of two batches of complex matrices, exactly: all sums are below 2^53."""
    a, b = (part.astype(np.float64) for part in one)
    c, d = (part.astype(np.float64) for part in two)
    return [part.astype(np.int64) for part in (a @ c - b @ d, a @ d + b @ c)]


def _bit_length(value: np.ndarray) -> np.ndarray:
    return np.frexp(value.astype(np.float64))[1].astype(np.int64)


def _shifted(value: np.ndarray, bits: np.ndarray) -> np.ndarray:
    """value * 2^bits, floor."""
    bits = np.clip(bits, -62, 40)
    return np.where(bits < 0, value >> np.maximum(0, -bits), value << np.maximum(0, bits))
