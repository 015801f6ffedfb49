"""The results file of an error-rate simulation: counts by point, added to run by run."""

import json
import os
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from pathlib import Path

from model.errors import InputError
from model.files import read_text, write_atomic
from model.locks import locked
from model.options import Options
from model.signals import held
from quant.fields import choice, exactly, number, whole, wholes
from quant.monte_carlo import (
    BIT_ERRORS,
    FRAME_ERRORS,
    SQUARES,
    MonteCarlo,
    described,
    point_number,
)
from sim import sealed, units
from sim.tally import MOST_FAILURES, Tally

SCHEMA = "unfoldhw.fer/3"
MOST_POINTS = 1000
MOST_UNITS = 2**44
LEAST_SECONDS, MOST_SECONDS = 1e-12, 1e15
_LOCK_SECONDS = 10.0


@dataclass
class Results:
    """Tallies of one spec, model, link and seed; ``spec`` is the text of the spec."""

    spec: str
    model: str
    link: Options
    seed: int
    tallies: list[Tally] = field(default_factory=list)

    @cached_property
    def measured(self) -> MonteCarlo:
        """What counts the spec."""
        return units.measured(self.spec)

    def tally(self, point_db: float) -> Tally:
        """The tally of a point, a new one if there is none."""
        for tally in self.tallies:
            if tally.point_db == point_db:
                return tally
        self.tallies.append(Tally(type(self.measured), point_db))
        return self.tallies[-1]

    def counted(self) -> list[Tally]:
        """Tallies with frames, by point."""
        return sorted((t for t in self.tallies if t.units), key=lambda t: t.point_db)

    @cached_property
    def spec_sha(self) -> str:
        """The spec's content hash."""
        return json.loads(self.spec)["sha256"]

    @property
    def title(self) -> str:
        """The curve's name in a plot."""
        return self.measured.title(self.model)

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
            counted = Results(self.spec, self.model, self.link, self.seed, points).counted()
            if len(counted) > MOST_POINTS:
                raise InputError(f"{path}: would hold {len(counted)} points, at most {MOST_POINTS}")
            fields = {
                "model": self.model,
                "unit_frames": self.measured.unit_frames,
                "points": [_record(tally) for tally in counted],
            }
            with sealed.faults_of(path, "results"):
                text = sealed.text_of(SCHEMA, self.spec, self.link, self.seed, fields)
            if not there or read_text(path, sealed.MOST_BYTES) != text:
                write_atomic(path, text)

    def _joined(self, found: "Results", path: Path) -> list[Tally]:
        """The points of both, once each; ``InputError`` unless they can be of the same frames."""
        _check_same(path, found, self)
        points = {point_number(tally.point_db): tally for tally in found.tallies}
        for mine in self.tallies:
            point = point_number(mine.point_db)
            there = points.setdefault(point, mine)
            longer, shorter = (mine, there) if mine.units > there.units else (there, mine)
            if not longer.begins_with(shorter):
                raise InputError(
                    f"{path}: {mine.point_db:g} dB: the {there.frames} frames there with "
                    f"{there.deciding_errors} errors and the {mine.frames} counted now with "
                    f"{mine.deciding_errors} cannot both be right"
                )
            points[point] = longer
        return list(points.values())


def load(path: Path) -> Results:
    """Read a results file; ``InputError`` names what is wrong with it."""
    found = sealed.read(path, SCHEMA, "a results file", ("model", "unit_frames", "points"))
    with sealed.faults_of(path, "a results file"):
        model, points = found.fields["model"], found.fields["points"]
        measured = found.measured
        choice("model", model, measured.models)
        whole("unit_frames", found.fields["unit_frames"], *[measured.unit_frames] * 2)
        if not isinstance(points, list) or len(points) > MOST_POINTS:
            raise InputError(f"points is no list of at most {MOST_POINTS}")
        tallies = [
            _tally(f"points[{i}]", p, measured, found.link) for i, p in enumerate(points)
        ]
        for i, (one, other) in enumerate(pairwise(tallies), 1):
            if point_number(one.point_db) >= point_number(other.point_db):
                raise InputError(f"points[{i}].{one.part.axis.field} is {other.point_db:g} after "
                                 f"{one.point_db:g}, must ascend")  # fmt: skip
    return Results(measured.spec.to_json(), model, found.link, found.seed, tallies)


def _record(tally: Tally) -> dict:
    """A point as it is saved: its axis's field, sums, and failures where they are remembered."""
    record = {
        tally.part.axis.field: tally.point_db,
        "units": tally.units,
        **tally.counts,
        "seconds": tally.seconds,
        "decode_seconds": tally.decode_seconds,
    }
    return record | ({"failures": tally.failures} if tally.part.frames_decide else {})


def _tally(place: str, record: object, measured: MonteCarlo, link: Options) -> Tally:
    """A point as it was saved; ``InputError`` for counts that no run comes to."""
    empty = Tally(type(measured), 0.0)
    exactly(place, record, list(_record(empty)))
    whole(f"{place}.units", record["units"], 1, MOST_UNITS)
    frames = record["units"] * measured.unit_frames
    whole(f"{place}.{FRAME_ERRORS}", record[FRAME_ERRORS], 0, frames)
    errors, most = record[FRAME_ERRORS], measured.most(link)
    for kind in measured.all_kinds():
        number_of = errors if kind.wrong_only else frames
        low, high = number_of * kind.least, number_of * most[kind.name]
        whole(f"{place}.{kind.name}", record[kind.name], low, high)
    if SQUARES.name in record:
        _check_squares(place, record, most[BIT_ERRORS.name])
    for name in ("seconds", "decode_seconds"):
        number(f"{place}.{name}", record[name], LEAST_SECONDS, MOST_SECONDS)
    failures = record.get("failures", [])
    if measured.frames_decide:
        _check_failures(f"{place}.failures", failures, errors, frames)
    field_name = measured.axis.field
    return Tally(
        type(measured),
        sealed.point_of(f"{place}.{field_name}", record[field_name]),
        record["units"],
        {name: record[name] for name in empty.counts},
        record["seconds"],
        record["decode_seconds"],
        failures,
    )


def _check_squares(place: str, record: dict, most: int) -> None:
    """Squares of at most ``most`` a frame must be able to belong to the sum of what is squared."""
    total, squares, frames = record[BIT_ERRORS.name], record[SQUARES.name], record[FRAME_ERRORS]
    if not total**2 <= squares * frames or not total <= squares <= total * most:
        raise InputError(f"{place}.{SQUARES.name} is {squares}, which {total} bit errors in "
                         f"{frames} frames do not come to")  # fmt: skip


def _check_failures(place: str, failures: object, errors: int, frames: int) -> None:
    if not isinstance(failures, list) or len(failures) != min(errors, MOST_FAILURES):
        raise InputError(f"{place} is no list of {min(errors, MOST_FAILURES)} frames, the "
                         f"first of {errors} wrong ones")  # fmt: skip
    wholes(place, failures, 0, frames - 1)
    for i, (one, other) in enumerate(pairwise(failures), 1):
        if one >= other:
            raise InputError(f"{place}[{i}] is {other} after {one}, must ascend")


def opened(path: Path, due: Results) -> Results:
    """The results at ``path`` to go on with, or ``due``, which has none, if there is no file.

    ``InputError`` if the file is of another spec, model, link or seed.
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
        ("link", described(found.link), described(due.link)),
        ("seed", found.seed, due.seed),
    ):
        if there != here:
            raise InputError(f"{path}: holds results of {name} {there}, not {here}")
