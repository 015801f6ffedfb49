"""Stages that take seconds or minutes: what is being done, for how long, on standard error."""

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

LATE_SECONDS = 1.0
"""A stage that is over sooner is not worth a moving line."""
_LOOK_SECONDS = 2.0


@contextmanager
def stage(title: str, phase: Callable[[], str] = lambda: "", brief: bool = False) -> Iterator[None]:
    """Say what begins, what it is doing meanwhile, and how long it took.

    On a terminal one line moves, with the time; elsewhere each phase is a line of its own.

    Parameters
    ----------
    title : what it is
    phase : asked every two seconds what is being done just now
    brief : on a terminal alone: nothing is written elsewhere
    """
    began, terminal = time.monotonic(), sys.stderr.isatty()
    outcome, ended = "stopped", threading.Event()
    watch = _moving if terminal else _lines
    if not terminal and brief:
        yield
        return
    if not terminal:
        print(f"{title} ...", file=sys.stderr, flush=True)
    watcher = threading.Thread(target=watch, args=(title, phase, ended), daemon=True)
    watcher.start()
    try:
        yield
        outcome = "done"
    finally:
        ended.set()
        watcher.join()
        if not brief:
            seconds = time.monotonic() - began
            print(f"{title}: {outcome} in {seconds:.1f} s", file=sys.stderr, flush=True)


def _lines(title: str, phase: Callable[[], str], ended: threading.Event) -> None:
    last = ""
    while not ended.wait(_LOOK_SECONDS):
        if (now := phase()) not in ("", last):
            last = now
            print(f"{title}: {now}", file=sys.stderr, flush=True)


def _moving(title: str, phase: Callable[[], str], ended: threading.Event) -> None:
    if ended.wait(LATE_SECONDS):
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=None)
        while True:
            about = ", ".join(filter(None, (title, phase())))
            progress.update(task, description=about.replace("[", "\\["))
            if ended.wait(_LOOK_SECONDS / 8):
                return
