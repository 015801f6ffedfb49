"""Paths that any tool takes: make, its shells and some tools stop at spaces, quotes, ``$`` ...

Where a tool has to be given a path, it is one of these, whatever the user's folders are called.
"""

import os
import re
import tempfile
from pathlib import Path

from model.errors import InputError

_PLAIN = re.compile(r"[\w./+@,-]+")
_OTHER_TEMPORARY = ("/tmp", "/var/tmp")


def is_plain(path: str | Path) -> bool:
    """Whether a path has nothing but letters, digits and ``_ . / + @ , -``."""
    return _PLAIN.fullmatch(str(path)) is not None and str(path).isprintable()


def checked_plain(path: str | Path, what: str) -> Path:
    """Return ``path`` if it is plain; ``InputError`` says that ``what`` lies in an odd folder."""
    if not is_plain(path):
        raise InputError(
            f"{what} lies in {str(path)!r}: the tools take letters, digits and _ . / + @ , - in "
            "that path, nothing else"
        )
    return Path(path)


def temporary_folder() -> Path:
    """A folder for tools' temporary files whose path is plain: TMPDIR's, if it is."""
    for folder in (tempfile.gettempdir(), *_OTHER_TEMPORARY):
        if is_plain(folder) and os.access(folder, os.W_OK):
            return Path(folder)
    raise InputError(f"TMPDIR is {tempfile.gettempdir()!r}: the tools need a folder of letters, "
                     "digits and _ . / + @ , -")  # fmt: skip
