"""Error rates of decoders. All models take their frames from the C model."""

import time
from collections.abc import Callable
from functools import cached_property

import numpy as np

from quant import golden
from quant.cmodel import CModel
from quant.cmodel.soft import SoftDecoder
from quant.min_sum.link import Channel
from quant.monte_carlo import EBN0, FrameCounts, Kind, MonteCarlo, point_number
from quant.spec import Spec

FLOAT_ALPHA = 0.75
_RATE_FRAMES, _RATE_BITS = 4096, 1 << 25


class DecoderMonteCarlo(MonteCarlo):
    """A frame is a codeword of random information, wrong if one of its information bits is.

    ``iterations`` are those that the decoder used; ``undetected`` frames are wrong ones that it
    calls verified.
    """

    axis = EBN0
    models = ("c", "golden", "float")
    link = Channel
    unit_frames = 512
    kinds = (Kind("iterations", 1, mean=True), Kind("undetected", wrong_only=True))

    def __init__(self, spec: Spec):
        super().__init__(spec)
        self._decoders: dict[str, Callable[[np.ndarray], golden.Decoded]] = {}

    @cached_property
    def compiled(self) -> CModel:
        """The compiled model, loaded once."""
        return CModel(self.spec)

    def link_title(self, link: Channel) -> str:
        return link.words

    def frame_bits(self, link: Channel) -> int:
        return self.spec.k

    def most(self, link: Channel) -> dict[str, int]:
        return super().most(link) | {"iterations": self.spec.most_iterations, "undetected": 1}

    def prepare(self, model: str) -> None:
        _ = self.compiled
        if model != "c":
            _ = self.decoder(model), self.spec.information_positions

    def frames(
        self, link: Channel, ebn0_db: float, seed: int, first: int, number: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """Codewords and LLRs; see :meth:`quant.cmodel.CModel.frames`."""
        return self.compiled.frames(*self._where(link, ebn0_db, seed, first, number))

    def decoder(self, model: str) -> Callable[[np.ndarray], golden.Decoded]:
        """What decodes LLRs (frames, n) by model "c", "golden" or "float".

        "float" is normalised min-sum with a factor of 0.75 and the spec's schedule and iterations.
        """
        if model not in self._decoders:
            self._decoders[model] = self._decoder(model)
        return self._decoders[model]

    def _decoder(self, model: str) -> Callable[[np.ndarray], golden.Decoded]:
        if model == "c":
            return lambda llr: self.compiled.decode(self.compiled.quantise(llr))
        if model == "golden":
            return lambda llr: golden.decode(self.spec, golden.quantise_llr(self.spec, llr))
        return SoftDecoder(self.spec, FLOAT_ALPHA).decode

    def count(
        self, model: str, link: Channel, ebn0_db: float, seed: int, first: int, frames: int
    ) -> FrameCounts:
        where = link, ebn0_db, seed, first, frames
        if model == "c":
            found = self.compiled.simulate(*self._where(*where))
            return self._counts(found.bit_errors, found, None)
        decode, information = self.decoder(model), self.spec.information_positions
        return self.decoded_and_counted(decode, information, *where)

    def decoded_and_counted(
        self,
        decode: Callable[[np.ndarray], golden.Decoded],
        information: np.ndarray,
        *where: object,
    ) -> FrameCounts:
        """Counts of what ``decode`` makes of LLRs; ``where`` : arguments of :meth:`frames`."""
        words, llr = self.frames(*where)
        started = time.process_time()
        found = decode(llr)
        seconds = time.process_time() - started
        errors = (found.bits != words)[:, information].sum(axis=1)
        return self._counts(errors, found, seconds)

    @staticmethod
    def _counts(errors: np.ndarray, found, seconds: float | None) -> FrameCounts:
        undetected = (errors > 0) & found.decoded
        counts = {
            "bit_errors": errors, "iterations": found.iterations, "undetected": undetected,
        }  # fmt: skip
        return FrameCounts(counts, seconds)

    def rate(self, model: str, link: Channel, ebn0_db: float, seed: int) -> float:
        units = max(1, min(_RATE_FRAMES, _RATE_BITS // self.spec.n_variables) // self.unit_frames)
        frames = units * self.unit_frames
        _, llr = self.frames(link, ebn0_db, seed, 0, frames)
        codes, decode = self.compiled.quantise(llr), self._rated()
        seconds = []
        for _ in range(2):
            started = time.process_time()
            decode(codes)
            seconds.append(time.process_time() - started)
        return frames / min(seconds)

    def _rated(self) -> Callable[[np.ndarray], golden.Decoded]:
        """What ``rate`` is of: channel codes to results."""
        return self.compiled.decode

    def title(self, model: str) -> str:
        spec = self.spec
        text = {"c": f"{spec.message_bits}-bit, C model", "golden": f"{spec.message_bits}-bit",
                "float": f"float min-sum {FLOAT_ALPHA}"}[model]  # fmt: skip
        retries = len(spec.retries) if model != "float" else 0
        count = f" and {retries} retries" if retries else ""
        return f"{spec.code.name}, {text}, {spec.iterations} iterations{count}"

    def remarks(self) -> list[str]:
        spec = self.spec
        if spec.n == spec.n_variables:
            return []
        return [f"{spec.code.name}: {spec.n} of {spec.n_variables} bits are transmitted (others "
                "are punctured or shortened); Eb/N0 counts transmitted bits only"]  # fmt: skip

    def code_size(self, link: Channel) -> tuple[int, int] | None:
        return (self.spec.n, self.spec.k) if link == Channel("awgn", "bpsk") else None

    def _where(self, link: Channel, ebn0_db: float, seed: int, first: int, frames: int) -> tuple:
        return link.at(ebn0_db, self.spec), seed, point_number(ebn0_db), first, frames
