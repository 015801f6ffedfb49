"""The compiled C model as a Python object: arrays in, arrays out."""

import ctypes
from dataclasses import dataclass

import numpy as np
from numpy.ctypeslib import ndpointer

from model.errors import InputError
from quant.cmodel.emit import sources
from quant.cmodel.loaded import Loaded
from quant.golden import Decoded
from quant.golden.channel import checked_values

KINDS = {"awgn": 0, "bsc": 1, "rayleigh": 2}


@dataclass(frozen=True)
class Link:
    """A channel of :meth:`CModel.simulate`.

    kind : "awgn", "bsc" or "rayleigh" (fading from symbol to symbol, gain known to the receiver)
    bits_per_symbol : 1 (BPSK), 4, 6 or 8 (square QAM with Gray labels and max-log LLRs)
    parameter : noise deviation a real dimension at symbol energy 1; for "bsc" the flip probability
    """

    kind: str
    bits_per_symbol: int
    parameter: float


@dataclass(frozen=True)
class FrameCounts:
    """One entry a frame: wrong information bits uint32, verified bool, iterations uint8."""

    bit_errors: np.ndarray
    decoded: np.ndarray
    iterations: np.ndarray


def array_of(dtype):
    """Argument type of a contiguous array."""
    return ndpointer(dtype, flags="C_CONTIGUOUS")


_LINK = (ctypes.c_int, ctypes.c_int, ctypes.c_double, ctypes.c_uint64, ctypes.c_uint32,
         ctypes.c_int64, ctypes.c_int64)  # fmt: skip
_COUNT = ctypes.c_int64
_SIGNATURES = {
    "spec_sha": (ctypes.c_char_p,),
    "lanes": (ctypes.c_int,),
    "vector_bytes": (ctypes.c_int,),
    "use_vector_bytes": (ctypes.c_int, ctypes.c_int),
    "quantise": (None, array_of(np.float32), _COUNT, array_of(np.int8)),
    "decode": (ctypes.c_int, array_of(np.int8), _COUNT, *[array_of(np.uint8)] * 3),
    "decode_soft": (ctypes.c_int, *[ctypes.c_void_p] * 2, _COUNT, *[array_of(np.uint8)] * 3,
                    array_of(np.int16), array_of(np.int32)),
    "encode": (ctypes.c_int, array_of(np.uint8), _COUNT, array_of(np.uint8)),
    "information_positions": (ctypes.POINTER(ctypes.c_int32),),
    "extract_information": (None, array_of(np.uint8), _COUNT, array_of(np.uint8)),
    "frames": (ctypes.c_int, *_LINK, array_of(np.uint8), array_of(np.float32)),
    "simulate": (ctypes.c_int, *_LINK, array_of(np.uint32), *[array_of(np.uint8)] * 2),
}  # fmt: skip


