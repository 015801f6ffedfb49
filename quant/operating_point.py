"""Where a decoder works: the waterfall of a spec and its mean iterations there, from golden."""

from dataclasses import dataclass

import numpy as np

from model.channel import random_frames
from model.encode import Encoder
from quant import golden
from quant.spec import Spec

MARGIN_DB = 0.5
_RESOLUTION_DB = 0.25
_SEARCH_FRAMES = 16
_MEASURE_FRAMES = 64


@dataclass(frozen=True)
class OperatingPoint:
    """Mean iterations with early stop at ``ebn0_db``, over ``frames`` random codewords.

    iterations : of each of them, ascending
    """

    ebn0_db: float
    mean_iterations: float
    frames: int
    iterations: tuple[int, ...] = ()

    def mean_of_slowest(self, group: int) -> float:
        """Mean iterations of the slowest of ``group`` such frames."""
        if group == 1:
            return self.mean_iterations
        reached = (np.arange(self.frames + 1) / self.frames) ** group
        return float(np.diff(reached) @ np.array(self.iterations))


class RandomFrames:
    """Random codewords of a spec through AWGN, as its channel codes."""

    def __init__(self, spec: Spec, rng: np.random.Generator):
        self.spec, self.rng, self.graph = spec, rng, spec.graph()
        self.encoder = Encoder(self.graph)

    def codes(self, frames: int, ebn0_db: float) -> np.ndarray:
        """Channel codes, int8 (frames, n): random information, encoded, noisy, quantised."""
        _, llr = random_frames(self.graph, self.encoder, frames, ebn0_db, self.rng)
        return golden.quantise_llr(self.spec, llr)


def half_failing_db(source: RandomFrames) -> float:
    """Eb/N0 in dB where about half the frames fail, to 0.25 dB, by bisection on golden."""
    low, high = -2.0, 14.0
    while high - low > _RESOLUTION_DB:
        middle = (low + high) / 2
        codes = source.codes(_SEARCH_FRAMES, middle)
        failed = 1 - np.mean(golden.decode(source.spec, codes).decoded)
        low, high = (middle, high) if failed > 0.5 else (low, middle)
    return (low + high) / 2


def operating_point(spec: Spec, seed: int = 1) -> OperatingPoint:
    """Half a decibel above the point where half the frames fail."""
    source = RandomFrames(spec, np.random.default_rng(seed))
    ebn0_db = half_failing_db(source) + MARGIN_DB
    codes = source.codes(_MEASURE_FRAMES, ebn0_db)
    counts = golden.decode(spec, codes).iterations
    return OperatingPoint(
        ebn0_db, float(np.mean(counts)), _MEASURE_FRAMES, tuple(sorted(counts.tolist()))
    )
