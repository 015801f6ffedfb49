"""Results files are saved now and then while their frames are counted."""

import time
from pathlib import Path
from typing import Protocol

SAVE_SECONDS = 1.0
SAVE_SHARE = 20  # so many times as long as saving takes passes until the next time


class Savable(Protocol):
    """What is counted: it writes itself."""

    def save(self, path: Path) -> object: ...


class Saver:
    """Saves what is counted about every second, less often where saving takes long.

    kept : what is counted ; out : its file, None where it is not kept
    """

    def __init__(self, kept: Savable, out: Path | None):
        self.kept, self.out = kept, out
        self._due = time.monotonic() + SAVE_SECONDS

    def save_if_due(self) -> None:
        """Save, if it is time."""
        began = time.monotonic()
        if self.out is not None and began >= self._due:
            self.save()
            ended = time.monotonic()
            self._due = ended + max(SAVE_SECONDS, SAVE_SHARE * (ended - began))

    def save(self) -> None:
        """Save now."""
        if self.out is not None:
            self.kept.save(self.out)
