"""The results file: one JSON object a line, added to as points are measured."""

import json
import os
from collections.abc import Iterable
from pathlib import Path

from model.errors import InputError
from model.files import read_bytes
from model.json_text import parse_json
from model.locks import locked
from model.signals import held
from synth.explore import rows as checked_rows

_LOCK_SECONDS = 10.0


class Store:
    """Rows by key; several runs may add to one file at once.

    A last line without its end is what a run left that was killed while it wrote: it does not
    count, the next run that adds a row removes it, and its point is measured again.
    """

    def __init__(self, path: Path):
        self.path = path
        self.rows: dict[str, dict] = {}
        self.read()

    def read(self) -> None:
        """See what the file holds by now."""
        self.rows = _rows(self.path, _whole(self._content()))

    def those(self, keys: Iterable[str]) -> list[dict]:
        """Rows of these keys, as far as they are there: rows of an earlier generator are not."""
        return [self.rows[key] for key in keys if key in self.rows]

    def add(self, rows: list[dict]) -> None:
        """Keep rows, all of them or, if the file cannot be written, none.

        Those that another run has added meanwhile are kept as they are.
        """
        with held(), locked(self.path, _LOCK_SECONDS):
            whole = _whole(self._content())
            self.rows = _rows(self.path, whole)
            new = {row["key"]: checked_rows.sealed(row) for row in rows}
            new = {key: row for key, row in new.items() if key not in self.rows}
            text = "".join(json.dumps(row) + "\n" for row in new.values())
            _rows(self.path, text.encode())  # what is written can be read
            _append(self.path, len(whole), text.encode())
            self.rows |= new

    def _content(self) -> bytes:
        return read_bytes(self.path) if os.path.exists(self.path) else b""


def _whole(content: bytes) -> bytes:
    """The lines that have an end."""
    return content[: content.rfind(b"\n") + 1]


def _rows(path: Path, content: bytes) -> dict[str, dict]:
    """Rows by key, each checked; ``InputError`` names file and line."""
    found: dict[str, dict] = {}
    for number, line in enumerate(content.split(b"\n")[:-1], 1):
        place = f"{path}, line {number}"
        try:
            row = checked_rows.check(parse_json(line.decode("utf-8"), place))
        except InputError as error:
            fault = str(error).removeprefix(f"{place}: ")
            raise InputError(f"{place}: not a row of results: {fault}") from None
        except (ValueError, TypeError, RecursionError) as error:
            raise InputError(f"{place}: not a row of results: {error}") from error
        if row["key"] in found:
            raise InputError(f"{place}: the row of key {row['key']} is there twice")
        found[row["key"]] = row
    return found


def _append(path: Path, start: int, text: bytes) -> None:
    """Write from byte ``start`` on, where the file's whole lines end; undone if it fails."""
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            os.ftruncate(handle, start)
            os.lseek(handle, start, os.SEEK_SET)
            rest = memoryview(text)
            while rest:
                rest = rest[os.write(handle, rest) :]
            os.fsync(handle)
        except BaseException:
            os.ftruncate(handle, start)
            raise
        finally:
            os.close(handle)
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror}") from error
