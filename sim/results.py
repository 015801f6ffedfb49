"""The results file of an error-rate simulation: counts by point, added to run by run."""

import json
import os
from dataclasses import asdict, dataclass, field
from dataclasses import fields as dataclass_fields
from functools import cached_property
from itertools import pairwise
from pathlib import Path

from model.errors import InputError
from model.files import read_text, write_atomic
from model.locks import locked
from model.signals import held
from quant.fields import choice, exactly, number, whole, wholes
from quant.spec import Spec
from sim import sealed
from sim.links import Channel, point_number
from sim.tally import MOST_FAILURES, Tally
from sim.units import MODELS, UNIT_FRAMES

SCHEMA = "unfoldhw.fer/2"
MOST_POINTS = 1000
MOST_UNITS = 2**44
LEAST_SECONDS, MOST_SECONDS = 1e-12, 1e15
_LOCK_SECONDS = 10.0


@dataclass
class Results:
    """Tallies of one spec, model, channel and seed; ``spec`` is the text of the spec."""

    spec: str
    model: str
    channel: Channel
    seed: int
    tallies: list[Tally] = field(default_factory=list)

    def tally(self, ebn0_db: float) -> Tally:
        """The tally of a point, a new one if there is none."""
        for tally in self.tallies:
            if tally.ebn0_db == ebn0_db:
                return tally
        self.tallies.append(Tally(ebn0_db))
        return self.tallies[-1]

    def counted(self) -> list[Tally]:
        """Tallies with frames, by Eb/N0."""
        return sorted((t for t in self.tallies if t.units), key=lambda t: t.ebn0_db)

    @cached_property
    def spec_sha(self) -> str:
        """The spec's content hash."""
        return json.loads(self.spec)["sha256"]

    @property
    def title(self) -> str:
        """The curve's name in a plot."""
        spec = Spec.from_json(self.spec)
        model = {"c": f"{spec.message_bits}-bit, C model", "golden": f"{spec.message_bits}-bit",
                 "float": "float min-sum 0.75"}[self.model]  # fmt: skip
        return f"{spec.code.name}, {model}, {spec.iterations} iterations"

    def take_in(self, path: Path) -> None:
        """Go on from what the file, which other runs add to as well, holds by now."""
        if os.path.exists(path):
            self.tallies = self._joined(load(path), path)

    def save(self, path: Path) -> None:
        """Add to the file what it does not hold, whole or not at all.

        Runs that write to one file at once lose nothing: what is there by now is read, and of a
        point that both counted the one with more frames stays, which begins with the other's.
        ``InputError`` if the place cannot be written or holds other results.
        """
        with held(), locked(path, _LOCK_SECONDS):
            there = os.path.exists(path)
            points = self._joined(load(path), path) if there else self.tallies
            counted = Results(self.spec, self.model, self.channel, self.seed, points).counted()
            if len(counted) > MOST_POINTS:
                raise InputError(f"{path}: would hold {len(counted)} points, at most {MOST_POINTS}")
            fields = {
                "model": self.model,
                "unit_frames": UNIT_FRAMES,
                "points": [asdict(tally) for tally in counted],
            }
            with sealed.faults_of(path, "results"):
                text = sealed.text_of(SCHEMA, self.spec, self.channel, self.seed, fields)
            if not there or read_text(path, sealed.MOST_BYTES) != text:
                write_atomic(path, text)

    def _joined(self, found: "Results", path: Path) -> list[Tally]:
        """The points of both, once each; ``InputError`` unless they can be of the same frames."""
        _check_same(path, found, self)
        points = {point_number(tally.ebn0_db): tally for tally in found.tallies}
        for mine in self.tallies:
            there = points.setdefault(point_number(mine.ebn0_db), mine)
            longer, shorter = (mine, there) if mine.units > there.units else (there, mine)
            if not longer.begins_with(shorter):
                raise InputError(
                    f"{path}: {mine.ebn0_db:g} dB: the {there.frames} frames there with "
                    f"{there.frame_errors} errors and the {mine.frames} counted now with "
                    f"{mine.frame_errors} cannot both be right"
                )
            points[point_number(mine.ebn0_db)] = longer
        return list(points.values())


def load(path: Path) -> Results:
    """Read a results file; ``InputError`` names what is wrong with it."""
    found = sealed.read(path, SCHEMA, "a results file", ("model", "unit_frames", "points"))
    with sealed.faults_of(path, "a results file"):
        model, points = found.fields["model"], found.fields["points"]
        choice("model", model, MODELS)
        whole("unit_frames", found.fields["unit_frames"], UNIT_FRAMES, UNIT_FRAMES)
        if not isinstance(points, list) or len(points) > MOST_POINTS:
            raise InputError(f"points is no list of at most {MOST_POINTS}")
        tallies = [_tally(f"points[{i}]", p, found.spec) for i, p in enumerate(points)]
        for i, (one, other) in enumerate(pairwise(tallies), 1):
            if point_number(one.ebn0_db) >= point_number(other.ebn0_db):
                raise InputError(f"points[{i}].ebn0_db is {other.ebn0_db:g} after {one.ebn0_db:g}, "
                                 "must ascend")  # fmt: skip
    return Results(found.spec.to_json(), model, found.channel, found.seed, tallies)


def _tally(place: str, record: object, spec: Spec) -> Tally:
    """A point as it was saved; ``InputError`` for counts that no run comes to."""
    exactly(place, record, [f.name for f in dataclass_fields(Tally)])
    whole(f"{place}.units", record["units"], 1, MOST_UNITS)
    frames = record["units"] * UNIT_FRAMES
    whole(f"{place}.frame_errors", record["frame_errors"], 0, frames)
    errors = record["frame_errors"]
    whole(f"{place}.bit_errors", record["bit_errors"], errors, errors * spec.k)
    whole(f"{place}.iterations", record["iterations"], frames, frames * spec.iterations)
    whole(f"{place}.undetected", record["undetected"], 0, errors)
    for name in ("seconds", "decode_seconds"):
        number(f"{place}.{name}", record[name], LEAST_SECONDS, MOST_SECONDS)
    failures = record["failures"]
    if not isinstance(failures, list) or len(failures) != min(errors, MOST_FAILURES):
        raise InputError(f"{place}.failures is no list of {min(errors, MOST_FAILURES)} frames, the "
                         f"first of {errors} wrong ones")  # fmt: skip
    wholes(f"{place}.failures", failures, 0, frames - 1)
    for i, (one, other) in enumerate(pairwise(failures), 1):
        if one >= other:
            raise InputError(f"{place}.failures[{i}] is {other} after {one}, must ascend")
    ebn0_db = sealed.ebn0_of(f"{place}.ebn0_db", record["ebn0_db"])
    return Tally(**{**record, "ebn0_db": ebn0_db})


def opened(path: Path, due: Results) -> Results:
    """The results at ``path`` to go on with, or ``due``, which has none, if there is no file.

    ``InputError`` if the file is of another spec, model, channel or seed.
    """
    if not os.path.exists(path):
        return due
    found = load(path)
    _check_same(path, found, due)
    return found


def _check_same(path: Path, found: Results, due: Results) -> None:
    for name, there, here in (
        ("spec", found.spec_sha, due.spec_sha),
        ("model", found.model, due.model),
        ("channel", found.channel, due.channel),
        ("seed", found.seed, due.seed),
    ):
        if there != here:
            raise InputError(f"{path}: holds results of {name} {there}, not {here}")
