"""Min-sum and sum-product in floating point, compiled: the references of error-rate curves.

The same rules as ``model.decoder`` (``model.inference.decode`` of a decoder with one constant
factor) at thirty times its speed, so that curves reach 1e-6. Sum-product is the exact rule,
Gallager's sum of ``-ln tanh(v/2)``; messages end near 70 LLR.
"""

import ctypes

import numpy as np

from model.errors import InputError
from quant.cmodel.binding import array_of
from quant.cmodel.emit import soft_source
from quant.cmodel.library import compiled
from quant.golden import Decoded
from quant.spec import Spec


class SoftDecoder:
    """Min-sum times ``alpha`` on the spec's code, with its schedule, iterations and early stop.

    ``alpha`` None is the sum-product rule. Nothing else of the spec matters.
    Raises ``InputError`` as :func:`compiled` does, and for an ``alpha`` that is not positive.
    """

    def __init__(self, spec: Spec, alpha: float | None = 0.75):
        if alpha is not None and not 0 < alpha < np.inf:
            raise InputError(f"alpha is {alpha}, must be positive")
        self.spec, self.alpha = spec, alpha
        path = compiled(soft_source(spec), "-march=native")
        try:
            self._decode = ctypes.CDLL(str(path)).soft_decode
        except OSError as error:
            raise InputError(f"{path}: cannot be loaded: {error}") from error
        flags, frames = array_of(np.uint8), ctypes.c_int64
        self._decode.argtypes = (ctypes.c_float, array_of(np.float32), frames, flags, flags, flags)

    def decode(self, llr: np.ndarray) -> Decoded:
        """LLRs (frames, n) of the transmitted bits to hard decisions, verified flags, iterations.

        Verified means that the signs after the last iteration used satisfy every check.
        """
        llr = np.ascontiguousarray(llr, dtype=np.float32)
        if llr.ndim != 2 or llr.shape[1] != self.spec.n:
            raise InputError(f"array of shape {llr.shape}, (frames, {self.spec.n}) is due")
        bits = np.empty((len(llr), self.spec.n_variables), dtype=np.uint8)
        decoded, iterations = np.empty((2, len(llr)), dtype=np.uint8)
        if self._decode(self.alpha or 0.0, llr, len(llr), bits, decoded, iterations):
            raise MemoryError(f"float decoder of {self.spec.code.name}: out of memory")
        return Decoded(bits, decoded.astype(bool), iterations)