class CModel(Loaded):
    """Decoder, encoder and simulated frames of one spec in compiled code."""

    signatures = _SIGNATURES

    def _texts(self) -> dict[str, str]:
        return sources(self.spec)

    def quantise(self, llr: np.ndarray) -> np.ndarray:
        """LLRs, any shape, as float32 to channel codes, int8 of the same shape."""
        llr = np.ascontiguousarray(llr, dtype=np.float32)
        codes = np.empty(llr.shape, dtype=np.int8)
        self._call["quantise"](llr, llr.size, codes)
        return codes

    def decode(self, codes: np.ndarray, soft: bool = False) -> Decoded:
        """The same as ``quant.golden.decode``: codes int8 (frames, n).

        soft : also APP values and odd checks at the end of each frame, which takes longer
        """
        codes = self._checked(codes, np.int8, self.spec.n)
        if soft:
            return self._decode_soft(codes, None)
        bits, decoded, iterations = self._results(len(codes))
        self._checked_call("decode", codes, len(codes), bits, decoded, iterations)
        return Decoded(bits, decoded.astype(bool), iterations)

    def decode_values(self, values: np.ndarray) -> Decoded:
        """The same as ``quant.golden.start`` with ``values``, and all iterations.

        values : integers (frames, n_variables) in APP LSB; ``ValueError`` for one that is too
            large, or that no code stands for where a try has channel values of its own
        """
        return self._decode_soft(None, np.ascontiguousarray(checked_values(self.spec, values)))

    def _decode_soft(self, codes: np.ndarray | None, values: np.ndarray | None) -> Decoded:
        frames = len(values if codes is None else codes)
        bits, decoded, iterations = self._results(frames)
        soft = np.empty(bits.shape, dtype=np.int16)
        unsatisfied = np.empty(frames, dtype=np.int32)
        given = [None if array is None else array.ctypes.data for array in (codes, values)]
        results = bits, decoded, iterations, soft, unsatisfied
        self._checked_call("decode_soft", *given, frames, *results)
        return Decoded(bits, decoded.astype(bool), iterations, soft, unsatisfied)

    def _results(self, frames: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Room for bits, verified flags and iterations."""
        bits = np.empty((frames, self.spec.n_variables), dtype=np.uint8)
        return bits, *np.empty((2, frames), dtype=np.uint8)

    def encode(self, information: np.ndarray) -> np.ndarray:
        """Bits (frames, k) to codewords (frames, n_variables), uint8, as ``model.encode`` does."""
        information = self._checked(information, np.uint8, self.spec.k)
        codewords = np.empty((len(information), self.spec.n_variables), dtype=np.uint8)
        self._checked_call("encode", information, len(information), codewords)
        return codewords

    @property
    def information_positions(self) -> np.ndarray:
        """Places of the information bits among all variables, int32 (k,), ascending."""
        table = self._call["information_positions"]()
        return np.ctypeslib.as_array(table, (self.spec.k,)).copy()

    def extract_information(self, bits: np.ndarray) -> np.ndarray:
        """Of hard decisions or codewords (frames, n_variables) the information bits (frames, k)."""
        bits = self._checked(bits, np.uint8, self.spec.n_variables)
        information = np.empty((len(bits), self.spec.k), dtype=np.uint8)
        self._call["extract_information"](bits, len(bits), information)
        return information

    def frames(
        self, link: Link, seed: int, point: int, first: int, frames: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """Codewords (frames, n_variables) uint8 and LLRs (frames, n) float32 of a simulation.

        A frame depends on link, ``seed`` (64 bits), ``point`` (32 bits) and its number only.
        """
        codewords = np.empty((frames, self.spec.n_variables), dtype=np.uint8)
        llr = np.empty((frames, self.spec.n), dtype=np.float32)
        where = _where(link, seed, point, first, frames)
        self._checked_call("frames", *where, codewords, llr)
        return codewords, llr

    def simulate(self, link: Link, seed: int, point: int, first: int, frames: int) -> FrameCounts:
        """Make the frames of :meth:`frames`, quantise, decode and compare them."""
        bit_errors = np.empty(frames, dtype=np.uint32)
        decoded, iterations = np.empty((2, frames), dtype=np.uint8)
        where = _where(link, seed, point, first, frames)
        self._checked_call("simulate", *where, bit_errors, decoded, iterations)
        return FrameCounts(bit_errors, decoded.astype(bool), iterations)

    def _checked(self, values: np.ndarray, dtype, width: int) -> np.ndarray:
        values = np.ascontiguousarray(values, dtype=dtype)
        if values.ndim != 2 or values.shape[1] != width:
            raise InputError(f"array of shape {values.shape}, (frames, {width}) is due")
        return values

    def _checked_call(self, name: str, *arguments) -> None:
        if self._call[name](*arguments):
            raise MemoryError(f"C model of {self.spec.name}: out of memory")


def _where(link: Link, seed: int, point: int, first: int, frames: int) -> tuple:
    kind = KINDS[link.kind]
    return kind, link.bits_per_symbol, link.parameter, seed, point, first, frames
