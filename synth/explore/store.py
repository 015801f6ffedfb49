"""The results file: one JSON object a line, added to as points are measured."""

import json
import os
from collections.abc import Iterable
from pathlib import Path

from model.errors import InputError

NEEDED = ("key", "design", "portable", "device", "seed", "spec", "options", "routed")


class Store:
    """Rows by key; what an interrupted run left half-written at the end is measured again."""

    def __init__(self, path: Path):
        self.path = path
        self.rows: dict[str, dict] = {}
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        whole, _, torn = text.rpartition("\n")
        for number, line in enumerate(whole.splitlines(), 1):
            try:
                row = json.loads(line)
                missing = [name for name in NEEDED if name not in row]
            except (ValueError, TypeError) as error:
                raise InputError(f"{path}, line {number}: not a row of results: {error}") from error
            if missing:
                raise InputError(f"{path}, line {number}: not a row of results: no {missing[0]!r}")
            self.rows[row["key"]] = row
        if torn:
            os.truncate(path, len((whole + "\n").encode()) if whole else 0)

    def those(self, keys: Iterable[str]) -> list[dict]:
        """Rows of these keys, as far as they are there: rows of an earlier generator are not."""
        return [self.rows[key] for key in keys if key in self.rows]

    def add(self, rows: list[dict]) -> None:
        """Keep rows; each is on the disk whole before the next."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("a", encoding="utf-8") as file:
                for row in rows:
                    file.write(json.dumps(row) + "\n")
                    file.flush()
        except OSError as error:
            raise InputError(f"{self.path}: cannot be written: {error.strerror}") from error
        self.rows |= {row["key"]: row for row in rows}
