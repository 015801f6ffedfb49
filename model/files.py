"""Files that are either complete or absent."""

import os
import sys
import tempfile
from pathlib import Path

from model.errors import InputError


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


def read_text(path: str | Path) -> str:
    """Return the text of ``path``; ``InputError`` naming the path if it cannot be read."""
    try:
        return Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not a text file (byte {error.start})") from error


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
