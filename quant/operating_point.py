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
    """Mean iterations with early stop at ``ebn0_db``, over ``frames`` random codewords."""

    ebn0_db: float
    mean_iterations: float
    frames: int


def random_codes(spec: Spec, frames: int, ebn0_db: float, rng: np.random.Generator) -> np.ndarray:
    """Channel codes, int8 (frames, n): random information, encoded, through AWGN, quantised."""
    graph = spec.graph()
    _, llr = random_frames(graph, Encoder(graph), frames, ebn0_db, rng)
    return golden.quantise_llr(spec, llr)


def half_failing_db(spec: Spec, rng: np.random.Generator) -> float:
    """Eb/N0 in dB where about half the frames fail, to 0.25 dB, by bisection on golden."""
    low, high = -2.0, 14.0
    while high - low > _RESOLUTION_DB:
        middle = (low + high) / 2
        codes = random_codes(spec, _SEARCH_FRAMES, middle, rng)
        failed = 1 - np.mean(golden.decode(spec, codes).decoded)
        low, high = (middle, high) if failed > 0.5 else (low, middle)
    return (low + high) / 2


def operating_point(spec: Spec, seed: int = 1) -> OperatingPoint:
    """Half a decibel above the point where half the frames fail."""
    rng = np.random.default_rng(seed)
    ebn0_db = half_failing_db(spec, rng) + MARGIN_DB
    codes = random_codes(spec, _MEASURE_FRAMES, ebn0_db, rng)
    mean = float(np.mean(golden.decode(spec, codes).iterations))
    return OperatingPoint(ebn0_db, mean, _MEASURE_FRAMES)
