"""Registry: the kind of a spec -> the module that reads it; the specs that are shipped.

A kind's module supplies ``SPEC``, the class of its specs (:class:`quant.document.Document`). Each
spec has ``made_for`` (what ``--code`` calls it), ``describe()`` (one line) and ``remarks()`` (lines
to read before building it).
"""

import importlib
from importlib import resources
from pathlib import Path

from model.errors import InputError
from model.files import read_text
from model.json_text import parse_json
from quant import document
from quant.fields import shown

KINDS = {
    "qc_ldpc_layered": "quant.spec",
    "tanner_flooding": "quant.spec",
    "c2po_precoder": "quant.precoder.spec",
}


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
    kind = record.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        raise InputError(f"{source}: kind {shown(kind)} is unknown, known: {', '.join(KINDS)}")
    return importlib.import_module(KINDS[kind]).SPEC.from_record(record, source)


def resolve(name: str):
    """The shipped spec of that name, or the one in that file."""
    return load(presets().get(name, name))
