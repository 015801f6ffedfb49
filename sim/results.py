"""The results file of an error-rate simulation: counts by point, added to run by run."""

import json
from dataclasses import asdict, dataclass, field
from dataclasses import fields as dataclass_fields
from pathlib import Path

from model.errors import InputError
from model.files import read_text, write_atomic
from quant.spec import Spec
from sim.links import Channel
from sim.tally import Tally
from sim.units import UNIT_FRAMES

SCHEMA = "unfoldhw.fer/1"


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

    @property
    def title(self) -> str:
        """The curve's name in a plot."""
        spec = Spec.from_json(self.spec)
        model = {"c": f"{spec.message_bits}-bit, C model", "golden": f"{spec.message_bits}-bit",
                 "float": "float min-sum 0.75"}[self.model]  # fmt: skip
        return f"{spec.code.name}, {model}, {spec.iterations} iterations"

    def save(self, path: Path) -> None:
        """Write the file whole; ``InputError`` if the place cannot be written."""
        record = {
            "schema": SCHEMA,
            "spec_sha": json.loads(self.spec)["sha256"],
            "model": self.model,
            "channel": asdict(self.channel),
            "seed": self.seed,
            "unit_frames": UNIT_FRAMES,
            "points": [asdict(tally) for tally in self.counted()],
            "spec": json.loads(self.spec),
        }
        write_atomic(path, json.dumps(record, indent=1) + "\n")


def load(path: Path) -> Results:
    """Read a results file; ``InputError`` names what is wrong with it."""
    try:
        record = json.loads(read_text(path))
        schema = record.get("schema") if isinstance(record, dict) else None
        if schema != SCHEMA:
            raise InputError(f"{path}: schema is {schema!r}, this program reads {SCHEMA!r}")
        if record["unit_frames"] != UNIT_FRAMES:
            raise InputError(f"{path}: unit_frames is {record['unit_frames']}, not {UNIT_FRAMES}")
        spec = Spec.from_json(json.dumps(record["spec"]), str(path)).to_json()
        names = {f.name for f in dataclass_fields(Tally)}
        tallies = [Tally(**{name: point[name] for name in names}) for point in record["points"]]
        return Results(
            spec, record["model"], Channel(**record["channel"]), record["seed"], tallies
        )
    except (ValueError, KeyError, TypeError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{path}: not a results file: {error!r}") from error


def opened(path: Path, due: Results) -> Results:
    """The results at ``path`` to go on with, or ``due``, which has none, if there is no file.

    ``InputError`` if the file is of another spec, model, channel or seed.
    """
    if not path.exists():
        return due
    found = load(path)
    shas = [Spec.from_json(results.spec).sha for results in (found, due)]
    for name, there, here in (
        ("spec", *shas),
        ("model", found.model, due.model),
        ("channel", found.channel, due.channel),
        ("seed", found.seed, due.seed),
    ):
        if there != here:
            raise InputError(f"{path}: holds results of {name} {there}, not {here}")
    return found
