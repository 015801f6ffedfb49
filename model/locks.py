"""One writer at a time: a lock for everything that adds to a file or a folder.

The lock is the operating system's (``flock``), so it ends with its process, however that ends. The
file that carries it, ``.NAME.lock`` beside what it guards, stays: removing it would let two writers
in. It is the same whether what it guards is there yet or not, a file or a folder.
"""

import errno
import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from model.errors import InputError

_ASK_SECONDS = 0.02


@contextmanager
def locked(guarded: str | Path, wait_seconds: float | None = 0.0) -> Iterator[None]:
    """Hold the lock of the file or folder ``guarded`` for the length of a ``with`` block.

    wait_seconds : how long to wait for another writer; None for ever. ``InputError`` names the
        place and, where it is known, the process that holds it, when the time is over; also if the
        lock's own file cannot be written. Folders above ``guarded`` are created.
    """
    guarded = Path(guarded)
    handle = _opened(guarded)
    try:
        _acquire(handle, guarded, wait_seconds)
        _say_owner(handle)
        yield
    finally:
        os.close(handle)


def _opened(guarded: Path) -> int:
    """The open file of a lock. Links are followed, so that every name of a place has one lock."""
    try:
        real = Path(os.path.realpath(guarded))
        if not real.name:  # the root folder has nothing beside it
            real = real / "root"
        real.parent.mkdir(parents=True, exist_ok=True)
        # 200 bytes of a long name: with the rest it must fit what file systems take (255).
        name = os.fsdecode(os.fsencode(real.name)[:200])
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        return os.open(real.parent / f".{name}.lock", flags, 0o644)
    except OSError as error:
        raise InputError(f"{guarded}: cannot be written: {error.strerror}") from error


def _say_owner(handle: int) -> None:
    """Write who holds the lock, for the message that others see; a full disk takes no message."""
    try:
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise InputError(f"a lock cannot be written: {error.strerror}") from error


def _acquire(handle: int, guarded: Path, wait_seconds: float | None) -> None:
    ends = None if wait_seconds is None else time.monotonic() + wait_seconds
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            pass
        except OSError as error:
            raise InputError(f"{guarded}: cannot be locked: {error.strerror}") from error
        if ends is not None and time.monotonic() >= ends:
            owner = os.pread(handle, 32, 0).decode(errors="replace").strip()
            by = f"process {owner}" if owner.isascii() and owner.isdigit() else "another process"
            raise InputError(f"{guarded}: {by} is writing there; wait for it or name another place")
        time.sleep(_ASK_SECONDS)
