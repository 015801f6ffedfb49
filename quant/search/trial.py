"""How good tables are: frame errors in the waterfall, and of frames that are hard to decode.

At high Eb/N0 almost every frame is easy and says nothing. The few that still run in the last
iterations decide the error floor; they are collected once a sweep and decoded again by every
candidate. Counts are paired: two candidates see the same frames.
"""

from dataclasses import dataclass

import numpy as np

from model.channel import noise_deviation
from quant.cmodel.binding import Link
from quant.cmodel.tunable import TunableModel
from quant.search.candidates import Tables

LATE = 0.8  # of the iterations: a frame that needs more is hard
HARD_FRAMES = 4000
BISECTION_FRAMES = 20_000


@dataclass(frozen=True)
class Wrong:
    """Which frames a candidate decodes wrongly: of the waterfall, and of the hard ones."""

    waterfall: np.ndarray
    hard: np.ndarray

    def score(self, tail_weight: float) -> float:
        """Logarithm of the error rate, the hard frames' weighed: smaller is better."""
        hard = tail_weight * np.log1p(self.hard.sum())
        return float(np.log1p(self.waterfall.sum()) + hard)

    def better(self, than: "Wrong", tail_weight: float, deviations: float) -> bool:
        """Whether the score is smaller by so many standard deviations of its paired counts."""
        changed = [
            np.sqrt((mine ^ other).sum()) / (1 + other.sum())
            for mine, other in ((self.waterfall, than.waterfall), (self.hard, than.hard))
        ]
        spread = np.hypot(changed[0], tail_weight * changed[1])
        return self.score(tail_weight) < than.score(tail_weight) - deviations * spread


class Trial:
    """The frames of one sweep.

    Parameters
    ----------
    model : the decoder
    waterfall_db, tail_db : Eb/N0 of the two sets
    frames : of the waterfall ; tail_frames : searched for hard ones
    """

    def __init__(self, model: TunableModel, waterfall_db: float, tail_db: float, frames: int,
                 tail_frames: int):  # fmt: skip
        self.model, self.frames, self.tail_frames = model, frames, tail_frames
        self.links = [link_at(model, at) for at in (waterfall_db, tail_db)]

    def begin(self, tables: Tables, seed: int) -> tuple[Wrong, int, int]:
        """New frames. Returns what ``tables`` make of them, hard frames found, and the seed."""
        self.seed = seed
        self._set(tables)
        counts = self.model.simulate(self.links[1], seed, 1, 0, self.tail_frames)
        late = counts.iterations >= LATE * self.model.spec.iterations
        numbers = np.flatnonzero(late)[:HARD_FRAMES]
        parts = [self.model.frames(self.links[1], seed, 1, int(f), 1) for f in numbers]
        n, variables = self.model.spec.n, self.model.spec.n_variables
        self.words = np.concatenate([np.zeros((0, variables), np.uint8), *(p[0] for p in parts)])
        self.llr = np.concatenate([np.zeros((0, n), np.float32), *(p[1] for p in parts)])
        return self.of(tables), len(numbers), int((counts.bit_errors > 0).sum())

    def of(self, tables: Tables) -> Wrong:
        """What ``tables`` decode wrongly."""
        self._set(tables)
        model = self.model
        counts = model.simulate(self.links[0], self.seed, 0, 0, self.frames)
        hard = np.zeros(len(self.llr), dtype=bool)
        if len(hard):
            hard = (model.decode(model.quantise(self.llr)).bits != self.words).any(axis=1)
        return Wrong(counts.bit_errors > 0, hard)

    def _set(self, tables: Tables) -> None:
        self.model.set_tables(tables.channel, tables.thresholds, tables.codebook)


def link_at(model: TunableModel, ebn0_db: float) -> Link:
    """BPSK over AWGN."""
    return Link("awgn", 1, noise_deviation(ebn0_db, model.spec.k / model.spec.n))


def waterfall_db(model: TunableModel, rate: float, seed: int) -> float:
    """Eb/N0 in dB where the model as it stands has about this frame error rate, to 0.01 dB."""
    low, high = -2.0, 14.0
    while high - low > 0.01:
        middle = (low + high) / 2
        counts = model.simulate(link_at(model, middle), seed, 2, 0, BISECTION_FRAMES)
        failed = (counts.bit_errors > 0).mean()
        low, high = (middle, high) if failed > rate else (low, middle)
    return round((low + high) / 2, 2)
