"""One writer at a time: a lock for everything that adds to a file or a folder.

The lock is the operating system's (``flock``) on a file ``.NAME.lock`` beside what is guarded, be
that there yet or not, a file or a folder. It ends with its process, however that ends. Who leaves
removes the file while it still holds the lock; who comes makes sure, once it has the lock, that its
file is the one that others will find.
"""

import contextlib
import errno
import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from model.errors import InputError

_ASK_SECONDS = 0.02
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@contextmanager
def locked(guarded: str | Path, wait_seconds: float | None = 0.0) -> Iterator[None]:
    """Hold the lock of the file or folder ``guarded`` for the length of a ``with`` block.

    wait_seconds : how long to wait for another writer; None for ever. ``InputError`` names the
        place and, where it is known, the process that holds it, when the time is over; also if the
        lock's own file cannot be written. Folders above ``guarded`` are created.
    """
    guarded = Path(guarded)
    ends = None if wait_seconds is None else time.monotonic() + wait_seconds
    handle = path = None
    try:
        while True:
            try:
                handle, path = _opened(guarded)
                if _taken(handle, path):
                    break
                owner = os.pread(handle, 32, 0)
            except OSError as error:
                raise InputError(f"{guarded}: cannot be written: {error.strerror}") from error
            if ends is not None and time.monotonic() >= ends:
                raise InputError(f"{guarded}: {_named(owner)} is writing there; wait for it or "
                                 "name another place")  # fmt: skip
            handle = os.close(handle)
            time.sleep(_ASK_SECONDS)
        _say_owner(handle)
        try:
            yield
        finally:
            with contextlib.suppress(OSError):
                os.unlink(path)
    finally:
        if handle is not None:
            os.close(handle)


def _opened(guarded: Path) -> tuple[int, Path]:
    """The open file of a lock, and its place. Links are followed: all names of a place have one."""
    flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
    real = Path(os.path.realpath(guarded))
    try:
        real.parent.mkdir(parents=True, exist_ok=True)
        # 200 bytes of a long name: with the rest it must fit what file systems take (255).
        path = real.parent / f".{os.fsdecode(os.fsencode(real.name)[:200])}.lock"
        return os.open(path, flags, 0o644), path
    except PermissionError:
        if not real.is_dir():
            raise
        # A folder of one's own in somebody else's, which it was not made in just now.
        return os.open(real / ".lock", flags, 0o644), real / ".lock"


def _taken(handle: int, path: Path) -> bool:
    """Take the lock if it is free and this is the file that others find."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return os.path.samestat(os.fstat(handle), os.stat(path, follow_symlinks=False))
    except (BlockingIOError, FileNotFoundError):
        return False


def _say_owner(handle: int) -> None:
    """Write who holds the lock, for the message that others see; a full disk takes no message."""
    try:
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
    except OSError as error:
        if error.errno not in _FULL:
            raise InputError(f"a lock cannot be written: {error.strerror}") from error


def _named(owner: bytes) -> str:
    text = owner.decode(errors="replace").strip()
    return f"process {text}" if text.isascii() and text.isdigit() else "another process"
