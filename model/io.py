"""Codes as files. What is read is recognised by its content (``model.code_formats``); what is
written has the format of its suffix.

========  ==========================================================================================
.alist    MacKay's list of columns and rows (``model.alist``)
.json     exponents: {"Z": 54, "exponents": [[...]], "punctured_columns": [...], "name": "..."}
.qc       exponents as text, as AFF3CT reads it (``model.qc_text``)
========  ==========================================================================================
"""

import os
from pathlib import Path

from model.code import TannerGraph
from model.code_formats import BY_SUFFIX, format_of
from model.errors import InputError
from model.files import read_text, write_atomic


def is_file_name(text: str) -> bool:
    """True if ``text`` names a file that exists, or reads as one rather than as a code's name."""
    looks = Path(text).suffix.lower() in BY_SUFFIX or "/" in text or "\\" in text
    return looks or os.path.isfile(text)


def load(path: str | Path) -> TannerGraph:
    """Read a code as its file has it; ``InputError`` names file, place and value of a fault."""
    text = read_text(path)
    return format_of(text, str(path)).parse(text, str(path))


def save(graph: TannerGraph, path: str | Path) -> Path:
    """Write a code, completely or not at all.

    ``InputError`` if the format cannot hold it (block structure, puncturing, shortening).
    """
    suffix = Path(path).suffix.lower()
    if suffix not in BY_SUFFIX:
        raise InputError(f"{path}: suffix {suffix!r} is none of {', '.join(BY_SUFFIX)}")
    return write_atomic(path, BY_SUFFIX[suffix].dump(graph))
