"""Comparisons of C models with golden: counted in units on all cores, kept in a file, gone on with.

The file holds sums of the units 0, 1, ... of each spec. Units are added in order, so that sums do
not depend on how often a run was interrupted, nor on the number of workers.
"""

import os
import time
from dataclasses import asdict, dataclass, field, fields
from functools import lru_cache
from pathlib import Path

from model import families
from model.errors import InputError
from model.files import read_text, write_atomic
from model.fingerprint import fingerprint
from model.json_text import parse_json
from model.printable import one_line, shown
from model.signals import held
from model.version import VERSION
from quant import comparison, kinds
from quant.comparison import Comparer, Comparison, Unit
from quant.document import content_sha
from quant.fields import choice, exactly, number, whole
from quant.monte_carlo import LARGEST_DB
from sim import sealed

SCHEMA = "unfoldhw.equality/1"
MOST_BYTES = 1 << 20
MOST_COUNT = 2**53
_RATES = ("FER", "BER")
_SUMS = tuple(each.name for each in fields(Comparison))


@dataclass(frozen=True)
class Job:
    """Everything that decides a comparison's units; ``spec`` is the text of the spec."""

    spec: str
    rate: str
    points_db: tuple[float, ...]
    unit_frames: int
    seed: int


@dataclass(frozen=True)
class Counted:
    """A unit by its number, and the processor time that it took."""

    unit: int
    found: Unit
    seconds: float


@lru_cache(maxsize=4)
def _comparer(spec_text: str) -> Comparer:
    return comparer_of(kinds.from_record(parse_json(spec_text, "spec"), "spec"))


def comparer_of(spec) -> Comparer:
    """What compares the spec; ``InputError`` for a family without."""
    return families.need(kinds.family_of(spec), "compare")()(spec)


def count(job: Job, first: int, units: int) -> list[Counted]:
    """Compare ``units`` units from unit number ``first`` on."""
    comparer = _comparer(job.spec)
    sums = Comparison(job.rate, list(job.points_db), job.unit_frames)
    found = []
    for unit in range(first, first + units):
        started = time.process_time()
        one = comparison.unit_of(comparer, sums, job.seed, unit)
        found.append(Counted(unit, one, time.process_time() - started))
    return found


class Counting:
    """An engine of :mod:`sim.engines` that counts units of comparisons."""

    def __init__(self, engine):
        self._engine, self.workers = engine, engine.workers

    def submit(self, job: Job, first: int, units: int):
        return self._engine.call(count, job, first, units)


@dataclass(frozen=True)
class Units:
    """A comparison ends with so many units."""

    number: int

    def __call__(self, entry: "Entry") -> bool:
        return entry.units >= self.number

    def last_unit(self, unit_frames: int) -> int:
        return self.number


@dataclass
class Entry:
    """The comparison of one spec, by what it is called; ``sums`` None until it has begun."""

    name: str
    what: str
    spec_sha: str
    sums: Comparison | None = None
    seconds: float = 0.0

    @property
    def place(self) -> str:
        return f"{self.name} {self.what}"

    @property
    def units(self) -> int:
        return self.sums.units if self.sums else 0

    @property
    def frames(self) -> int:
        return self.sums.frames if self.sums else 0

    @property
    def unit_frames(self) -> int:
        return self.sums.unit_frames

    def add(self, counted: Counted) -> None:
        assert counted.unit == self.units
        self.sums.add(counted.found)
        self.seconds += counted.seconds


