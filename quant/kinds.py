"""Registry: the kind of a spec -> the module that reads it; the specs that are shipped.

A kind's module supplies ``load(path)``, which reads and checks a spec file. The spec it returns has
``made_for`` (what ``--code`` calls it), ``describe()`` (one line) and ``remarks()`` (lines to read
before building it).
"""

import importlib
from importlib import resources
from pathlib import Path

from model.errors import InputError
from model.files import read_text
from model.json_text import parse_json
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
    text = read_text(path)
    try:
        record = parse_json(text, str(path))
        kind = record.get("kind") if isinstance(record, dict) else None
    except InputError:
        kind = None
    record = None  # the kind's loader reads it again: not twice in memory
    # A file too broken to name its kind is for the first kind's loader to explain.
    kind = next(iter(KINDS)) if kind is None else kind
    if not isinstance(kind, str) or kind not in KINDS:
        raise InputError(f"{path}: kind {shown(kind)} is unknown, known: {', '.join(KINDS)}")
    return importlib.import_module(KINDS[kind]).load(path)


def resolve(name: str):
    """The shipped spec of that name, or the one in that file."""
    return load(presets().get(name, name))
