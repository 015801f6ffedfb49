"""The C model of a set: one program with a decoder for each member."""

import ctypes
from collections.abc import Sequence

import numpy as np

from model.printable import in_comment
from quant.cmodel.binding import KINDS, FrameCounts, Link, array_of
from quant.cmodel.emit import INNER, program
from quant.cmodel.loaded import Loaded
from quant.cmodel.parts import part
from quant.code_set.control import PLACES, Control
from quant.code_set.decoded import SetDecoded
from quant.code_set.spec import CodeSetSpec

FRAMES_IN_A_ROW = 64
"""Frames of a simulation that are of one member before the next one's turn."""
_HERE = "quant.code_set"
_COPIED = ("code", "id", "hard")


def sources(spec: CodeSetSpec) -> dict[str, str]:
    """File name to text: ``NAME_cmodel.cpp``, which needs no other file, and its header."""
    structs = {f"spec_{spec.name}_{number}": member for number, member in enumerate(spec.longest)}
    about = in_comment(spec.made_for)
    copied = sum(((1 << PLACES[name][1]) - 1) << PLACES[name][0] for name in _COPIED)
    filled = {
        "MEMBERS": ", ".join(f"member<{struct}>()" for struct in structs),
        "COUNT": len(structs),
        "PLACES": ", ".join(f"{name}_place = {first}" for name, (first, _) in PLACES.items()),
        "COPIED": f"0x{copied:08x}",
        "SHA": spec.sha,
        "ABOUT": about,
        "ROW": FRAMES_IN_A_ROW,
        "CODES": "\n".join(
            f"//   {number} {in_comment(member.code.name)} ({member.n}, {member.k})"
            for number, member in enumerate(spec.members)
        ),
        "GUARD": f"{spec.name}_cmodel_H".upper(),
        "NAME": spec.name,
    }
    interface, header = (_filled(name, filled) for name in ("set_interface.cpp", "code_set.h"))
    inner = [*INNER[:-1], "set_engine.cpp"]
    text = program(
        spec.name, f"decoders of {about}", spec.sha, structs, [interface], package=_HERE,
        inner=inner,
    )  # fmt: skip
    return {**text, f"{spec.name}_cmodel.h": header}


def _filled(name: str, values: dict) -> str:
    text = part(name, _HERE)
    for key, value in values.items():
        text = text.replace(f"@{key}@", str(value))
    return text


_LINK = (ctypes.c_int, ctypes.c_int, ctypes.c_double, ctypes.c_uint64, ctypes.c_uint32,
         ctypes.c_int64, ctypes.c_int64)  # fmt: skip
_COUNT = ctypes.c_int64


