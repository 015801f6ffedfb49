"""Tables that take long to measure: a line as soon as it is there, its time on standard error."""

import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path


def printed(names: Iterable[str], row: Callable[[str, Path], tuple[str, bool]]) -> bool:
    """Print ``row(name, folder)`` of every name, with an empty folder; whether all were right."""
    good = True
    for name in names:
        started = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            line, right = row(name, Path(folder))
        good &= right
        print(line, flush=True)
        print(f"{name}: {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)
    return good