@dataclass
class Kept:
    """All comparisons of one command.

    program : hash of what decides the results beside the specs
    """

    seed: int
    entries: list[Entry]
    program: str = field(default_factory=lambda: fingerprint(("model", "quant")))

    def save(self, path: Path) -> None:
        """Write all sums, whole or not at all."""
        content = {
            "schema": SCHEMA,
            "version": VERSION,
            "program": self.program,
            "seed": self.seed,
            "specs": [asdict(entry) for entry in self.entries],
        }
        with held():
            write_atomic(path, sealed.lines_of(content | {"sha256": content_sha(content)}))

    def take_in(self, path: Path) -> None:
        """Go on from what the file holds, if there is one.

        ``InputError`` in one line for a file of other specs, another seed or another version of
        the program, or with what no run comes to.
        """
        if not os.path.exists(path):
            return
        found = _load(path)
        if found.program != self.program:
            raise InputError(f"{path}: counted with another version of the program; count again "
                             "into another file")  # fmt: skip
        if found.seed != self.seed:
            raise InputError(f"{path}: holds a comparison of seed {found.seed}, not {self.seed}")
        there, here = ([entry.place for entry in kept.entries] for kept in (found, self))
        if there != here:
            raise InputError(f"{path}: holds a comparison of {one_line(', '.join(there))}, "
                             f"not of {one_line(', '.join(here))}")  # fmt: skip
        for mine, entry in zip(self.entries, found.entries, strict=True):
            if mine.spec_sha != entry.spec_sha:
                raise InputError(f"{path}: holds a comparison of {mine.name} with content "
                                 f"{entry.spec_sha}, not {mine.spec_sha}")  # fmt: skip
        self.entries = found.entries


def _load(path: Path) -> Kept:
    record = parse_json(read_text(path, MOST_BYTES), str(path))
    with sealed.faults_of(path, "a comparison"):
        schema = record.get("schema") if isinstance(record, dict) else None
        if schema != SCHEMA:
            raise InputError(f"schema is {shown(schema)}, this program reads {SCHEMA!r}")
        exactly("", record, ("schema", "version", "program", "seed", "specs", "sha256"))
        due = content_sha({k: v for k, v in record.items() if k != "sha256"})
        if record["sha256"] != due:
            raise InputError(f"sha256 is {shown(record['sha256'])} but the content hashes to "
                             f"{due!r}: something else than this program changed it")  # fmt: skip
        whole("seed", record["seed"], 0, sealed.LARGEST_SEED)
        entries = [_entry(f"specs[{i}]", each) for i, each in enumerate(record["specs"])]
        return Kept(record["seed"], entries, record["program"])


def _entry(place: str, record: object) -> Entry:
    exactly(place, record, [each.name for each in fields(Entry)])
    for name in ("name", "what", "spec_sha"):
        if not isinstance(record[name], str):
            raise InputError(f"{place}.{name} is {shown(record[name])}, must be text")
    number(f"{place}.seconds", record["seconds"], 0, 1e15)
    sums = record["sums"]
    if sums is not None:
        exactly(f"{place}.sums", sums, _SUMS)
        sums = _sums(f"{place}.sums", sums)
    return Entry(record["name"], record["what"], record["spec_sha"], sums, record["seconds"])


def _sums(place: str, record: dict) -> Comparison:
    choice(f"{place}.rate", record["rate"], _RATES)
    points = record["points_db"]
    for name in ("points_db", "wrong", "trials"):
        values = record[name]
        if not isinstance(values, list) or not 0 < len(values) == len(points) < 1000:
            raise InputError(f"{place}.{name} is no list of a number for each point")
    for i, point_db in enumerate(points):
        number(f"{place}.points_db[{i}]", point_db, -LARGEST_DB, LARGEST_DB)
        whole(f"{place}.trials[{i}]", record["trials"][i], 0, MOST_COUNT)
        whole(f"{place}.wrong[{i}]", record["wrong"][i], 0, record["trials"][i])
    whole(f"{place}.unit_frames", record["unit_frames"], 1, 1 << 30)
    whole(f"{place}.units", record["units"], 0, 1 << 40)
    frames = record["units"] * record["unit_frames"]
    whole(f"{place}.frames", record["frames"], frames, frames)
    whole(f"{place}.different", record["different"], 0, 2 * frames)
    return Comparison(**record)
