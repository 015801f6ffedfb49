"""The compiled detector as a Python object: arrays in, arrays out."""

import ctypes
import math

import numpy as np

from model.errors import InputError
from quant.cmodel.binding import array_of
from quant.cmodel.loaded import Loaded
from quant.mimo_detector.cmodel.emit import sources
from quant.mimo_detector.golden import Detected, Matrices, check_detection
from quant.mimo_detector.preprocess import Formats, Prepared

_COUNT = ctypes.c_int64
_MATRIX = array_of(np.int32)
_SIGNATURES = {
    "spec_sha": (ctypes.c_char_p,),
    "lanes": (ctypes.c_int,),
    "vector_bytes": (ctypes.c_int,),
    "use_vector_bytes": (ctypes.c_int, ctypes.c_int),
    "detect": (ctypes.c_int, _MATRIX, _MATRIX, _MATRIX, _COUNT, _COUNT, array_of(np.int16),
               array_of(np.int16), array_of(np.int8), array_of(np.int8), array_of(np.uint8),
               ctypes.POINTER(_COUNT)),
    "prepare": (ctypes.c_int, _MATRIX, array_of(np.int64), _COUNT, array_of(np.int16),
                array_of(np.int16), array_of(np.uint8)),
}  # fmt: skip


class DetectorModel(Loaded):
    """The detector of one spec in compiled code.

    ``saturated_groups`` : of the last call, the sum of what ``golden.saturated_groups`` counts
    """

    signatures = _SIGNATURES
    saturated_groups = 0

    def _texts(self) -> dict[str, str]:
        return sources(self.spec)

    def detect(self, matrices: Matrices, y: np.ndarray) -> Detected:
        """The same as ``quant.mimo_detector.golden.detect``, in narrower integers."""
        spec = self.spec
        check_detection(spec, matrices, y)
        given = [np.ascontiguousarray(getattr(matrices, n), dtype=np.int32) for n in spec.matrices]
        if spec.start is None:
            given.append(np.empty(0, dtype=np.int32))
        lead, vectors = y.shape[:-2], y.shape[-3]
        y = np.ascontiguousarray(y, dtype=np.int16)
        r = np.empty((*lead, spec.users, 2), dtype=np.int16)
        symbols = np.empty(r.shape, dtype=np.int8)
        llrs = np.empty((*lead, spec.users, spec.bits_per_symbol), dtype=np.int8)
        flags, saturated = np.empty(lead, dtype=np.uint8), _COUNT()
        failed = self._call["detect"](
            *given, math.prod(lead[:-1]), vectors, y, r, symbols, llrs, flags,
            ctypes.byref(saturated),
        )  # fmt: skip
        if failed:
            raise MemoryError(f"C model of {spec.name}: out of memory")
        self.saturated_groups = saturated.value
        return Detected(r, symbols, llrs, (flags & 1).astype(bool), (flags & 2).astype(bool))

    def prepare(self, h: np.ndarray, n0: np.ndarray) -> Prepared:
        """The same as ``quant.mimo_detector.preprocess.prepare``."""
        spec = self.spec
        Formats(spec)  # refuses what it does not make
        if h.shape[-3:] != (spec.antennas, spec.users, 2):
            raise InputError(
                f"H has shape {h.shape}, expected (..., {spec.antennas}, {spec.users}, 2)"
            )
        lead = h.shape[:-3]
        n0 = np.broadcast_to(n0, lead)
        h = np.ascontiguousarray(h, dtype=np.int32)
        n0 = np.ascontiguousarray(n0, dtype=np.int64)
        shape = *lead, spec.users, spec.antennas, 2
        w, w0 = (np.empty(shape, dtype=np.int16) for _ in range(2))
        saturated = np.empty(lead, dtype=np.uint8)
        if self._call["prepare"](h, n0, math.prod(lead), w, w0, saturated):
            raise MemoryError(f"C model of {spec.name}: out of memory")
        return Prepared(w, w0, saturated.astype(bool))
