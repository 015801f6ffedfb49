"""Files that are either complete or absent."""

import contextlib
import os
import stat
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from model.errors import InputError

MOST_BYTES = 64 << 20
"""Largest input file: ten times the longest standard code as an alist."""
OLD_SECONDS = 24 * 3600
"""A temporary file that nobody has written to for so long belongs to no living process."""
_SUFFIX = ".part"


def write_atomic(path: str | Path, content: bytes | str) -> Path:
    """Write ``content`` to ``path`` through a temporary neighbour and a rename.

    What is there is what was there before or all of ``content``, also after a loss of power.
    Parent folders are created, links followed. Temporaries that killed processes left a day ago
    are removed. Raises ``InputError`` naming the path if it cannot be written or is a device.
    """
    named, path = path, Path(path)
    data = content.encode(errors="backslashreplace") if isinstance(content, str) else content
    temporary = None
    try:
        path = Path(os.path.realpath(path)) if path.is_symlink() else path
        # Of long names the beginning: the temporary's name must not be too long for a file.
        prefix = f".{os.fsdecode(os.fsencode(path.name)[:200])}."
        if path.exists() and not path.is_file():
            kind = "a folder" if path.is_dir() else "no regular file"
            raise InputError(f"{named}: cannot be written: it is {kind}")
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=prefix, suffix=_SUFFIX)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fchmod(handle, 0o644)
            os.fsync(handle)
        os.replace(temporary, path)
        temporary = None
        _sync_folder(path.parent)
        _sweep(path.parent, prefix)
    except OSError as error:
        raise InputError(f"{named}: cannot be written: {error.strerror}") from error
    except ValueError as error:  # a name that no file can have: NUL, a lone surrogate
        if isinstance(error, InputError):
            raise
        raise InputError(f"{named}: cannot be written: {error}") from error
    finally:
        if temporary is not None:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
    return Path(named)


@contextlib.contextmanager
def folder_made(folder: Path) -> Iterator[None]:
    """Make a folder for what a ``with`` block writes: whether it can is told before the long part.

    Folders that this makes are gone again, unless somebody filled them, if the block fails or is
    interrupted. ``InputError`` names one that cannot be written.
    """
    try:
        missing = [each for each in (folder, *folder.parents) if not each.exists()]
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise InputError(f"{folder}: cannot be written: {error.strerror}") from error
    try:
        yield
    except BaseException:  # Ctrl-C too
        with contextlib.suppress(OSError):
            for each in missing:
                each.rmdir()
        raise


def checked_file_name(path: Path, option: str) -> Path:
    """``path`` if a file can have that name: told before the work that ends in it.

    ``InputError`` names the option and the path if it is a folder.
    """
    if not path.name or path.is_dir():
        raise InputError(f"{option} {path}: a folder, a file name is due")
    return path


def _sync_folder(folder: Path) -> None:
    """Make a rename last; a folder that may be written but not read cannot be synced."""
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        return
    with contextlib.suppress(OSError):  # some network file systems cannot
        os.fsync(handle)
    os.close(handle)


def _sweep(folder: Path, prefix: str) -> None:
    """Remove temporaries of ``prefix`` that no process can still be writing."""
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith(prefix) and entry.name.endswith(_SUFFIX):
                with contextlib.suppress(OSError):
                    state = entry.stat(follow_symlinks=False)
                    if stat.S_ISREG(state.st_mode) and time.time() - state.st_mtime > OLD_SECONDS:
                        os.unlink(entry.path)


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
    """Return the text of ``path``, without a byte order mark; ``InputError`` as
    :func:`read_bytes`, for another encoding by its name, or for no text at all.
    """
    data = read_bytes(path, most)
    other = _other_encoding(data)
    if other is not None:
        raise InputError(f"{path}: is {other} text, UTF-8 or ASCII is read; "
                         f"iconv -f {other} -t UTF-8 rewrites it")  # fmt: skip
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not a text file (byte {error.start})") from error
    return text.replace("\r\n", "\n").replace("\r", "\n")


_MARKS = (
    (b"\xff\xfe\0\0", "UTF-32LE"),  # before UTF-16LE, whose mark it begins with
    (b"\0\0\xfe\xff", "UTF-32BE"),
    (b"\xff\xfe", "UTF-16LE"),
    (b"\xfe\xff", "UTF-16BE"),
)
_ZEROS = {(0, 1, 1, 1): "UTF-32LE", (1, 1, 1, 0): "UTF-32BE",
          (0, 1, 0, 1): "UTF-16LE", (1, 0, 1, 0): "UTF-16BE"}  # fmt: skip


def _other_encoding(data: bytes) -> str | None:
    """UTF-16 or UTF-32 by its mark and whole units, or by the zeros of its first ASCII letters."""
    for mark, name in _MARKS:
        if data.startswith(mark) and len(data) % (4 if "32" in name else 2) == 0:
            return name
    return _ZEROS.get(tuple(int(octet == 0) for octet in data[:4]))


def own_folder(purpose: str) -> Path:
    """Return a writable folder that belongs to this Python environment, or to this user.

    What is kept there is loaded and run later, so nobody else may write to it: a folder of another
    user, or below one that everybody can write to, is passed over.
    Raises ``InputError`` naming ``purpose`` if there is none.
    """
    candidates = [Path(sys.prefix) / "var" / "unfoldhw"] if sys.prefix != sys.base_prefix else []
    cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    for folder in [*candidates, Path(cache) / "unfoldhw"]:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if os.access(folder, os.W_OK) and _is_ours_alone(folder):
                return folder
        except OSError:
            continue
    raise InputError(f"no writable folder for {purpose} that is this user's; tried {cache}")


def _is_ours_alone(folder: Path) -> bool:
    """Whether the folder is this user's and, from here on, nobody else's to write to."""
    real = folder.resolve()
    state = real.stat()
    if state.st_uid != os.geteuid():
        return False
    if state.st_mode & 0o022:
        real.chmod(stat.S_IMODE(state.st_mode) & ~0o022)
    # In a folder of everybody's, but one like /tmp, anybody could put another in its place.
    above = (parent.stat().st_mode for parent in real.parents)
    return all(not mode & stat.S_IWOTH or mode & stat.S_ISVTX for mode in above)
