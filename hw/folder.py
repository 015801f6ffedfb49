"""A build folder is written whole or not at all, and what an earlier build left goes."""

import contextlib
import hashlib
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from hw.record import FILE, read_record, work_folder
from model.asides import aside, in_turn
from model.errors import InputError
from model.files import read_bytes, write_atomic


def write_together(out: Path, contents: Mapping[str, str]) -> None:
    """All files or none: they are written aside first, and only renamed at the end.

    Names may have a folder in front. Of two builds at once, the folder holds all of one. build.json
    is the last: its hashes tell what a kill between two renames leaves from a whole build. Files
    that the build.json before lists as made beside its Verilog, unchanged since and not made again,
    are removed.
    """
    with aside(out, ".writing-") as folder:
        for name, content in contents.items():
            write_atomic(folder / name, content)
        with in_turn(out / FILE):
            no_folders(out, contents)
            outdated = _outdated(out, contents)
            try:
                for name in contents:
                    above = os.path.dirname(name)
                    place = work_folder(out, above) if above else out
                    os.replace(folder / name, place / os.path.basename(name))
                for path in outdated:
                    path.unlink(missing_ok=True)
                    with contextlib.suppress(OSError):  # not empty
                        if path.parent != out:
                            path.parent.rmdir()
            except OSError as error:
                raise InputError(f"{out}: cannot be written: {error.strerror}") from error


def sha_of(content: str) -> str:
    """SHA-256 of a text, as build.json lists it."""
    return hashlib.sha256(content.encode()).hexdigest()


def no_folders(out: Path, names: Iterable[str]) -> None:
    """Raise ``InputError`` where one of the files ``names`` is a folder."""
    for name in names:
        if (out / name).is_dir():
            raise InputError(f"{out / name}: cannot be written: Is a directory")


def _outdated(out: Path, contents: Mapping[str, str]) -> list[Path]:
    try:
        listed = read_record(out, ()).get("beside", {})
    except InputError:  # there is none, or it is nobody's to follow
        return []
    found = []
    for name, digest in listed.items():
        path = out / name
        with contextlib.suppress(InputError):
            plain = not path.is_symlink() and not path.parent.is_symlink()
            if name not in contents and plain:
                if hashlib.sha256(read_bytes(path)).hexdigest() == digest:
                    found.append(path)
    return found
