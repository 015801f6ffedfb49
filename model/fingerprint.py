"""A hash of program and data, for results that are kept until either changes."""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

_ROOT = Path(__file__).resolve().parent.parent
_SUFFIXES = (".py", ".json", ".npz", ".gz", ".txt", ".alist", ".csv",
             ".cpp", ".h", ".v", ".j2", ".html")  # fmt: skip


def fingerprint(packages: Iterable[str], *other: object) -> str:
    """Return a hash over all files of the named top-level packages and over ``other`` (JSON)."""
    digest = hashlib.sha256(json.dumps(other).encode())
    for package in packages:
        for path in sorted((_ROOT / package).rglob("*")):
            if path.suffix in _SUFFIXES and "__pycache__" not in path.parts:
                digest.update(str(path.relative_to(_ROOT)).encode() + b"\0")
                digest.update(path.read_bytes())
    return digest.hexdigest()
