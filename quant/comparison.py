"""A C model against golden, in units of frames that may be compared anywhere and in any number.

A family supplies ``compare()``, which returns a class derived from :class:`Comparer`.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Unit:
    """What one unit came to.

    frames : compared
    different : of them, those with any difference
    wrong, trials : by golden, of what the comparer's ``rate`` counts
    """

    frames: int
    different: int
    wrong: int
    trials: int


class Comparer:
    """Compares the C model of one spec with golden, at points from bad to good.

    Attributes
    ----------
    rate : what error rates are of: "FER", "BER"
    unit_frames : frames of a unit, at most
    """

    rate: str = "FER"
    unit_frames: int = 500

    def __init__(self, spec):
        self.spec = spec

    def points_db(self, seed: int) -> list[float]:
        """Where frames are compared."""
        raise NotImplementedError

    def unit_size(self, frames: int, points: int) -> int:
        """Frames of a unit where ``frames`` are to be compared at so many points."""
        return min(self.unit_frames, -(-frames // points))

    def compare(self, point_db: float, seed: int, number: int, frames: int) -> Unit:
        """Unit ``number`` of a point, of about ``frames`` frames. It depends on nothing else."""
        raise NotImplementedError


@dataclass
class Comparison:
    """Sums over the units 0 .. ``units`` - 1; unit u is number u // points of point u % points.

    unit_frames : frames of a unit
    wrong, trials : at each point
    """

    rate: str
    points_db: list[float]
    unit_frames: int
    units: int = 0
    frames: int = 0
    different: int = 0
    wrong: list[int] = field(default_factory=list)
    trials: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.wrong = self.wrong or [0] * len(self.points_db)
        self.trials = self.trials or [0] * len(self.points_db)

    @property
    def error_rates(self) -> list[float]:
        """By golden, at each point."""
        pairs = zip(self.wrong, self.trials, strict=True)
        return [wrong / max(trials, 1) for wrong, trials in pairs]

    def units_of(self, frames: int) -> int:
        """The fewest units, as many at each point, that come to so many frames."""
        points = len(self.points_db)
        return -(-frames // (self.unit_frames * points)) * points

    def add(self, found: Unit) -> None:
        """Add the next unit, all of it or, if a signal interrupts, nothing."""
        point = self.units % len(self.points_db)
        wrong, trials = list(self.wrong), list(self.trials)
        wrong[point] += found.wrong
        trials[point] += found.trials
        self.__dict__.update(
            units=self.units + 1,
            frames=self.frames + found.frames,
            different=self.different + found.different,
            wrong=wrong,
            trials=trials,
        )  # one call: no signal handler runs in the middle


def begun(comparer: Comparer, frames: int, seed: int) -> Comparison:
    """A comparison without units yet, for so many frames or more."""
    points = comparer.points_db(seed)
    return Comparison(comparer.rate, points, comparer.unit_size(frames, len(points)))


def unit_of(comparer: Comparer, sums: Comparison, seed: int, unit: int) -> Unit:
    """Compare unit number ``unit`` of a comparison."""
    number, point = divmod(unit, len(sums.points_db))
    return comparer.compare(sums.points_db[point], seed, number, sums.unit_frames)


def compared(comparer: Comparer, frames: int, seed: int = 1) -> Comparison:
    """Compare at least ``frames`` frames in this process."""
    sums = begun(comparer, frames, seed)
    for unit in range(sums.units_of(frames)):
        sums.add(unit_of(comparer, sums, seed, unit))
    return sums
