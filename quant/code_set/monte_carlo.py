"""Error rates of a set: frames of each code in turn, counted apart and together."""

import time
from collections.abc import Iterator
from functools import cached_property
from typing import Self

import numpy as np

from model.errors import InputError
from quant.cmodel.binding import FrameCounts as CodeCounts
from quant.code_set import golden
from quant.code_set.cmodel import FRAMES_IN_A_ROW, CodeSetModel
from quant.code_set.control import MAX_ITERATIONS
from quant.code_set.link import ALL, SetChannel
from quant.code_set.spec import CodeSetSpec
from quant.golden import quantise_llr
from quant.monte_carlo import EBN0, FrameCounts, Kind, MonteCarlo, point_number

_RATE_FRAMES, _RATE_BITS = 4096, 1 << 25


class CodeSetMonteCarlo(MonteCarlo):
    """Frame f is of member f // 64 modulo their number, and there the same frame as frame f of
    that member's own simulation. It is wrong if one of its information bits is.

    ``iterations`` are those that the decoder used; ``undetected`` frames are wrong ones that it
    calls verified.
    """

    axis = EBN0
    models = ("c", "golden")
    link = SetChannel
    unit_frames = 512
    kinds = (Kind("iterations", 1, mean=True), Kind("undetected", wrong_only=True))

    @classmethod
    def of_spec(cls, spec: CodeSetSpec) -> Self:
        groups = {member.code.name: member.k for member in spec.members}
        return type(cls.__name__, (cls,), {"groups": groups})(spec)

    @cached_property
    def compiled(self) -> CodeSetModel:
        """The compiled model, loaded once."""
        return CodeSetModel(self.spec)

    def link_title(self, link: SetChannel) -> str:
        return link.words

    def chosen(self, link: SetChannel) -> tuple[int, ...]:
        """Numbers of the members that frames are of; ``InputError`` for a code that there is not.
        """
        codes = self.spec.codes
        if link.member == ALL:
            return tuple(range(len(codes)))
        if link.member not in codes:
            raise InputError(f"member is {link.member!r}, must be {ALL} or {', '.join(codes)}")
        return (codes.index(link.member),)

    def frame_bits(self, link: SetChannel) -> int:
        return max(self.spec.members[number].k for number in self.chosen(link))

    def most(self, link: SetChannel) -> dict[str, int]:
        return super().most(link) | {"iterations": MAX_ITERATIONS, "undetected": 1}

    def prepare(self, model: str) -> None:
        _ = self.compiled
        if model != "c":
            _ = [member.information_positions for member in self.spec.members]

    def member_of(self, link: SetChannel, frame: np.ndarray) -> np.ndarray:
        """Numbers of the members of frames, of the shape of ``frame``."""
        chosen = np.array(self.chosen(link))
        return chosen[frame // FRAMES_IN_A_ROW % len(chosen)]

    def frames(
        self, link: SetChannel, ebn0_db: float, seed: int, first: int, frames: int
    ) -> Iterator[tuple[int, int, np.ndarray, np.ndarray]]:
        """The frames ``first``, ``first`` + 1, ... in rows of one member: its number, that of the
        first frame, codewords (frames, n_variables) and LLRs (frames, n).
        """
        at, end = first, first + frames
        while at < end:
            until = min(end, at - at % FRAMES_IN_A_ROW + FRAMES_IN_A_ROW)
            code = int(self.member_of(link, np.array(at)))
            where = self._where(link, code, ebn0_db, seed, at)
            yield code, at, *self.compiled.frames(code, *where, until - at)
            at = until

    def count(
        self, model: str, link: SetChannel, ebn0_db: float, seed: int, first: int, frames: int
    ) -> FrameCounts:
        if model == "c":
            return self._count_in_c(link, ebn0_db, seed, first, frames)
        codes, controls, sent, members = [], [], [], []
        for code, _, words, llr in self.frames(link, ebn0_db, seed, first, frames):
            member = self.spec.members[code]
            codes += list(quantise_llr(member, llr))
            controls += [link.control(code, member)] * len(llr)
            sent += list(words)
            members += [code] * len(llr)
        started = time.process_time()
        found = golden.decode(self.spec, controls, codes)
        seconds = time.process_time() - started
        positions = [member.information_positions for member in self.spec.members]
        errors = [
            np.count_nonzero((bits != word)[positions[code]])
            for bits, word, code in zip(found.bits, sent, members, strict=True)
        ]
        status = [found.status_of(frame) for frame in range(frames)]
        iterations = np.array([each.iterations for each in status])
        passed = np.array([each.passed for each in status])
        return self._counts(np.array(errors), passed, iterations, np.array(members), seconds)

    def _count_in_c(
        self, link: SetChannel, ebn0_db: float, seed: int, first: int, frames: int
    ) -> FrameCounts:
        zeros = (np.zeros(frames, dtype) for dtype in (np.uint32, np.uint8, np.uint8))
        found, chosen = CodeCounts(*zeros), self.chosen(link)
        for turn, code in enumerate(chosen):
            control = link.control(code, self.spec.members[code])
            where = self._where(link, code, ebn0_db, seed, first)
            self.compiled.simulate(control, *where, found, (turn, len(chosen)))
        members = self.member_of(link, first + np.arange(frames))
        return self._counts(
            found.bit_errors, found.decoded.astype(bool), found.iterations, members, None
        )

    @staticmethod
    def _counts(errors, passed, iterations, members, seconds) -> FrameCounts:
        undetected = (errors > 0) & passed
        counts = {"bit_errors": errors, "iterations": iterations, "undetected": undetected}
        return FrameCounts(counts, seconds, members)

    def rate(self, model: str, link: SetChannel, ebn0_db: float, seed: int) -> float:
        chosen, members = self.chosen(link), self.spec.members
        longest = max(members[code].n_variables for code in chosen)
        each = max(FRAMES_IN_A_ROW, min(_RATE_FRAMES, _RATE_BITS // longest) // len(chosen))
        codes, words, lengths = [], [], []
        for code in chosen:
            where = self._where(link, code, ebn0_db, seed, 0)
            llr = self.compiled.frames(code, *where, each)[1]
            codes.append(self.compiled.quantise(code, llr).ravel())
            words += [link.control(code, members[code]).word()] * each
            lengths += [members[code].n] * each
        packed = np.array(words, np.uint32), np.array(lengths, np.int32), np.concatenate(codes)
        seconds = []
        for _ in range(2):
            started = time.process_time()
            self.compiled.decode_packed(*packed)
            seconds.append(time.process_time() - started)
        return len(words) / min(seconds)

    def title(self, model: str) -> str:
        name = {"c": "C model", "golden": "golden"}[model]
        return f"{self.spec.made_for}, {self.spec.members[0].message_bits}-bit, {name}"

    def remarks(self) -> list[str]:
        return ["frames of each code in turn; all at one Eb/N0, each with its code's rate"]

    def _where(
        self, link: SetChannel, code: int, ebn0_db: float, seed: int, first: int
    ) -> tuple:
        return link.at(ebn0_db, self.spec.members[code]), seed, point_number(ebn0_db), first
