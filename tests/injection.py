"""Documents with one string replaced by what could end a comment, a quotation or a line.

A document that is refused is fine: in one printable line. One that is accepted must change nothing:
what is generated from it and printed of it is what the untouched document gives.
"""

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

PAYLOADS = {
    "newline": 'x\nstatic int y = system("touch CANARY");//',
    "carriage return": "x\rexec touch CANARY",
    "backslash": "x\\",
    "quote": 'x"); system("touch CANARY"); ("',
    "single quote": "x'; touch CANARY; '",
    "comment end": "x*/ #include </dev/stdin> /*",
    "NUL": "x\0y",
    "ESC": "x\x1b[2J\x1b]0;title\x07",
    "surrogate": "x\ud800y",
    "right to left": "x\u202egnp.exe",
    "command": "$(touch CANARY)",
    "backquote": "`touch CANARY`",
    "separator": "x; exec touch CANARY",
    "parent": "../../CANARY",
    "absolute": "/tmp/CANARY",
    "make": "x$(shell touch CANARY)",
    "long": "x" * 4000,
    "empty": "",
}


@dataclass(frozen=True)
class Document:
    """One kind of file.

    record : a valid one, JSON types
    write : (record, folder) -> path; recomputes every hash, as an attacker would
    use : path -> everything that is generated from the file and printed of it
    """

    record: dict
    write: Callable[[dict, Path], Path]
    use: Callable[[Path], object]


def strings(value: object, place: tuple = ()) -> Iterator[tuple]:
    """Places of all strings in a JSON value, each once; of lists the first three entries."""
    if isinstance(value, str):
        yield place
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from strings(inner, (*place, key))
    elif isinstance(value, list):
        for i, inner in enumerate(value[:3]):
            yield from strings(inner, (*place, i))


def replaced(record: dict, place: tuple, text: str) -> dict:
    """A copy with another string at ``place``."""
    record = copy.deepcopy(record)
    inner = record
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = text
    return record


def renamed(record: dict, place: tuple, text: str) -> dict:
    """A copy with another key instead of the last of ``place``."""
    record = copy.deepcopy(record)
    inner = record
    for step in place[:-1]:
        inner = inner[step]
    inner[text] = inner.pop(place[-1])
    return record
