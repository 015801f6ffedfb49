"""Integer reference of the detector: NumPy, the vectors of one or many channels as a batch.

Products run in floating point where the spec's accumulator widths prove every partial sum a whole
number that the format holds: the results are those of integers.
"""

from dataclasses import dataclass

import numpy as np

from model.errors import InputError
from quant.golden.arithmetic import shift_round
from quant.golden.words import FLOAT32_BITS, quantise, quantise_real
from quant.mimo_detector import grouped, host, tables
from quant.mimo_detector.grouped import GroupedProduct
from quant.mimo_detector.spec import DetectorSpec
from quant.words import Word

_INT32_BITS = 30  # leaves room for the half that rounding adds


@dataclass(frozen=True, eq=False)
class Matrices:
    """A channel, or many, as the detector holds it: integer values, real and imaginary part last.

    h : (..., antennas, users, 2) ; w : (..., users, antennas, 2) ; w0 : like w, or None without
    start "lmmse" ; saturated : parts beyond their words, by matrix, of each channel (...)
    """

    h: np.ndarray
    w: np.ndarray
    w0: np.ndarray | None
    saturated: dict[str, np.ndarray]


@dataclass(frozen=True, eq=False)
class Detected:
    """What the detector returns for the vectors of its channels.

    r : (..., vectors, users, 2) values of the last r
    symbols : (..., vectors, users, 2) odd integers
    llrs : (..., vectors, users, bits_per_symbol), bits of the real part first
    z_saturated, r_saturated : (..., vectors) bool, whether a part left its word at any time
    """

    r: np.ndarray
    symbols: np.ndarray
    llrs: np.ndarray
    z_saturated: np.ndarray
    r_saturated: np.ndarray


def quantise_matrices(spec: DetectorSpec, floats: host.FloatMatrices) -> Matrices:
    """Matrices of :mod:`quant.mimo_detector.host` to integer values."""
    steps = {"h": spec.h_step, "w": spec.w_step}
    words = {"h": spec.h, "w": spec.w, "w0": spec.w}
    if spec.start is not None:
        steps["w0"] = spec.start.w0_step
    found, saturated = {"w0": None}, {}
    for name in spec.matrices:
        matrix = getattr(floats, name)
        parts = np.stack([matrix.real, matrix.imag], axis=-1) / steps[name]
        found[name], _ = quantise_real(parts, words[name])
        saturated[name] = beyond(parts, words[name]).sum(axis=(-1, -2, -3))
    return Matrices(**found, saturated=saturated)


def channel_matrices(
    spec: DetectorSpec, h: np.ndarray, noise_power: float | np.ndarray
) -> Matrices:
    """From channels (..., antennas, users) and N0 to what the detector holds, all checked."""
    return quantise_matrices(spec, host.matrices(spec.recipe, h, noise_power))


