"""The compiled precoder as a Python object: arrays in, arrays out."""

import ctypes
import math
from dataclasses import dataclass

import numpy as np

from model.errors import InputError
from model.mimo import channels
from model.precoder.system import Blocks, noise_power
from quant.cmodel.binding import array_of
from quant.cmodel.loaded import Loaded
from quant.fields import number, whole
from quant.precoder.cmodel.emit import sources
from quant.precoder.golden import Precoded

MOST_VECTORS = 1 << 26
"""Of a simulated block: what the counters of its draws hold for the most users."""


@dataclass(frozen=True)
class Downlink:
    """What :meth:`PrecoderModel.simulate` sends over: i.i.d. Rayleigh, receiver "genie".

    snr_db : P / N0
    vectors : symbol vectors of a coherence block
    """

    snr_db: float
    vectors: int

    def __post_init__(self) -> None:
        number("SNR in dB", self.snr_db, -1000, 1000)
        whole("vectors of a block", self.vectors, 1, MOST_VECTORS)


@dataclass(frozen=True)
class ErrorCounts:
    """One entry a coherence block.

    bit_errors : (blocks, users) uint32
    saturated : (blocks,) uint32, vectors whose H v left the range of ``u_bits`` in some round
    channel_saturated : (blocks,) uint32, channel parts beyond the range of ``spec.h``
    """

    bit_errors: np.ndarray
    saturated: np.ndarray
    channel_saturated: np.ndarray


_COUNT = ctypes.c_int64
_WHERE = (_COUNT, ctypes.c_uint64, ctypes.c_uint32, _COUNT, _COUNT)
_VALUES, _COUNTS = array_of(np.int32), array_of(np.uint32)
_SIGNATURES = {
    "spec_sha": (ctypes.c_char_p,),
    "lanes": (ctypes.c_int,),
    "vector_bytes": (ctypes.c_int,),
    "use_vector_bytes": (ctypes.c_int, ctypes.c_int),
    "quantise_channel": (_COUNT, array_of(np.float32), _COUNT, _VALUES),
    "quantise_channel_double": (_COUNT, array_of(np.float64), _COUNT, _VALUES),
    "precode": (ctypes.c_int, _VALUES, _COUNT, _COUNT, array_of(np.int8), array_of(np.uint8),
                ctypes.POINTER(_COUNT)),
    "simulate": (ctypes.c_int, ctypes.c_double, *_WHERE, _COUNTS, _COUNTS, _COUNTS),
    "draw": (ctypes.c_int, *_WHERE, array_of(np.float32), array_of(np.int8), array_of(np.float32)),
}  # fmt: skip


