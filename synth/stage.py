"""Progress of stages that take minutes, on standard error."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def stage(title: str) -> Iterator[None]:
    """Say on standard error that ``title`` begins, and how long it took when it ends."""
    began = time.monotonic()
    print(f"{title} ...", file=sys.stderr, flush=True)
    outcome = "stopped"
    try:
        yield
        outcome = "done"
    finally:
        print(
            f"{title}: {outcome} in {time.monotonic() - began:.1f} s", file=sys.stderr, flush=True
        )
