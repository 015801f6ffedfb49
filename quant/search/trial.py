"""How good tables are: frame errors in the waterfall, and of frames that are hard to decode.

Most frames are easy for any tables and say nothing. Those that are not finished early are kept once
a sweep and decoded again by every candidate: in the waterfall a sixth of all, and at high Eb/N0,
where the few that still run in the last iterations decide the error floor, one in thousands. Counts
are paired: two candidates see the same frames. A frame is wrong by its information bits, as for
``sim.fer``. One that the sweep's first tables finish early and a candidate leaves wrong is missed;
the next sweep has new frames.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from model.errors import InputError
from quant.cmodel.binding import CModel, Link
from quant.cmodel.tunable import TunableModel
from quant.min_sum.link import Channel
from quant.search.candidates import Tables

KEPT = 0.7  # of the iterations: what is finished before in the waterfall is not decoded again
LATE = 0.8  # the same for the hard frames at high Eb/N0
HARD_FRAMES = 4000
KEPT_BYTES = 1_000_000_000  # of the waterfall; long codes have fewer frames in it than were made
BLOCK_FRAMES = 64
BISECTION_FRAMES = 20_000
_HIGHEST_DB = 46.0


@dataclass(frozen=True)
class Frames:
    """Information bits (frames, k) uint8 and LLRs (frames, n) float32, and how many were wrong.

    ``failed`` : of all that were made, by the tables that chose these
    """

    information: np.ndarray
    llr: np.ndarray
    failed: int


@dataclass(frozen=True)
class Wrong:
    """Which of the kept frames a candidate decodes wrongly: of the waterfall, and hard ones."""

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

    def columns(self, before: "Wrong") -> str:
        """Counts before and now, below ``Trial.titles``."""
        return (
            f"{before.waterfall.sum():10} -> {self.waterfall.sum():<9}  "
            f"{before.hard.sum()} -> {self.hard.sum()} of {len(self.hard)}"
        )


class Trial:
    """The frames of one sweep.

    Parameters
    ----------
    model : the decoder
    channel : that its frames come through
    waterfall_db, tail_db : Eb/N0 of the two sets
    frames : of the waterfall ; tail_frames : searched for hard ones
    hard_frames : of those at most ; threads : that decode
    kept : part of the iterations that a frame of the waterfall has to need ; most_iterations : of
        a frame, None for those of the model's spec
    """

    titles = "errors in the waterfall  of hard frames"

    def __init__(self, model: TunableModel, channel: Channel, waterfall_db: float, tail_db: float,
                 frames: int, tail_frames: int, hard_frames: int = HARD_FRAMES,
                 threads: int = 1, kept: float = KEPT,
                 most_iterations: int | None = None):  # fmt: skip
        self._part, self._most = kept, most_iterations or model.spec.iterations
        self.model, self.frames, self.tail_frames = model, frames, tail_frames
        self._hard_frames, self._threads = hard_frames, threads
        self.links = [channel.at(ebn0_db, model.spec) for ebn0_db in (waterfall_db, tail_db)]
        self.positions = _as_slice(model.spec.information_positions)

    def begin(self, tables: Tables, seed: int) -> tuple[Wrong, int, int]:
        """New frames. Returns what ``tables`` make of them, hard frames found, and failed ones."""
        self._set(tables)
        waterfall, tail = self.links
        spec = self.model.spec  # information bits, LLRs of four bytes and their codes
        most = KEPT_BYTES // (spec.k + 5 * spec.n)
        self.kept = self._late(waterfall, seed, 0, self.frames, self._part, most)
        self.hard = self._late(tail, seed, 1, self.tail_frames, LATE, self._hard_frames)
        self._quantised = None  # channel, and the codes that it makes of both sets
        return self.of(tables), len(self.hard.llr), self.hard.failed

    def _late(self, link: Link, seed: int, point: int, frames: int, late: float,
              most: int) -> Frames:  # fmt: skip
        """Of so many frames those that need that part of the iterations, ``most`` at most."""
        model = self.model
        counts = model.simulate(link, seed, point, 0, frames)
        numbers = np.flatnonzero(counts.iterations >= late * self._most)[:most]
        blocks = np.unique(numbers // BLOCK_FRAMES) * BLOCK_FRAMES
        information = [np.zeros((0, model.spec.k), np.uint8)]
        llr = [np.zeros((0, model.spec.n), np.float32)]
        for first in blocks:
            end = min(first + BLOCK_FRAMES, frames)
            words, made = model.frames(link, seed, point, int(first), int(end - first))
            here = numbers[(numbers >= first) & (numbers < end)] - first
            information.append(words[here][:, self.positions])
            llr.append(made[here])
        failed = int((counts.bit_errors > 0).sum())
        return Frames(np.concatenate(information), np.concatenate(llr), failed)

    def of(self, tables: Tables) -> Wrong:
        """What ``tables`` decode wrongly."""
        self._set(tables)
        sets = self.kept, self.hard
        if self._quantised is None or self._quantised[0] != tables.channel:  # slow
            codes = [self.model.quantise(frames.llr) for frames in sets]
            self._quantised = tables.channel, codes
        return Wrong(*map(self._wrong, self._quantised[1], sets))

    def _wrong(self, codes: np.ndarray, frames: Frames) -> np.ndarray:
        if not len(codes):
            return np.zeros(0, dtype=bool)

        def wrong(part: np.ndarray, information: np.ndarray) -> np.ndarray:
            return (self.model.decode(part).bits[:, self.positions] != information).any(axis=1)

        parts = (np.array_split(each, self._threads) for each in (codes, frames.information))
        with ThreadPoolExecutor(self._threads) as pool:  # the model reads its tables only
            return np.concatenate(list(pool.map(wrong, *parts)))

    def _set(self, tables: Tables) -> None:
        self.model.set_tables(tables.channel, tables.thresholds, tables.codebook)


def _as_slice(positions: np.ndarray) -> slice | np.ndarray:
    """The same places, as a slice where they follow each other: no copy is made then."""
    first, last = int(positions[0]), int(positions[-1])
    return slice(first, last + 1) if last - first + 1 == len(positions) else positions


def waterfall_db(
    model: CModel, channel: Channel, rate: float, seed: int, frames: int = BISECTION_FRAMES
) -> float:
    """Eb/N0 in dB where the model as it stands has about this frame error rate, to 0.01 dB.

    ``InputError`` if it has a higher one at 46 dB.
    """

    def fails(ebn0_db: float) -> bool:
        counts = model.simulate(channel.at(ebn0_db, model.spec), seed, 2, 0, frames)
        return (counts.bit_errors > 0).mean() > rate

    low, high = -2.0, 14.0
    while not channel.usual and fails(high):
        low, high = high, high + 16.0
        if high > _HIGHEST_DB:
            raise InputError(
                f"{model.spec.name}: more than {rate:g} of all frames fail at {low:g} dB, {channel}"
            )
    while high - low > 0.01:
        middle = (low + high) / 2
        low, high = (middle, high) if fails(middle) else (low, middle)
    return round((low + high) / 2, 2)