def quantise_received(spec: DetectorSpec, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Received vectors to values of ``spec.y``, and how many parts of each saturated.

    Parameters
    ----------
    y : complex (..., vectors, antennas); ``InputError`` for NaN, infinity or another shape

    Returns
    -------
    values : (..., vectors, antennas, 2) int64
    saturated : (..., vectors) int64
    """
    y = host.checked("received", y, (spec.antennas,))
    parts = np.stack([y.real, y.imag], axis=-1) / spec.y_step
    values, _ = quantise_real(parts, spec.y)
    return values, beyond(parts, spec.y).sum(axis=(-1, -2))


def beyond(parts: np.ndarray, word: Word) -> np.ndarray:
    """Which parts, in value steps, saturate a word; of the shape of ``parts``."""
    if word.rise == "mid_rise":
        return (parts < -word.maximum - 1) | (parts >= word.maximum + 1)
    return (parts < -word.maximum - 0.5) | (parts >= word.maximum + 0.5)


def values_of_codes(word: Word, codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Codes as a stream has them to values of ``word``, and which were beyond it (saturated)."""
    odd = word.rise == "mid_rise"
    high = (1 << (word.bits - 1)) - 1
    clipped = np.clip(codes, -high - odd, high)
    return 2 * clipped + 1 if odd else clipped, clipped != codes


def codes_of_values(word: Word, values: np.ndarray) -> np.ndarray:
    """Values of ``word`` to the codes of a stream."""
    return values >> 1 if word.rise == "mid_rise" else values


def detect(spec: DetectorSpec, matrices: Matrices, y: np.ndarray) -> Detected:
    """Symbols and LLRs.

    Parameters
    ----------
    y : (..., vectors, antennas, 2) values of ``spec.y``, leading dimensions those of the matrices

    ``InputError`` for shapes that do not fit or values that are none of ``spec.y``.
    """
    return _Detection(spec, matrices, y).run()


def operands(spec: DetectorSpec, name: str) -> tuple[Word, Word]:
    """Words of a matrix and of what it is multiplied with."""
    return (spec.h, spec.x) if name == "h" else (spec.w, spec.z)


def saturated_groups(spec: DetectorSpec, matrices: Matrices) -> np.ndarray:
    """Groups of all matrices of each channel (...) whose tables saturate for some signs."""
    counts = 0
    for name in spec.matrices:
        word, _ = operands(spec, name)
        limit = grouped.limit(word, spec.table_maximum)
        counts += (grouped.peaks(getattr(matrices, name)) > limit).sum(axis=(-1, -2))
    return np.asarray(counts)


def hard_decisions(spec: DetectorSpec, r: np.ndarray) -> np.ndarray:
    """Values of r to odd integers of the nearest symbols, of r's shape."""
    return tables.level_table(spec)[_offset_codes(spec.r, r)]


class _Detection:
    """One batch on its way; parts are pairs (real, imaginary) of arrays (..., vectors, n)."""

    def __init__(self, spec: DetectorSpec, matrices: Matrices, y: np.ndarray):
        check_detection(spec, matrices, y)
        self.spec = spec
        widths = spec.accumulator_bits
        integer = np.int32 if max(widths.values()) <= _INT32_BITS else np.int64
        exact = max(widths["g"], widths["forward"]) <= FLOAT32_BITS
        real = np.float32 if exact else np.float64
        self.products = {
            name: GroupedProduct(
                getattr(matrices, name), *operands(spec, name), spec.table_maximum, real
            )
            for name in spec.matrices
        }
        y_parts = [y[..., part].astype(integer) for part in (0, 1)]
        self.y = [part << spec.y_shift for part in y_parts]
        self.over_z = np.zeros(y.shape[:-2], dtype=bool)
        self.over_r = np.zeros(y.shape[:-2], dtype=bool)

    def run(self) -> Detected:
        spec = self.spec
        x = z = None
        if spec.start is not None:
            z0 = self._quantised_z(self.y, spec.start.shift)
            r = self._estimate("w0", spec.start.gain, z0)
            x = self._eta(spec.start.eta, r)
        for each in spec.rounds:
            z = self._residual(each, x, z)
            r = self._estimate("w", each.gain, z, x)
            if each.eta:
                x = self._eta(each.eta, r)
        r = np.stack(r, axis=-1).astype(np.int64)
        llrs = tables.llr_table(spec)[_offset_codes(spec.r, r)]
        llrs = llrs.reshape(*r.shape[:-1], spec.bits_per_symbol)
        return Detected(r, hard_decisions(spec, r), llrs, self.over_z, self.over_r)

    def _residual(self, each, x, z) -> list[np.ndarray]:
        spec, frac_bits = self.spec, self.spec.momentum_frac_bits
        if x is None:
            return self._quantised_z(self.y, spec.z_shift)
        product_x = self.products["h"](*x)
        sums = [(y - g) << frac_bits for y, g in zip(self.y, product_x, strict=True)]
        if each.momentum.terms:
            momentum = each.momentum.scaled(frac_bits)
            sums = [s + ((momentum * old) << spec.z_shift) for s, old in zip(sums, z, strict=True)]
        return self._quantised_z(sums, spec.z_shift + frac_bits)

    def _quantised_z(self, sums: list[np.ndarray], shift: int) -> list[np.ndarray]:
        return self._quantised(sums, shift, self.spec.z, self.over_z)

    def _estimate(self, name: str, gain, z: list[np.ndarray], x=None) -> list[np.ndarray]:
        spec, frac_bits = self.spec, self.spec.gain_frac_bits
        scaled = gain.scaled(frac_bits)
        exact = self.products[name](*z)
        sums = [scaled * shift_round(part, spec.u_shift) for part in exact]
        if x is not None:
            sums = [s + (part << frac_bits) for s, part in zip(sums, x, strict=True)]
        return self._quantised(sums, frac_bits - spec.r_frac_bits, spec.r, self.over_r)

    def _quantised(self, sums: list, shift: int, word: Word, over: np.ndarray) -> list[np.ndarray]:
        limit = (word.maximum + 1) << shift
        for part in sums:
            over |= ((part < -limit) | (part >= limit)).any(axis=-1)
        return [quantise(part, shift, word) for part in sums]

    def _eta(self, eta: tuple[int, ...], r: list[np.ndarray]) -> list[np.ndarray]:
        table = tables.eta_table(self.spec, eta)
        return [table[_offset_codes(self.spec.r, part)].astype(part.dtype) for part in r]


def _offset_codes(word: Word, values: np.ndarray) -> np.ndarray:
    return (values + word.maximum) >> 1


def check_detection(spec: DetectorSpec, matrices: Matrices, y: np.ndarray) -> None:
    shapes = {"h": (spec.antennas, spec.users, 2), "w": (spec.users, spec.antennas, 2)}
    shapes["w0"] = shapes["w"]
    for name in spec.matrices:
        matrix = getattr(matrices, name)
        found = None if matrix is None else matrix.shape
        if found is None or found[-3:] != shapes[name] or found[:-3] != matrices.h.shape[:-3]:
            due = ", ".join(map(str, ("...", *shapes[name])))
            raise InputError(f"matrix {name} has shape {found}, expected ({due})")
    if y.shape[-2:] != (spec.antennas, 2) or y.shape[:-3] != matrices.h.shape[:-3]:
        due = ", ".join(map(str, [*matrices.h.shape[:-3], "vectors", spec.antennas, 2]))
        raise InputError(f"received values have shape {y.shape}, expected ({due})")
    bad = y[(y % 2 == 0) | (np.abs(y) > spec.y.maximum)]
    if len(bad):
        raise InputError(f"received value {bad[0]} is none of a {spec.y.bits}-bit mid-rise word")
