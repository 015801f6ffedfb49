"""Error rates of all rows of a table on the same noise, and how far apart the curves lie."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from tqdm import tqdm

from model.decoder import UnfoldedDecoder
from model.evaluate import Point, measure
from model.inference import torch_device
from model.locks import locked
from model.rates import NORMAL_95, crossing
from model.reproduce.entry import Entry
from model.reproduce.table import Case
from model.snr_table import SnrTable

RESAMPLINGS = 400
MIN_FRAME_ERRORS = 100
"""Fewer make no figure to quote."""
FRAME_ERRORS = 300


@dataclass(frozen=True)
class Budget:
    """How much is measured.

    Attributes:
        ebn0_db: Points.
        errors: A decoder's point ends with so many frame errors ...
        frames: ... or after so many frames.
        seed: Of codewords and noise.
        metric, floor: A decoder whose "ber" or "fer" is below the floor needs no further point.
    """

    ebn0_db: tuple[float, ...]
    errors: int = FRAME_ERRORS
    frames: int = 100_000
    seed: int = 1
    metric: str = "ber"
    floor: float = 0.0


def curves(
    entries: Sequence[Entry], budget: Budget, device: str, progress: tqdm | None = None
) -> dict[str, list[Point]]:
    """Return the points of every entry, by variant name.

    All entries decode the same frames; one that errs often is done with the first of them, and one
    whose rate is below the budget's floor is not measured at higher Eb/N0.
    """
    found: dict[str, list[Point]] = {entry.variant.name: [] for entry in entries}
    target = torch_device(device)
    for ebn0_db in budget.ebn0_db:
        decoders = {}
        for entry in entries:
            before = found[entry.variant.name][-1:]
            if any(rate(point, budget.metric) < budget.floor for point in before):
                continue
            decoder = UnfoldedDecoder.from_parameters(entry.parameters(ebn0_db))
            decoders[entry.variant.name] = decoder.to(target)
        if not decoders:
            break
        points = measure(
            decoders, ebn0_db, budget.frames, budget.seed, progress, errors=budget.errors
        )
        for name, point in points.items():
            found[name].append(point)
    return found


def rate(point: Point, metric: str) -> float:
    """Return the point's "ber" or "fer"."""
    return point.ber if metric == "ber" else point.fer


def interval(point: Point, metric: str) -> tuple[float, float]:
    """Return the 95 % interval of ``rate``."""
    return point.ber_interval if metric == "ber" else point.fer_interval


@dataclass(frozen=True)
class Gain:
    """Decibels that a curve lies to the left of the baseline, with a 95 % interval."""

    db: float
    low_db: float
    high_db: float


def gain(
    baseline: Sequence[Point], points: Sequence[Point], metric: str, target: float, seed: int = 1
) -> Gain | None:
    """Return the distance of two curves at ``target``; None if a curve does not cross it.

    The interval redraws every rate on its own from a log-normal of its counting error, as if the
    curves were of different noise: wider than it need be.
    """

    def distance(shift: Sequence[np.ndarray]) -> float:
        at = []
        for row, curve in zip(shift, (baseline, points), strict=True):
            logs = [math.log(max(rate(p, metric), 1e-15)) for p in curve]
            at.append(crossing([p.ebn0_db for p in curve], np.exp(logs + row), target))
        return at[0] - at[1]

    deviations = [np.array([_log_deviation(p, metric) for p in c]) for c in (baseline, points)]
    middle = distance([0 * row for row in deviations])
    if math.isnan(middle):
        return None
    rng = np.random.default_rng(seed)
    drawn = [
        distance([row * rng.standard_normal(len(row)) for row in deviations])
        for _ in range(RESAMPLINGS)
    ]
    low, high = np.nanpercentile(drawn, [2.5, 97.5])
    return Gain(middle, float(low), float(high))


def _log_deviation(point: Point, metric: str) -> float:
    low, high = interval(point, metric)
    return math.log(max(high, 1e-15) / max(low, 1e-15)) / (2 * NORMAL_95)


def point_record(point: Point) -> dict:
    """Return a point as JSON values."""
    return {
        "ebn0_db": point.ebn0_db,
        "frames": point.frames,
        "frame_errors": point.frame_errors,
        "fer": point.fer,
        "fer_interval": list(point.fer_interval),
        "ber": point.ber,
        "ber_interval": list(point.ber_interval),
        "mean_iterations": point.iterations,
    }


def remember(entry: Entry, case: Case, points: Sequence[Point], command: str, seed: int) -> None:
    """Add the measured curve to the entry's parameters file; every other content stays."""
    curve = {
        "command": command,
        "seed": seed,
        "code": case.code,
        "points": [point_record(point) for point in points],
    }
    numbers = entry.numbers
    metadata = {**numbers.metadata, "measured": curve}
    if isinstance(numbers, SnrTable):
        rows = tuple(replace(row, metadata=metadata) for row in numbers.rows)
        numbers = replace(numbers, rows=rows)
    else:
        numbers = replace(numbers, metadata=metadata)
    with locked(entry.path):  # not while a training writes there
        numbers.save(entry.path)
