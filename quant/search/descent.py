"""The search itself: one step after the other, kept when it pays."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from tqdm import tqdm

from quant.search.candidates import Tables, entries_by_column, steps
from quant.search.trial import Trial, Wrong

HEADER = f"sweep  steps taken  {Trial.titles}"


@dataclass(frozen=True)
class Settings:
    """tail_weight : what a halved rate on hard frames is worth, in halvings of the waterfall's
    deviations : how sure an improvement must be to be taken
    seconds : time for all sweeps ; seed : of the frames and of the order of the steps
    """

    tail_weight: float = 0.25
    deviations: float = 0.8
    seconds: float = 600.0
    seed: int = 1


@dataclass(frozen=True, kw_only=True)
class Sweep:
    """Where the search stands after a sweep: errors on that sweep's frames, before and after."""

    tables: Tables
    before: Wrong
    after: Wrong
    number: int
    accepted: int
    finished: bool

    def line(self) -> str:
        """Below ``HEADER``."""
        return f"{self.number:5}  {self.accepted:11}  {self.after.columns(self.before)}"

    def record(self) -> dict:
        """What the provenance says."""
        ended = "no step paid" if not self.accepted else "time" if self.finished else ""
        return {"sweeps": self.number + 1, "ended": ended}


def descend(trial: Trial, start: Tables, settings: Settings, first: int = 0) -> Iterator[Sweep]:
    """Sweep over all steps in random order, on new frames each time, until none pays.

    A step that pays is taken again while it pays. ``first`` : number of the first sweep.
    """
    tables, began, number = start, time.monotonic(), first
    largest = trial.model.spec.app_max
    groups = sorted(entries_by_column(trial.model.spec))

    def late() -> bool:
        return time.monotonic() - began > settings.seconds

    while True:
        best, _, _ = trial.begin(tables, (settings.seed << 16) + number)
        begun, accepted = best, 0
        todo = list(steps(tables, groups))
        order = np.random.default_rng([settings.seed, number]).permutation(len(todo))
        for place in tqdm(order, desc=f"sweep {number}", unit="step", leave=False):
            while not late():
                candidate = todo[place].taken(tables)
                limits = trial.model.level_limits(candidate.channel)
                if not candidate.valid(largest, limits):
                    break
                wrong = trial.of(candidate)
                if not wrong.better(best, settings.tail_weight, settings.deviations):
                    break
                tables, best, accepted = candidate, wrong, accepted + 1
        finished = late() or not accepted
        yield Sweep(tables=tables, number=number, accepted=accepted, finished=finished,
                    before=begun, after=best)  # fmt: skip
        if finished:
            return
        number += 1
