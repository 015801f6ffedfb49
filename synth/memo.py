"""Results that are kept until what they depend on changes."""

import hashlib
import json
from collections.abc import Callable, Iterable
from pathlib import Path

from model.errors import InputError
from model.files import read_text, write_atomic
from model.json_text import parse_json

_ROOT = Path(__file__).resolve().parent.parent
_SUFFIXES = (".py", ".json", ".npz", ".gz", ".txt", ".alist", ".csv")


def fingerprint(packages: Iterable[str], *other: object) -> str:
    """Return a hash over all files of the named top-level packages and over ``other`` (JSON)."""
    digest = hashlib.sha256(json.dumps(other).encode())
    for package in packages:
        for path in sorted((_ROOT / package).rglob("*")):
            if path.suffix in _SUFFIXES and "__pycache__" not in path.parts:
                digest.update(str(path.relative_to(_ROOT)).encode() + b"\0")
                digest.update(path.read_bytes())
    return digest.hexdigest()


def remembered(path: Path, key: str, compute: Callable[[], dict], force: bool = False) -> dict:
    """Return the dict of JSON types in ``path`` if it was made under ``key``, else compute it.

    The result of ``compute`` is written to ``path``; what it raises passes through.
    """
    if not force:
        try:
            record = parse_json(read_text(path), str(path))
            if record["key"] == key and isinstance(record["result"], dict):
                return record["result"]
        except (ValueError, KeyError, TypeError):
            pass
    result = compute()
    try:
        write_atomic(path, json.dumps({"key": key, "result": result}, indent=1) + "\n")
    except InputError:
        pass  # a result that cannot be kept is still a result
    return result
