"""Codes as files; the suffix says the format.

========  ==========================================================================================
.alist    MacKay's list of columns and rows (``model.alist``)
.json     exponents: {"Z": 54, "exponents": [[...]], "punctured_columns": [...], "name": "..."}
.qc       exponents as text, as AFF3CT reads it (``model.qc_text``)
========  ==========================================================================================
"""

from pathlib import Path

from model import alist, exponents_json, qc_text
from model.code import TannerGraph
from model.errors import InputError
from model.files import read_text, write_atomic

_FORMATS = {".alist": alist, ".json": exponents_json, ".qc": qc_text}


def is_file_name(text: str) -> bool:
    """True if ``text`` reads as a file rather than as the name of a catalogue code."""
    return Path(text).suffix.lower() in _FORMATS or "/" in text or "\\" in text


def _format(path: str | Path):
    suffix = Path(path).suffix.lower()
    if suffix not in _FORMATS:
        raise InputError(f"{path}: suffix {suffix!r} is none of {', '.join(_FORMATS)}")
    return _FORMATS[suffix]


def load(path: str | Path) -> TannerGraph:
    """Read a code. ``InputError`` names file, place and value of what is wrong."""
    form = _format(path)
    return form.parse(read_text(path), str(path))


def save(graph: TannerGraph, path: str | Path) -> Path:
    """Write a code, completely or not at all.

    ``InputError`` if the format cannot hold it (block structure, puncturing, shortening).
    """
    return write_atomic(path, _format(path).dump(graph))
