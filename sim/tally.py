"""What has been counted at one point, and when it is enough."""

from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field

from model.errors import InputError
from model.rates import wilson
from quant.monte_carlo import BIT_ERRORS, FRAME_ERRORS, MonteCarlo, kinds_of_group
from sim.units import Count, Job

MOST_FAILURES = 1000  # wrong frames remembered a point
_TASK_SECONDS = 0.3
_MOST_UNITS = 256


@dataclass
class Tally:
    """Sums over the units 0 .. ``units`` - 1 of a point.

    Attributes
    ----------
    part : what the family counts
    counts : wrong frames, and sums of what is counted of frames, by kind
    failures : numbers of the first wrong frames, where the family remembers them
    """

    part: type[MonteCarlo]
    point_db: float
    units: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    decode_seconds: float = 0.0
    failures: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.counts = dict.fromkeys(self.part.names(), 0) | self.counts

    @property
    def place(self) -> str:
        """Of the point, in messages."""
        return f"{self.point_db:g} dB"

    @property
    def unit_frames(self) -> int:
        return self.part.unit_frames

    @property
    def frames(self) -> int:
        return self.units * self.unit_frames

    @property
    def frame_errors(self) -> int:
        return self.counts[FRAME_ERRORS]

    @property
    def bit_errors(self) -> int:
        return self.counts[BIT_ERRORS.name]

    @property
    def deciding_errors(self) -> int:
        """Errors of the kind that ends a point."""
        return self.frame_errors if self.part.frames_decide else self.bit_errors

    def add(self, found: Count) -> None:
        """Add the next unit, all of it or, if a signal interrupts, nothing."""
        assert found.unit == self.units
        sums = {
            "units": self.units + 1,
            "counts": {name: value + found.counts[name] for name, value in self.counts.items()},
            "seconds": self.seconds + found.seconds,
            "decode_seconds": self.decode_seconds + found.decode_seconds,
        }
        more = found.failures[: MOST_FAILURES - len(self.failures)]
        sums["failures"] = [*self.failures, *more] if more else self.failures
        self.__dict__.update(sums)  # one call: no signal handler runs in the middle

    def begins_with(self, other: "Tally") -> bool:
        """Whether this can be what ``other``, of no more units, came to when it went on."""
        more = [value - other.counts[name] for name, value in self.counts.items()]
        if self.units == other.units:
            return not any(more) and self.failures == other.failures
        first = len(other.failures)
        return (
            all(count >= 0 for count in more)
            and self.failures[:first] == other.failures
            and all(frame >= other.frames for frame in self.failures[first : first + 1])
        )

    def record(self, bits: int) -> dict:
        """The point's line of the ``--json`` object, ``bits`` bits a frame."""
        low, high = wilson(self.frame_errors, self.frames)
        found = {
            self.part.axis.field: self.point_db,
            "frames": self.frames,
            "frame_errors": self.frame_errors,
            "fer": self.frame_errors / self.frames,
            "fer_low": low,
            "fer_high": high,
            "ber": self.bit_errors / self.all_bits(bits),
        }
        if not self.part.frames_decide:
            _, low, high = self.part.error_rate(self.counts, self.frames, bits)
            found |= {"ber_low": low, "ber_high": high, "bit_errors": self.bit_errors}
        for kind in self.part.kinds:
            value = self.counts[kind.name]
            found |= {f"mean_{kind.name}": value / self.frames} if kind.mean else {kind.name: value}
        if self.part.groups:
            found["groups"] = {name: self._group(name) for name in self.part.groups}
        if self.seconds:  # not known of points on record
            found["frames_per_s"] = self.frames / self.seconds
            found["decode_frames_per_s"] = self.frames / self.decode_seconds
        return found

    def _group(self, name: str) -> dict:
        """Frames, wrong ones and their rate, which is null without any frame."""
        frames, errors = (self.counts[kind.name] for kind in kinds_of_group(name))
        low, high = wilson(errors, frames) if frames else (None, None)
        return {
            "frames": frames, "frame_errors": errors, "fer": errors / frames if frames else None,
            "fer_low": low, "fer_high": high,
        }  # fmt: skip

    def all_bits(self, bits: int) -> int:
        """Bits of all frames that may be wrong, ``bits`` a frame where there are no groups."""
        return self.part.all_bits(self.counts, self.frames, bits)

    def curve_point(self, bits: int) -> tuple[float, float, float, float]:
        """The point in dB, the rate that decides and its interval."""
        return self.point_db, *self.part.error_rate(self.counts, self.frames, bits)


@dataclass(frozen=True)
class Enough:
    """A point ends with the first unit that brings it to so many deciding errors or frames."""

    errors: int
    frames: int

    def __call__(self, tally: Tally) -> bool:
        return tally.deciding_errors >= self.errors or tally.frames >= self.frames

    def last_unit(self, unit_frames: int) -> int:
        """No unit from this number on is ever needed."""
        return -(-self.frames // unit_frames)


def fill(
    tally: Tally, engine, job: Job, enough: Enough, changed: Callable[[Tally], None]
) -> None:
    """Count until it is enough. Units are added in order, so that the end is always the same.

    What else than a :class:`Tally` adds units has its ``units``, ``unit_frames``, ``seconds``,
    ``place`` and ``add`` as well, and an ``engine`` and ``job`` of its own. ``changed`` is called
    after every addition. An interrupt leaves the tally whole.
    """
    ahead, waiting, running = tally.units, {}, {}
    last = enough.last_unit(tally.unit_frames)
    while not enough(tally):
        while len(running) < 2 * engine.workers and ahead < last:
            size = min(_task_units(tally), last - ahead)
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
            f"a worker process was killed at {tally.place}, unit {unit}; "
            "start again to go on from what was counted"
        ) from error


def _task_units(tally: Tally) -> int:
    """Units that keep a core busy for a while; the counts do not depend on it."""
    if not tally.units:
        return 1
    return max(1, min(_MOST_UNITS, int(_TASK_SECONDS * tally.units / max(tally.seconds, 1e-9))))
