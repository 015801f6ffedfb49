"""The failures file of a simulation: the numbers of the wrong frames, to decode them again."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from model.errors import InputError
from model.files import write_atomic
from model.printable import shown
from quant.fields import whole
from sim import results, sealed
from sim.links import Channel, point_number
from sim.tally import MOST_FAILURES, Tally
from sim.units import UNIT_FRAMES

SCHEMA = "unfoldhw.failures/2"
MOST_FRAMES = results.MOST_POINTS * MOST_FAILURES


@dataclass(frozen=True)
class Failures:
    """Wrong frames: ``spec`` text, channel, seed, (Eb/N0 in dB, frame number) of each."""

    spec: str
    channel: Channel
    seed: int
    frames: list[tuple[float, int]]

    @classmethod
    def of(cls, spec: str, channel: Channel, seed: int, tallies: Sequence[Tally]) -> "Failures":
        """The wrong frames that tallies remember, by Eb/N0."""
        ordered = sorted(tallies, key=lambda tally: tally.ebn0_db)
        frames = [(tally.ebn0_db, frame) for tally in ordered for frame in tally.failures]
        return cls(spec, channel, seed, frames)

    def save(self, path: Path) -> None:
        """Write the file, whole or not at all."""
        fields = {"frames": self.frames}
        with sealed.faults_of(path, "failures"):
            text = sealed.text_of(SCHEMA, self.spec, self.channel, self.seed, fields)
        write_atomic(path, text)


def load(path: Path) -> Failures:
    """Read what ``sim.fer --save-failures`` wrote; ``InputError`` names what is wrong with it."""
    found = sealed.read(path, SCHEMA, "a failures file", ("frames",))
    with sealed.faults_of(path, "a failures file"):
        pairs = found.fields["frames"]
        if not isinstance(pairs, list) or len(pairs) > MOST_FRAMES:
            raise InputError(f"frames is no list of at most {MOST_FRAMES}")
        frames = [_frame(f"frames[{i}]", pair) for i, pair in enumerate(pairs)]
        order = [(point_number(ebn0_db), frame) for ebn0_db, frame in frames]
        for i, (one, other) in enumerate(pairwise(order), 1):
            if one >= other:
                raise InputError(f"frames[{i}] is {list(frames[i])} after {list(frames[i - 1])}, "
                                 "must ascend")  # fmt: skip
    return Failures(found.spec.to_json(), found.channel, found.seed, frames)


def _frame(place: str, pair: object) -> tuple[float, int]:
    if not isinstance(pair, list) or len(pair) != 2:
        raise InputError(f"{place} is {shown(pair)}, must be an Eb/N0 in dB and a frame's number")
    whole(f"{place}[1]", pair[1], 0, results.MOST_UNITS * UNIT_FRAMES - 1)
    return sealed.ebn0_of(f"{place}[0]", pair[0]), pair[1]