class CodeSetModel(Loaded):
    """Decoders, encoders and simulated frames of all members in compiled code."""

    signatures = {
        "spec_sha": (ctypes.c_char_p,),
        "vector_bytes": (ctypes.c_int,),
        "use_vector_bytes": (ctypes.c_int, ctypes.c_int),
        "quantise": (ctypes.c_int, ctypes.c_int, array_of(np.float32), _COUNT, array_of(np.int8)),
        "decode": (ctypes.c_int, array_of(np.uint32), array_of(np.int32), _COUNT,
                   array_of(np.int8), array_of(np.uint8), array_of(np.uint32), ctypes.c_void_p),
        "encode": (ctypes.c_int, ctypes.c_int, array_of(np.uint8), _COUNT, array_of(np.uint8)),
        "frames": (ctypes.c_int, ctypes.c_int, *_LINK, array_of(np.uint8), array_of(np.float32)),
        "simulate": (ctypes.c_int, ctypes.c_uint32, ctypes.c_int, ctypes.c_int, *_LINK,
                     array_of(np.uint32), *[array_of(np.uint8)] * 2),
    }  # fmt: skip

    def _texts(self) -> dict[str, str]:
        return sources(self.spec)

    def quantise(self, code: int, llr: np.ndarray) -> np.ndarray:
        """LLRs of a member, any shape, as float32 to channel codes, int8 of the same shape."""
        llr = np.ascontiguousarray(llr, dtype=np.float32)
        codes = np.empty(llr.shape, dtype=np.int8)
        self._checked_call("quantise", code, llr, llr.size, codes)
        return codes

    def decode(self, controls: Sequence[Control], frames: Sequence[np.ndarray]) -> SetDecoded:
        """The same as :func:`quant.code_set.golden.decode`."""
        lengths = np.array([len(frame) for frame in frames], dtype=np.int32)
        words = np.array([control.word() for control in controls], dtype=np.uint32)
        codes = np.concatenate([np.zeros(0, np.int8), *frames]).astype(np.int8, copy=False)
        wanted = any(not control.hard for control in controls)
        status, bits, soft = self.decode_packed(words, lengths, codes, wanted)
        ends = np.cumsum(self._result_sizes(words, status))[:-1]
        values = np.split(soft, ends) if wanted else [None] * len(frames)
        values = [
            None if control.hard or not mine.size else value
            for control, mine, value in zip(controls, np.split(bits, ends), values, strict=True)
        ]
        return SetDecoded(status, np.split(bits, ends), values)

    def decode_packed(
        self, words: np.ndarray, lengths: np.ndarray, codes: np.ndarray, soft: bool = False
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The same with frames one after the other.

        Parameters
        ----------
        words, lengths : (frames,) control words uint32, numbers of codes int32
        codes : (sum of lengths,) int8

        Returns
        -------
        status : (frames,) uint32
        bits, soft : uint8 and int16 of all frames that are not dropped, one after the other; soft
            is empty where it is not asked for
        """
        sizes = self._result_sizes(words)
        bits = np.empty(sizes.sum(), dtype=np.uint8)
        values = np.empty(bits.size if soft else 0, dtype=np.int16)
        status = np.empty(len(words), dtype=np.uint32)
        codes = np.ascontiguousarray(codes, dtype=np.int8)
        place = values.ctypes.data if soft else None
        self._checked_call("decode", words, lengths, len(words), codes, bits, status, place)
        used = self._result_sizes(words, status).sum()
        return status, bits[:used], values[:used]

    def _result_sizes(self, words: np.ndarray, status: np.ndarray | None = None) -> np.ndarray:
        """Bits of each frame's result, 0 for invalid words and, by ``status``, dropped frames."""
        members = self.spec.members
        fields = {name: _field(words, name) for name in ("code", "iterations", "parity")}
        valid = (fields["code"] < len(members)) & (fields["iterations"] > 0)
        if status is not None:
            valid &= _field(status, "dropped") == 0
        code = np.where(valid, fields["code"], 0)
        whole, information = (np.array(each)[code] for each in (
            [member.n_variables for member in members], [member.k for member in members]
        ))  # fmt: skip
        return np.where(valid, np.where(fields["parity"] > 0, whole, information), 0)

    def encode(self, code: int, information: np.ndarray) -> np.ndarray:
        """Bits (frames, k) of a member to codewords (frames, n_variables), uint8."""
        member = self.spec.member(code)
        information = np.ascontiguousarray(information, dtype=np.uint8)
        codewords = np.empty((len(information), member.n_variables), dtype=np.uint8)
        self._checked_call("encode", code, information, len(information), codewords)
        return codewords

    def frames(
        self, code: int, link: Link, seed: int, point: int, first: int, frames: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """Codewords (frames, n_variables) uint8 and LLRs (frames, n) float32 of a member's
        simulation: the same as the member's own C model has.
        """
        member = self.spec.member(code)
        codewords = np.empty((frames, member.n_variables), dtype=np.uint8)
        llr = np.empty((frames, member.n), dtype=np.float32)
        where = _where(link, seed, point, first, frames)
        self._checked_call("frames", code, *where, codewords, llr)
        return codewords, llr

    def simulate(
        self,
        control: Control,
        link: Link,
        seed: int,
        point: int,
        first: int,
        found: FrameCounts,
        turn: tuple[int, int] = (0, 1),
    ) -> None:
        """Make the frames of :meth:`frames`, quantise, decode and compare them; as ``control``
        asks for.

        found : of the frames ``first``, ``first`` + 1, ..., written to: uint32, uint8, uint8
        turn : number and count: of the frames those whose turn it is, 64 of each in a row
        """
        where = _where(link, seed, point, first, len(found.decoded))
        self._checked_call(
            "simulate", control.word(), *turn, *where, found.bit_errors, found.decoded,
            found.iterations,
        )  # fmt: skip

    def _checked_call(self, name: str, *arguments) -> None:
        if self._call[name](*arguments):
            raise MemoryError(f"C model of {self.spec.name}: out of memory")


def _field(words: np.ndarray, place: str) -> np.ndarray:
    first, width = PLACES[place]
    return (words >> np.uint32(first)).astype(np.int64) & ((1 << width) - 1)


def _where(link: Link, seed: int, point: int, first: int, frames: int) -> tuple:
    return KINDS[link.kind], link.bits_per_symbol, link.parameter, seed, point, first, frames
