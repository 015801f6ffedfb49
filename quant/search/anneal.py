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

HEADER = "minutes  steps tried   taken  "  # and the trial's titles
TEMPERATURE = 0.003  # at the start, in units of the score
COLDEST = 0.05  # of that, at the end
TABLE_PRICE, DEAREST = 0.01, 20.0
"""What a one-bit table above the limit costs at first, in units of the score, and how many times as
much at the end."""
REPORT_SECONDS = 60.0


@dataclass(frozen=True)
class Settings:
    """tail_weight : what a halved rate on hard frames is worth, in halvings of the waterfall's
    tables : one-bit tables a lane that levels may need in the end, None: any number
    seconds : time for the steps, once there are frames ; steps : how many, in place of a time: the
        same steps on any machine ; seed : of the frames and of the steps
    """

    tail_weight: float = 0.25
    tables: int | None = None
    seconds: float = 600.0
    steps: int | None = None
    seed: int = 1

    def done(self, elapsed: float, tried: int) -> float:
        """Share of the search that is behind, 0 to 1."""
        part = elapsed / self.seconds if self.steps is None else tried / self.steps
        return min(1.0, part)

    def temperature(self, done: float) -> float:
        """What a step may cost on average, if no step paid."""
        return TEMPERATURE * (1 - (1 - COLDEST) * done)

    def excess(self, tables: Tables) -> int:
        """One-bit tables above the limit."""
        return 0 if self.tables is None else max(0, tables.one_bit_tables - self.tables)

    def price(self, excess: int, done: float) -> float:
        """Of so many tables above the limit."""
        return excess * TABLE_PRICE * (1 + (DEAREST - 1) * done)


@dataclass(frozen=True, kw_only=True)
class Minute:
    """Where the search stands: the best tables so far, what they and those of the start come to.

    number : of the search, which decides its frames ; tried, taken : steps since it began
    """

    tables: Tables
    before: object
    after: object
    number: int
    seconds: float
    tried: int
    taken: int
    finished: bool

    def line(self) -> str:
        """Below ``HEADER``."""
        return (f"{self.seconds / 60:7.1f}  {self.tried:11}  {self.taken:6}  "
                f"{self.after.columns(self.before)}")  # fmt: skip

    def record(self) -> dict:
        """What the provenance says."""
        return {
            "sweeps": self.number + 1,
            "steps": self.tried,
            "taken": self.taken,
            "seconds": round(self.seconds),
            "ended": "finished" if self.finished else "",
        }


def anneal(trial, start: Tables, settings: Settings, number: int = 0) -> Iterator[Minute]:
    """Take random steps until time is up; where it stands every minute and at the end.

    trial : a :class:`quant.search.trial.Trial`, or another judge with its ``begin`` and ``of``
    """
    rng = np.random.default_rng([settings.seed, number])
    changes = Changes(trial.model.spec, rng)
    tables = best = without_idle_level(start)
    begun, _, _ = trial.begin(tables, (settings.seed << 16) + number)
    fewest, tried, taken = begun, 0, 0
    score, excess = begun.score(settings.tail_weight), settings.excess(tables)
    lowest = excess, score
    began = time.monotonic()

    def share_done() -> float:
        return settings.done(time.monotonic() - began, tried)

    while share_done() < 1:
        until = time.monotonic() + REPORT_SECONDS
        with tqdm(desc="annealing", initial=tried, unit="step", leave=False) as bar:
            while (done := share_done()) < 1 and time.monotonic() < until:
                candidate = changes.of(tables)
                if candidate == tables or not _valid(candidate, trial):
                    continue
                more = settings.excess(candidate)
                if more > excess:
                    continue
                found_wrong = trial.of(candidate)
                found = found_wrong.score(settings.tail_weight)
                tried += 1
                bar.update()
                # Metropolis: a cost is accepted with probability exp(-cost / temperature).
                cost = found - score + settings.price(more - excess, done)
                if cost >= rng.exponential(settings.temperature(done)):
                    continue
                tables, score, excess, taken = candidate, found, more, taken + 1
                if (excess, score) < lowest:
                    best, lowest, fewest = tables, (excess, score), found_wrong
        yield Minute(
            tables=best, before=begun, after=fewest, number=number,
            seconds=time.monotonic() - began, tried=tried, taken=taken, finished=share_done() >= 1,
        )  # fmt: skip


def _valid(tables: Tables, trial) -> bool:
    limits = trial.model.level_limits(tables.channel)
    return tables.valid(trial.model.spec.app_max, limits)
