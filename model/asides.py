"""Folders in which something is made before it gets its name, and what a kill leaves of them.

Who makes something holds the operating system's lock (``flock``) on such a folder, so that the next
one can tell a folder of a process that has ended, however it ended, and remove it.
"""

import fcntl
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from model.errors import InputError
from model.locks import locked
from model.printable import one_line

_PATIENCE_SECONDS = 2.0


@contextmanager
def aside(folder: Path, prefix: str) -> Iterator[Path]:
    """A new folder ``prefix``... in ``folder`` for the length of a ``with`` block.

    At the end it is removed, if it has not been renamed. Those of the same prefix that ended
    processes left are removed first. ``InputError`` if ``folder`` cannot be written.
    """
    sweep(folder, prefix)
    try:
        path, handle = _made(folder, prefix)
    except OSError as error:
        raise InputError(f"{folder}: cannot be written: {error.strerror}") from error
    try:
        yield path
    finally:
        if _is(path, handle):
            _remove(path)
        os.close(handle)


def sweep(folder: Path, prefix: str) -> None:
    """Remove the folders ``prefix``... of processes that have ended."""
    for path in sorted(folder.glob(f"{prefix}*")):
        try:
            handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError:
            continue
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _remove(path)
        except OSError:  # somebody is at work there
            pass
        finally:
            os.close(handle)


@contextmanager
def in_turn(guarded: Path) -> Iterator[None]:
    """Hold the lock of ``guarded``; when that takes seconds, say so on standard error."""
    with ExitStack() as stack:
        try:
            stack.enter_context(locked(guarded, _PATIENCE_SECONDS))
        except InputError:
            words = one_line(f"waiting for another process that makes {guarded}")
            print(words, file=sys.stderr, flush=True)
            stack.enter_context(locked(guarded, None))
        yield


def _made(folder: Path, prefix: str) -> tuple[Path, int]:
    while True:
        path = Path(tempfile.mkdtemp(dir=folder, prefix=prefix))
        try:
            handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except FileNotFoundError:  # taken for a left one, between the two calls
            continue
        fcntl.flock(handle, fcntl.LOCK_EX)
        if _is(path, handle):
            return path, handle
        os.close(handle)


def _is(path: Path, handle: int) -> bool:
    """Whether ``path`` is still the folder that ``handle`` is open on."""
    try:
        found = os.stat(path, follow_symlinks=False)
    except OSError:
        return False
    return (found.st_dev, found.st_ino) == (os.fstat(handle).st_dev, os.fstat(handle).st_ino)


def _remove(path: Path) -> None:
    # Tools of a process that was killed may still be writing there.
    for pause in (0, 0.1, 0.3):
        time.sleep(pause)
        shutil.rmtree(path, ignore_errors=True)
        if not path.exists():
            return
