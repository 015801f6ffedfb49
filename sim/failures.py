"""The failures file of a simulation: the numbers of the wrong frames, to decode them again."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from model.errors import InputError
from model.files import write_atomic
from model.options import Options
from model.printable import shown
from quant.fields import whole
from quant.monte_carlo import MonteCarlo, point_number
from sim import results, sealed, units
from sim.tally import MOST_FAILURES, Tally

SCHEMA = "unfoldhw.failures/3"
MOST_FRAMES = results.MOST_POINTS * MOST_FAILURES


@dataclass(frozen=True)
class Failures:
    """Wrong frames: ``spec`` text, link, seed, (point in dB, frame number) of each."""

    spec: str
    link: Options
    seed: int
    frames: list[tuple[float, int]]

    @property
    def measured(self) -> MonteCarlo:
        """What counts the spec."""
        return units.measured(self.spec)

    @classmethod
    def of(cls, spec: str, link: Options, seed: int, tallies: Sequence[Tally]) -> "Failures":
        """The wrong frames that tallies remember, by point."""
        ordered = sorted(tallies, key=lambda tally: tally.point_db)
        frames = [(tally.point_db, frame) for tally in ordered for frame in tally.failures]
        return cls(spec, link, seed, frames)

    def save(self, path: Path) -> None:
        """Write the file, whole or not at all."""
        fields = {"frames": self.frames}
        with sealed.faults_of(path, "failures"):
            text = sealed.text_of(SCHEMA, self.spec, self.link, self.seed, fields)
        write_atomic(path, text)


def load(path: Path) -> Failures:
    """Read what ``sim.fer --save-failures`` wrote; ``InputError`` names what is wrong with it."""
    found = sealed.read(path, SCHEMA, "a failures file", ("frames",))
    with sealed.faults_of(path, "a failures file"):
        pairs = found.fields["frames"]
        if not isinstance(pairs, list) or len(pairs) > MOST_FRAMES:
            raise InputError(f"frames is no list of at most {MOST_FRAMES}")
        size = found.measured.unit_frames
        frames = [_frame(f"frames[{i}]", pair, size) for i, pair in enumerate(pairs)]
        order = [(point_number(point_db), frame) for point_db, frame in frames]
        for i, (one, other) in enumerate(pairwise(order), 1):
            if one >= other:
                raise InputError(f"frames[{i}] is {list(frames[i])} after {list(frames[i - 1])}, "
                                 "must ascend")  # fmt: skip
    return Failures(found.measured.spec.to_json(), found.link, found.seed, frames)


def _frame(place: str, pair: object, unit_frames: int) -> tuple[float, int]:
    if not isinstance(pair, list) or len(pair) != 2:
        raise InputError(f"{place} is {shown(pair)}, must be a point in dB and a frame's number")
    whole(f"{place}[1]", pair[1], 0, results.MOST_UNITS * unit_frames - 1)
    return sealed.point_of(f"{place}[0]", pair[0]), pair[1]
