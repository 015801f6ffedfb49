"""Results that are kept until what they depend on changes."""

import json
from collections.abc import Callable
from pathlib import Path

from model.errors import InputError
from model.files import read_text, write_atomic
from model.json_text import parse_json


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
