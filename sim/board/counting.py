"""Points of a curve, counted on a board: its results beside those of the models, frame by frame."""

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from model.rates import wilson
from quant.recorded import Curve
from sim.board.session import Session
from sim.board.traffic import Traffic

BATCH_FRAMES = 128
"""Frames between two looks at whether it is enough; the design is reset before them."""


@dataclass
class Point:
    """What has been counted at one point.

    Attributes
    ----------
    point_db : None for a family without error rates
    bits : of a frame that may be wrong
    differences : results that are not the models', and ``first_difference`` in words
    frame_errors, bit_errors : in the board's results
    model_errors : wrong frames in the models' results
    latency_seconds : of the frames together, from sending to the result
    board : the board's counters, summed over its resets
    """

    point_db: float | None
    bits: int = 0
    frames: int = 0
    differences: int = 0
    first_difference: str | None = None
    frame_errors: int = 0
    bit_errors: int = 0
    model_errors: int = 0
    seconds: float = 0.0
    latency_seconds: float = 0.0
    board: dict[str, int] = field(default_factory=dict)

    def interval(self) -> tuple[float, float]:
        """Of the frame error rate, 95 %."""
        return wilson(self.frame_errors, self.frames)

    def to_json(self) -> dict:
        """For ``--json``."""
        found = {
            "point_db": self.point_db,
            "frames": self.frames,
            "differences": self.differences,
            "first_difference": self.first_difference,
            "frames_per_s": self.frames / self.seconds if self.seconds else None,
            "mean_latency_s": self.latency_seconds / self.frames if self.frames else None,
            "board": self.board,
        }
        if self.bits and self.frames:
            low, high = self.interval()
            found |= {
                "frame_errors": self.frame_errors, "model_frame_errors": self.model_errors,
                "fer": self.frame_errors / self.frames, "fer_low": low, "fer_high": high,
                "ber": self.bit_errors / (self.frames * self.bits),
            }  # fmt: skip
        return found


@dataclass(frozen=True)
class Enough:
    """When a point ends: with so many frames, or so many wrong ones."""

    frames: int
    errors: int

    def __call__(self, point: Point) -> bool:
        return point.frames >= self.frames or (point.bits and point.frame_errors >= self.errors)


def count(
    session: Session,
    point: Point,
    traffic: Callable[[int, int], Traffic],
    enough: Enough,
) -> Iterator[None]:
    """Count a point, batch by batch; yields after each result, for who watches.

    traffic : frames by the first one's number and how many
    """
    before: dict[str, int] = {}
    while not enough(point):
        size = min(BATCH_FRAMES, enough.frames - point.frames)
        frames = traffic(point.frames, size)
        point.bits = frames.bits

        def seen(found: dict[str, int], before: dict[str, int] = before) -> None:
            point.board = {name: before.get(name, 0) + n for name, n in found.items()}

        started = time.monotonic()
        spent = point.seconds
        for result in session.exchange(frames.stimulus, seen=seen):
            point.seconds = spent + time.monotonic() - started
            point.latency_seconds += result.seconds
            _add(point, frames, result)
            yield
        seen(session.counters())
        before = dict(point.board)


def _add(point: Point, frames: Traffic, result) -> None:
    difference = frames.difference(result)
    if difference is not None:
        point.differences += 1
        point.first_difference = point.first_difference or difference
    point.frames += 1
    if frames.errors is not None:
        wrong = frames.errors(result.frame, result.beats)
        point.bit_errors += wrong
        point.frame_errors += wrong > 0
        point.model_errors += frames.errors(result.frame, frames.due(result)) > 0


def on_record(curve: Curve | None, point_db: float | None) -> float | None:
    """The rate on record at a point, between two points interpolated in its logarithm."""
    if curve is None or point_db is None:
        return None
    at = [(p.point_db, p.rate) for p in curve.points if p.rate > 0]
    for (left, low), (right, high) in zip(at, at[1:], strict=False):
        if left <= point_db <= right:
            part = (point_db - left) / (right - left)
            return math.exp((1 - part) * math.log(low) + part * math.log(high))
    return None
