"""Annealing: random changes, kept when they pay and at first also when they cost a little.

All on one set of frames: a change is judged by small differences of counts, and on other frames
those would be noise. So counts of the result are better than it is; ``quant.loss`` counts afresh.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from tqdm import tqdm

from quant.search.candidates import Tables
from quant.search.changes import Changes, without_idle_level
from quant.search.trial import Counts, Trial

HEADER = "minutes  steps tried   taken  errors in the waterfall  of hard frames"
TEMPERATURE = 0.003  # at the start, in units of the score
COLDEST = 0.05  # of that, at the end
REPORT_SECONDS = 60.0


@dataclass(frozen=True)
class Settings:
    """tail_weight : what a halved rate on hard frames is worth, in halvings of the waterfall's
    tables : one-bit tables a lane that levels may need, None: any number
    seconds : time for the steps, once there are frames ; seed : of the frames and of the steps
    """

    tail_weight: float = 0.25
    tables: int | None = None
    seconds: float = 600.0
    seed: int = 1

    def temperature(self, elapsed: float) -> float:
        """After so many seconds: what a step may cost on average, if no step paid."""
        return TEMPERATURE * (1 - (1 - COLDEST) * min(1.0, elapsed / self.seconds))


@dataclass(frozen=True, kw_only=True)
class Minute(Counts):
    """Where the search stands: the best tables so far, their counts and those of the start.

    number : of the search, which decides its frames ; tried, taken : steps since it began
    """

    tables: Tables
    number: int
    seconds: float
    tried: int
    taken: int
    finished: bool

    def line(self) -> str:
        """Below ``HEADER``."""
        return f"{self.seconds / 60:7.1f}  {self.tried:11}  {self.taken:6}  {self.columns()}"

    def record(self) -> dict:
        """What the provenance says."""
        return {
            "sweeps": self.number + 1,
            "steps": self.tried,
            "taken": self.taken,
            "ended": "time" if self.finished else "",
        }


def anneal(trial: Trial, start: Tables, settings: Settings, number: int = 0) -> Iterator[Minute]:
    """Take random steps until time is up; where it stands every minute and at the end."""
    rng = np.random.default_rng([settings.seed, number])
    changes = Changes(trial.model.spec, rng)
    tables = best = without_idle_level(start)
    begun, _, _ = trial.begin(tables, (settings.seed << 16) + number)
    fewest, tried, taken = begun, 0, 0
    score = lowest = begun.score(settings.tail_weight)
    began = time.monotonic()

    def elapsed() -> float:
        return time.monotonic() - began

    finished = False
    while not finished:
        until = min(elapsed() + REPORT_SECONDS, settings.seconds)
        with tqdm(desc="annealing", initial=tried, unit="step", leave=False) as bar:
            while elapsed() < until:
                candidate = changes.of(tables)
                if candidate == tables or not _allowed(candidate, trial, settings.tables):
                    continue
                wrong = trial.of(candidate)
                found = wrong.score(settings.tail_weight)
                tried += 1
                bar.update()
                # Metropolis: a cost is accepted with probability exp(-cost / temperature).
                if found >= score + rng.exponential(settings.temperature(elapsed())):
                    continue
                tables, score, taken = candidate, found, taken + 1
                if score < lowest:
                    best, lowest, fewest = tables, score, wrong
        finished = elapsed() >= settings.seconds
        yield Minute(tables=best, number=number, seconds=elapsed(), tried=tried, taken=taken,
                     finished=finished, **Counts.between(begun, fewest))  # fmt: skip


def _allowed(tables: Tables, trial: Trial, most: int | None) -> bool:
    """Whether they are valid and need at most so many one-bit tables."""
    limits = trial.model.level_limits(tables.channel)
    if not tables.valid(trial.model.spec.app_max, limits):
        return False
    return most is None or tables.one_bit_tables <= most
