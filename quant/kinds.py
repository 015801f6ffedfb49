"""Specs of every kind: read from a file or a record, by name or by path; those that are shipped."""

from importlib import resources
from pathlib import Path

from model import families
from model.files import read_text
from model.json_text import parse_json
from quant import document


def presets() -> dict[str, Path]:
    """Shipped specs by name."""
    folder = Path(str(resources.files("quant.presets")))
    return {path.stem: path for path in sorted(folder.glob("*.json"))}


def load(path: str | Path):
    """The spec in a file, of whatever kind; every fault is an ``InputError`` naming the file."""
    return from_record(parse_json(read_text(path), str(path)), str(path))


def from_record(record: object, source: str):
    """The spec of a parsed record, of whatever kind; ``source`` is named in errors.

    A spec that holds others reads them with it, ``source`` being the name of their field.
    """
    record = document.checked_schema(record, source)
    family = families.of_kind(record.get("kind"), source)
    return families.need(family, "SPEC").from_record(record, source)


def from_records(records: list, field: str) -> tuple:
    """The specs in a list, a ``field`` of the one that holds them."""
    return tuple(from_record(each, f"{field}[{number}]") for number, each in enumerate(records))


def resolve(name: str):
    """The shipped spec of that name, or the one in that file."""
    return load(presets().get(name, name))


def family_of(spec) -> families.Family:
    """The family of a spec."""
    return families.of_kind(spec.kind, spec.name)
