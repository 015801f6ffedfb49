"""What is compiled once and kept: used only while its bytes are those that were made.

An entry is a folder of files with their hashes beside them. It appears whole, by one rename, so
that a kill or a full disk leaves none that is broken; one that is broken all the same is made
again. The folder of all entries belongs to this user alone (:func:`model.files.own_folder`).
"""

import hashlib
import json
import os
import shutil
import stat
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from model.asides import aside, in_turn
from model.errors import InputError
from model.files import own_folder
from model.json_text import parse_json

MOST_BYTES = 2 << 30
"""Of one shelf; what has not been used for longest goes first."""
_SEAL = "kept.json"
_MAKING = ".making-"
_RECENT_SECONDS = 24 * 3600
_SETTLED_NS = 1_000_000_000
_SEEN: dict[Path, tuple[tuple[int, ...], str]] = {}


def kept(
    purpose: str, shelf: str, name: str, make: Callable[[Path], Sequence[Path]]
) -> tuple[Path, bool]:
    """The folder of entry ``name``, and whether it was made now.

    Parameters
    ----------
    purpose : of the entry, for the message if there is no place for it
    shelf : folder of entries of one sort
    name : says all that the content depends on, e.g. a hash
    make : called with an empty folder if there is no such entry, or its bytes are not those that
        were kept; returns the files in that folder to keep

    Two processes do not make one entry at once: the second waits for the first. ``InputError`` if
    the entry cannot be written; what ``make`` raises, but ``OSError``, passes through.
    """
    place = shelf_of(purpose, shelf)
    entry = place / name
    if find(entry) is not None:
        return entry, False
    try:
        with in_turn(_lock_of(entry)):
            if find(entry) is not None:
                return entry, False
            with aside(place, _MAKING) as folder:
                _put(make(folder), folder, entry)
            _make_room(place)
    except OSError as error:
        raise InputError(f"{place}: cannot be written: {error.strerror}") from error
    return entry, True


def shelf_of(purpose: str, shelf: str) -> Path:
    """The folder of entries of one sort, this user's alone."""
    place = own_folder(purpose) / shelf
    try:
        place.mkdir(mode=0o700, exist_ok=True)
        state = os.lstat(place)
        if not stat.S_ISDIR(state.st_mode) or state.st_uid != os.geteuid():
            raise InputError(f"{place}: not a folder of this user; nothing in it is used")
        if stat.S_IMODE(state.st_mode) != 0o700:
            place.chmod(0o700)
    except OSError as error:
        raise InputError(f"{place}: cannot be written: {error.strerror}") from error
    return place


def find(entry: Path) -> Path | None:
    """The entry, if it is there and its bytes are those that were kept."""
    try:
        hashes = parse_json((entry / _SEAL).read_text(encoding="utf-8"), str(entry))
        if not isinstance(hashes, dict) or {*os.listdir(entry)} != {_SEAL, *hashes}:
            return None
        if any(_seen_digest(entry / file) != digest for file, digest in hashes.items()):
            return None
        os.utime(entry / _SEAL)  # when it was last used
    except (OSError, UnicodeDecodeError, InputError):
        return None
    return entry


def _lock_of(entry: Path) -> Path:
    """What is locked while the entry is made: never a folder, as an entry may be."""
    return entry.with_name(f"{entry.name}.new")


def _seen_digest(path: Path) -> str:
    """As ``_digest``; a file that this process has read is read again only if it has changed.

    A header that is compiled once is 50 MB, and found for every design that is compiled.
    """
    state = os.lstat(path)
    # What has changed just now may change again before the file system's clock moves on.
    if not stat.S_ISREG(state.st_mode) or time.time_ns() - state.st_ctime_ns < _SETTLED_NS:
        return _digest(path)
    now = (state.st_dev, state.st_ino, state.st_size, state.st_mtime_ns, state.st_ctime_ns)
    if path not in _SEEN or _SEEN[path][0] != now:
        _SEEN[path] = (now, _digest(path))
    return _SEEN[path][1]


def _digest(path: Path, sync: bool = False) -> str:
    """SHA-256 of a file's bytes, which are then on the disk."""
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    with os.fdopen(handle, "rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        if sync:
            os.fsync(handle)
    return digest


def _put(files: Sequence[Path], folder: Path, entry: Path) -> None:
    """Make the entry of files in ``folder``."""
    whole = folder / f"{_SEAL}.whole"
    whole.mkdir(mode=0o700)
    for file in files:
        os.replace(file, whole / file.name)
    hashes = {file.name: _digest(whole / file.name, sync=True) for file in files}
    seal = whole / _SEAL
    seal.write_text(json.dumps(hashes))
    _digest(seal, sync=True)
    if os.path.lexists(entry):  # broken, or it would have been found
        broken = folder / f"{_SEAL}.broken"
        os.replace(entry, broken)
    os.rename(whole, entry)
    handle = os.open(entry.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _make_room(place: Path) -> None:
    """Remove entries that were not used for longest, until those of the shelf are few enough."""
    entries = []
    for entry in place.iterdir():
        if entry.name.startswith("."):
            continue
        try:
            used = (entry / _SEAL).stat().st_mtime
            size = sum(file.stat().st_size for file in entry.iterdir())
        except OSError:
            continue
        entries.append((used, size, entry))
    total = sum(size for _, size, _ in entries)
    for used, size, entry in sorted(entries):
        if total <= MOST_BYTES or time.time() - used < _RECENT_SECONDS:
            return
        shutil.rmtree(entry, ignore_errors=True)
        lock = _lock_of(entry)
        lock.with_name(f".{lock.name}.lock").unlink(missing_ok=True)
        total -= size
