"""Layered decoders of AFF3CT, built from a checkout of its sources, beside which speed is measured.

``aff3ct.cpp`` includes the few of AFF3CT's files that these decoders need. All are inter-frame SIMD
(BP_HORIZONTAL_LAYERED, INTER of its simulator): the widest vectors of the processor, one frame a
lane. LLRs are quantised here as its quantiser "POW2" does it: ``round(llr * scale)``, limited to
6 bits for int8 and 8 bits for int16.
"""

import ctypes
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from model.errors import InputError
from quant.cmodel.library import compiled
from quant.spec import Spec

VERSION = "3.0.2"
_INCLUDES = ("src", "include", "lib/MIPP/src", "lib/rang/include")
_NEEDED = ("src/Module/Task.cpp", "lib/MIPP/src/mipp.h", "lib/rang/include/rang.hpp")
_FLAGS = ("-march=native", "-fno-wrapv", "-ffp-contract=fast", "-DAFF3CT_MULTI_PREC", "-w")
_SOURCE = Path(__file__).with_name("aff3ct.cpp")


@dataclass(frozen=True)
class Kind:
    """One of its decoders. dtype : of its LLRs ; scale, limit : LSB of an LLR and largest LLR"""

    name: str
    dtype: type
    scale: int
    limit: int


KINDS = (
    Kind("OMS int8", np.int8, 2, 31),
    Kind("MS int8", np.int8, 2, 31),
    Kind("NMS int16", np.int16, 8, 127),
    Kind("NMS int16, legacy", np.int16, 8, 127),
    Kind("NMS float", np.float32, 0, 0),
)
"""MS: min-sum; OMS: less an offset of 1 LSB (0.5 LLR); NMS: times 0.75. "legacy" is the older class
of the same algorithm, which its simulator calls BP_HORIZONTAL_LAYERED_LEGACY.
"""


class Aff3ct:
    """One of AFF3CT's decoders for the code of a spec, without early stop.

    Parameters
    ----------
    spec : code and iterations
    kind : the decoder
    folder : checkout of AFF3CT with its submodules

    Raises ``InputError`` in one line for a folder that holds no such checkout, for sources that do
    not compile, and for a decoder that AFF3CT refuses to make.
    """

    frames = 8192

    def __init__(self, spec: Spec, kind: Kind, folder: Path):
        self.name, self._kind = f"AFF3CT {kind.name}", kind
        self._where = np.asarray(spec.information_positions, dtype=np.int32)
        self._library = library(folder)
        graph = spec.graph()
        edges = np.argwhere(graph.parity_check_matrix()).astype(np.int32, order="C")
        self._peer = ctypes.c_void_p(self._library.aff3ct_new(
            kind.name.encode(), spec.n, len(self._where), graph.n_checks, spec.iterations,
            _address(edges), ctypes.c_int64(len(edges)), _address(self._where),
        ))  # fmt: skip
        if not self._peer:
            reason = self._library.aff3ct_reason().decode().splitlines()
            raise InputError(f"{folder}: {self.name}: {reason[0] if reason else 'refused'}")

    def __del__(self):
        if getattr(self, "_peer", None):
            self._library.aff3ct_delete(self._peer)

    def quantised(self, llr: np.ndarray) -> np.ndarray:
        """LLRs as it takes them."""
        kind = self._kind
        if kind.scale:
            llr = np.clip(np.rint(llr * kind.scale), -kind.limit, kind.limit)
        return np.ascontiguousarray(llr, dtype=kind.dtype)

    def prepare(self, llr: np.ndarray) -> Callable[[], np.ndarray]:
        given = self.quantised(llr)
        frames, of_bits = len(given), np.dtype(f"i{given.itemsize}")
        if frames % 64:
            raise ValueError(f"{frames} frames are not a multiple of 64 lanes")
        bits = np.empty((frames, len(self._where)), dtype=of_bits)

        def work() -> np.ndarray:
            self._library.aff3ct_decode(self._peer, _address(given), ctypes.c_int64(frames),
                                        _address(bits))  # fmt: skip
            return bits

        return work


def library(folder: Path) -> ctypes.CDLL:
    """The compiled decoders (half a minute the first time)."""
    folder = folder.resolve()
    for path in _NEEDED:
        if not (folder / path).is_file():
            raise InputError(f"{folder}: no checkout of AFF3CT {VERSION} with its submodules: "
                             f"{path} is missing")  # fmt: skip
    includes = [f"-I{folder / path}" for path in _INCLUDES]
    texts = {_SOURCE.name: _SOURCE.read_text(), "sources.sha256": _hash(folder)}
    found = ctypes.CDLL(str(compiled(texts, *_FLAGS, *includes)))
    found.aff3ct_new.restype = ctypes.c_void_p
    found.aff3ct_reason.restype = ctypes.c_char_p
    return found


def _hash(folder: Path) -> str:
    """Of all that may be included, so that a changed checkout is compiled again."""
    total = hashlib.sha256()
    for include in _INCLUDES:
        for path in sorted((folder / include).rglob("*")):
            if path.is_file():
                total.update(path.read_bytes())
    return total.hexdigest()


def _address(array: np.ndarray) -> ctypes.c_void_p:
    """Of an array that the caller keeps."""
    return ctypes.c_void_p(array.ctypes.data)
