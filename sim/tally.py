"""What has been counted at one point, and when it is enough."""

from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field

from model.errors import InputError
from model.rates import wilson
from sim.units import UNIT_FRAMES, Count, Job

MOST_FAILURES = 1000  # wrong frames remembered a point
_TASK_SECONDS = 0.3
_MOST_UNITS = 256


@dataclass
class Tally:
    """Sums over the units 0 .. ``units`` - 1 of a point."""

    ebn0_db: float
    units: int = 0
    frame_errors: int = 0
    bit_errors: int = 0
    iterations: int = 0
    undetected: int = 0
    seconds: float = 0.0
    decode_seconds: float = 0.0
    failures: list[int] = field(default_factory=list)

    @property
    def frames(self) -> int:
        return self.units * UNIT_FRAMES

    def add(self, found: Count) -> None:
        """Add the next unit, all of it or, if a signal interrupts, nothing."""
        assert found.unit == self.units
        sums = {"units": self.units + 1, "frame_errors": self.frame_errors + len(found.failures)}
        for name in ("bit_errors", "iterations", "undetected", "seconds", "decode_seconds"):
            sums[name] = getattr(self, name) + getattr(found, name)
        more = found.failures[: MOST_FAILURES - len(self.failures)]
        sums["failures"] = [*self.failures, *more] if more else self.failures
        self.__dict__.update(sums)  # one call: no signal handler runs in the middle

    def begins_with(self, other: "Tally") -> bool:
        """Whether this can be what ``other``, of no more units, came to when it went on."""
        names = ("frame_errors", "bit_errors", "iterations", "undetected")
        more = [getattr(self, name) - getattr(other, name) for name in names]
        if self.units == other.units:
            return not any(more) and self.failures == other.failures
        first = len(other.failures)
        return (
            all(count >= 0 for count in more)
            and self.failures[:first] == other.failures
            and all(frame >= other.frames for frame in self.failures[first : first + 1])
        )

    def record(self, k: int) -> dict:
        """The point's line of the ``--json`` object, ``k`` information bits a frame."""
        low, high = wilson(self.frame_errors, self.frames)
        return {
            "ebn0_db": self.ebn0_db,
            "frames": self.frames,
            "frame_errors": self.frame_errors,
            "fer": self.frame_errors / self.frames,
            "fer_low": low,
            "fer_high": high,
            "ber": self.bit_errors / (self.frames * k),
            "mean_iterations": self.iterations / self.frames,
            "undetected": self.undetected,
            "frames_per_s": self.frames / self.seconds,
            "decode_frames_per_s": self.frames / self.decode_seconds,
        }


@dataclass(frozen=True)
class Enough:
    """A point ends with the first unit that brings it to so many frame errors or frames."""

    frame_errors: int
    frames: int

    def __call__(self, tally: Tally) -> bool:
        return tally.frame_errors >= self.frame_errors or tally.frames >= self.frames

    def last_unit(self) -> int:
        """No unit from this number on is ever needed."""
        return -(-self.frames // UNIT_FRAMES)


def fill(
    tally: Tally, engine, job: Job, enough: Enough, changed: Callable[[Tally], None]
) -> None:
    """Count until it is enough. Units are added in order, so that the end is always the same.

    ``changed`` is called after every addition. An interrupt leaves the tally whole.
    """
    ahead, waiting, running = tally.units, {}, {}
    while not enough(tally):
        while len(running) < 2 * engine.workers and ahead < enough.last_unit():
            size = min(_task_units(tally), enough.last_unit() - ahead)
            with _kills_named(tally, ahead):
                running[engine.submit(job, ahead, size)] = ahead
            ahead += size
        done, _ = wait(running, timeout=1.0, return_when=FIRST_COMPLETED)
        for future in done:
            first = running.pop(future)
            with _kills_named(tally, first):
                waiting[first] = future.result()
        while tally.units in waiting and not enough(tally):
            for found in waiting.pop(tally.units):
                if not enough(tally):
                    tally.add(found)
            changed(tally)
    for future in running:
        future.cancel()


@contextmanager
def _kills_named(tally: Tally, unit: int) -> Iterator[None]:
    try:
        yield
    except BrokenProcessPool as error:
        raise InputError(
            f"a worker process was killed at {tally.ebn0_db:g} dB, unit {unit}; "
            "start again to go on from what was counted"
        ) from error


def _task_units(tally: Tally) -> int:
    """Units that keep a core busy for a while; the counts do not depend on it."""
    if not tally.units:
        return 1
    return max(1, min(_MOST_UNITS, int(_TASK_SECONDS * tally.units / tally.seconds)))
