"""Worker processes of a command: they, and what they start, end when the command does.

However it ends: by itself, by Ctrl-C, SIGTERM or SIGKILL. Each worker leads a session of its own,
so that a terminal's Ctrl-C reaches the command alone, and so that a worker and the tools that it
runs can be ended together. A thread in it waits for the command's end.
"""

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait


class Workers:
    """At most ``count`` processes that call functions."""

    def __init__(self, count: int):
        self._pool = ProcessPoolExecutor(
            count, mp_context=get_context("spawn"), initializer=_begin
        )

    def call(self, function: Callable, *arguments) -> Future:
        """A future of what the function returns; starts a process if none is idle."""
        # Processes take over what is blocked: none is interrupted before it leads its session.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            with _without_main():
                return self._pool.submit(function, *arguments)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def close(self) -> None:
        """End all processes now; nobody waits any more for what they still compute."""
        processes = list((self._pool._processes or {}).values())
        for process in processes:
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except OSError:  # it does not lead its session yet, or has ended
                process.kill()
        self._pool.shutdown(wait=True, cancel_futures=True)


@contextlib.contextmanager
def _without_main():
    """Processes that are started now do not run the main module again.

    They would, to find functions in it; those that are called lie in modules of their own, and a
    user's script need have no ``if __name__ == "__main__"``.
    """
    main = sys.modules["__main__"]
    kept = {name: getattr(main, name, None) for name in ("__file__", "__spec__")}
    main.__file__ = main.__spec__ = None
    try:
        yield
    finally:
        for name, value in kept.items():
            setattr(main, name, value)


def _begin() -> None:
    """The first thing that a worker does."""
    with contextlib.suppress(OSError):
        os.setsid()
    threading.Thread(target=_end_with_parent, name="end with parent", daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os.killpg(0, signal.SIGKILL)
