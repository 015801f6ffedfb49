"""Ctrl-C and SIGTERM wait while something is written that must not be left half done."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_NUMBERS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def held() -> Iterator[None]:
    """Let SIGINT and SIGTERM wait for the end of the ``with`` block; keep it short.

    Signals that came take effect right after it, as they would have before. In threads other than
    the main one, where no signal arrives, nothing changes.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    before = {number: signal.getsignal(number) for number in _NUMBERS}
    # None: a handler that Python did not set and could not set again. Ignored stays ignored.
    mine = [number for number in _NUMBERS if before[number] not in (None, signal.SIG_IGN)]
    try:
        for number in mine:
            signal.signal(number, lambda number, _frame: came.append(number))
        yield
    finally:
        for number in mine:
            signal.signal(number, before[number])
        for number in dict.fromkeys(came):
            signal.raise_signal(number)
