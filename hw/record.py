"""build.json as the later steps read it: every fault is one line that names file and field."""

import hashlib
import math
from pathlib import Path

from model.errors import InputError
from model.files import read_text
from model.json_text import parse_json


def read_record(folder: Path, text: tuple[str, ...], numbers: tuple[str, ...] = ()) -> dict:
    """Content of ``folder``/build.json; ``InputError`` if it or a field is missing or wrong.

    text, numbers : fields that must be there; numbers must be above 0
    """
    if not folder.is_dir():
        raise InputError(f"{folder}: no such build folder (python -m hw.build makes one)")
    path = folder / "build.json"
    record = parse_json(read_text(path), str(path))
    if not isinstance(record, dict):
        raise InputError(f"{path}: not a JSON object")
    for name in text:
        if not isinstance(record.get(name), str):
            raise InputError(f"{path}: field {name!r} is {record.get(name)!r}, expected text")
    for name in numbers:
        value = record.get(name)
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or not 0 < value < math.inf:
            raise InputError(f"{path}: field {name!r} is {value!r}, expected a number above 0")
    return record


def verilog_of(folder: Path, record: dict) -> Path:
    """The Verilog file that build.json names; it must hold the text that was written.

    It is looked for beside build.json, so that a folder may be moved.
    """
    path = folder / Path(record["verilog"]).name
    text = read_text(path)
    digest = record.get("verilog_sha")
    if digest is not None and hashlib.sha256(text.encode()).hexdigest() != digest:
        raise InputError(
            f"{path}: not the text that {folder / 'build.json'} records (verilog_sha {digest!r})"
        )
    return path
