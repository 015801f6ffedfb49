"""Files that are either complete or absent."""

import os
import stat
import sys
import tempfile
from pathlib import Path

from model.errors import InputError

MOST_BYTES = 64 << 20
"""Largest input file: ten times the longest standard code as an alist."""


def write_atomic(path: str | Path, content: bytes | str) -> Path:
    """Write ``content`` to ``path`` through a temporary neighbour and a rename.

    Parent folders are created. Raises ``InputError`` naming the path if it cannot be written.
    """
    path = Path(path)
    data = content.encode() if isinstance(content, str) else content
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except OSError as error:
        if temporary is not None and os.path.exists(temporary):
            os.unlink(temporary)
        raise InputError(f"{path}: cannot be written: {error.strerror}") from error
    return path


def read_bytes(path: str | Path, most: int = MOST_BYTES) -> bytes:
    """Return the content of the regular file ``path``.

    ``InputError`` names a path that cannot be read, is no regular file (a folder, a pipe, a device)
    or holds more than ``most`` bytes: told before it is read.
    """
    try:
        # O_NONBLOCK: a pipe without a writer must not hold us.
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        with os.fdopen(handle, "rb") as file:
            state = os.fstat(handle)
            if not stat.S_ISREG(state.st_mode):
                kind = "a folder" if stat.S_ISDIR(state.st_mode) else "no regular file"
                raise InputError(f"{path}: cannot be read: it is {kind}")
            if state.st_size > most:
                raise InputError(f"{path}: {state.st_size} bytes, at most {most} are read")
            return file.read(most)
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from error
    except ValueError as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{path}: cannot be read: {error}") from None  # NUL in the name


def read_text(path: str | Path, most: int = MOST_BYTES) -> str:
    """Return the text of ``path``; ``InputError`` as :func:`read_bytes`, or for no UTF-8."""
    try:
        text = read_bytes(path, most).decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not a text file (byte {error.start})") from error
    return text.replace("\r\n", "\n").replace("\r", "\n")


def own_folder(purpose: str) -> Path:
    """Return a writable folder that belongs to this Python environment, or to this user.

    Raises ``InputError`` naming ``purpose`` if there is none.
    """
    candidates = [Path(sys.prefix) / "var" / "unfoldhw"] if sys.prefix != sys.base_prefix else []
    cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    for folder in [*candidates, Path(cache) / "unfoldhw"]:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(folder, os.W_OK):
            return folder
    raise InputError(f"no writable folder for {purpose}; tried {cache}")