class PrecoderModel(Loaded):
    """Precoder and simulated downlink of one spec in compiled code."""

    signatures = _SIGNATURES

    def _texts(self) -> dict[str, str]:
        return sources(self.spec)

    def quantise_channel(self, h: np.ndarray) -> tuple[np.ndarray, int]:
        """The same as ``quant.precoder.golden.quantise_channel``: (..., U, B) in any precision of
        single or double, values (..., U, B, 2) as int32."""
        h = np.asarray(h)
        single = h.dtype in (np.float32, np.complex64)
        if not single and h.dtype not in (np.float64, np.complex128) and h.dtype.kind not in "iu":
            raise InputError(f"channel is of type {h.dtype}, expected single or double precision")
        h = channels.check(h, self.spec.users, self.spec.antennas)
        h = np.ascontiguousarray(h, dtype=np.complex64 if single else np.complex128)
        parts = h.view(np.float32 if single else np.float64).reshape(*h.shape, 2)
        values = np.empty(parts.shape, dtype=np.int32)
        name = "quantise_channel" if single else "quantise_channel_double"
        return values, self._call[name](parts, parts.size, values)

    def precode(self, h: np.ndarray, symbols: np.ndarray) -> Precoded:
        """The same as ``quant.precoder.golden.precode``.

        Parameters
        ----------
        h : (..., U, B, 2) integer values of ``spec.h``
        symbols : (..., vectors, U, 2) odd integers of the constellation; fastest as int8
        """
        spec = self.spec
        h, symbols = np.asarray(h), np.asarray(symbols)
        if h.ndim < 3 or h.shape[-3:] != (spec.users, spec.antennas, 2):
            raise InputError(
                f"channel has shape {h.shape}, expected (..., {spec.users}, {spec.antennas}, 2)"
            )
        due = (*h.shape[:-3], "vectors", spec.users, 2)
        vectors = symbols.shape[-3] if symbols.ndim >= 3 else 0
        if symbols.shape != tuple(vectors if size == "vectors" else size for size in due):
            text = ", ".join(map(str, due))
            raise InputError(f"symbols have shape {symbols.shape}, expected ({text})")
        rise = spec.h.rise == "mid_rise"
        what = f"none of the spec's {spec.h.bits}-bit {spec.h.rise} values"
        h = _checked("channel value", h, spec.h.maximum, rise, np.int32, what)
        what = f"none of {spec.constellation}'s odd integers"
        symbols = _checked("symbol part", symbols, spec.largest_symbol, True, np.int8, what)
        bits = np.empty((*symbols.shape[:-2], spec.antennas, 2), dtype=np.uint8)
        saturated = _COUNT()
        count = math.prod(h.shape[:-3])
        self._checked_call("precode", h, count, vectors, symbols, bits, ctypes.byref(saturated))
        return Precoded(bits, saturated.value)

    def simulate(
        self, link: Downlink, seed: int, point: int, first: int, blocks: int
    ) -> ErrorCounts:
        """Send the coherence blocks ``first``, ``first + 1``, ... and count what arrives wrong.

        A block depends on ``link.vectors``, ``seed`` (64 bits), ``point`` (32 bits) and its number
        only. Blocks are those of :meth:`vectors`.
        """
        where = _where(link, seed, point, first, blocks)
        bit_errors = np.empty((blocks, self.spec.users), dtype=np.uint32)
        saturated, clipped = np.empty((2, blocks), dtype=np.uint32)
        deviation = math.sqrt(float(noise_power(link.snr_db)))
        self._checked_call("simulate", deviation, *where, bit_errors, saturated, clipped)
        return ErrorCounts(bit_errors, saturated, clipped)

    def vectors(self, link: Downlink, seed: int, point: int, first: int, blocks: int) -> Blocks:
        """The channels, bits, symbols and unit noise of :meth:`simulate`, as ``model.precoder``
        holds them."""
        spec, where = self.spec, _where(link, seed, point, first, blocks)
        channel = np.empty((blocks, spec.users, spec.antennas, 2), dtype=np.float32)
        odd = np.empty((blocks, link.vectors, spec.users, 2), dtype=np.int8)
        noise = np.empty(odd.shape, dtype=np.float32)
        self._checked_call("draw", *where, channel, odd, noise)
        constellation = spec.system.constellation
        level = (odd.swapaxes(1, 2) + spec.largest_symbol) >> 1
        gray = level ^ (level >> 1)
        shifts = np.arange(constellation.bits_per_axis - 1, -1, -1)
        bits = (gray[..., None] >> shifts & 1).astype(np.uint8)
        bits = bits.reshape(*bits.shape[:3], constellation.bits_per_symbol)
        noise = np.ascontiguousarray(noise.swapaxes(1, 2))
        return Blocks(
            channel.view(np.complex64)[..., 0],
            bits,
            constellation.symbols(bits),
            noise.view(np.complex64)[..., 0],
        )

    def _checked_call(self, name: str, *arguments) -> None:
        if self._call[name](*arguments):
            raise MemoryError(f"C model of {self.spec.name}: out of memory")


def _checked(
    what: str, values: np.ndarray, maximum: int, odd: bool, dtype: type, otherwise: str
) -> np.ndarray:
    """``values`` as contiguous ``dtype``; ``InputError`` for one that is no value of the format."""
    if values.dtype.kind not in "iu":
        raise InputError(f"{what}s are of type {values.dtype}, expected integers")
    if values.size == 0:
        return np.ascontiguousarray(values, dtype=dtype)
    fits = values.max() <= maximum and values.min() >= -maximum
    if not fits or (odd and not np.bitwise_and.reduce(values, axis=None) & 1):
        bad = (values > maximum) | (values < -maximum) | (odd & ((values & 1) == 0))
        raise InputError(f"{what} {values[bad][0]} is {otherwise}")
    return np.ascontiguousarray(values, dtype=dtype)


def _where(link: Downlink, seed: int, point: int, first: int, blocks: int) -> tuple:
    whole("seed", seed, 0, 2**64 - 1)
    whole("point", point, 0, 2**32 - 1)
    whole("first block", first, 0, 2**56 - 1)
    whole("blocks", blocks, 0, 2**56 - first)
    return link.vectors, seed, point, first, blocks
