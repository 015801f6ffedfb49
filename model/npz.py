"""Parameter files of all families: arrays and a JSON header with a schema in one ``.npz``."""

import io
import json
import zipfile
import zlib
from pathlib import Path

import numpy as np

from model.errors import InputError
from model.files import write_atomic


def write(path: str | Path, arrays: dict[str, np.ndarray], header: dict) -> Path:
    """Write ``arrays`` and ``header`` (JSON values, kept as "metadata"), whole or not at all."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays, metadata=np.array(json.dumps(header)))
    return write_atomic(path, buffer.getvalue())


def read(
    path: str | Path, schema: str, required: tuple[str, ...]
) -> tuple[dict[str, np.ndarray], dict]:
    """Return arrays and header; ``InputError`` names the file if it is broken or another kind.

    Args:
        path: File that ``write`` made.
        schema: What the header's "schema" must be.
        required: Arrays that must be there.
    """
    try:
        # Reading the bytes first leaves no open file behind when the archive is broken.
        octets = Path(path).read_bytes()
        if not octets.startswith(b"PK"):
            raise ValueError("no .npz archive")
        stored = np.load(io.BytesIO(octets), allow_pickle=False)
        content = {name: stored[name] for name in stored.files}
        for name in ("metadata", *required):
            if name not in content:
                raise ValueError(f"array '{name}' is missing")
        header = json.loads(str(content.pop("metadata")))
        for name, array in content.items():
            if array.dtype.kind not in "fiuc":
                raise ValueError(f"array '{name}' holds {array.dtype}, no numbers")
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from error
    except (
        ValueError, EOFError, NotImplementedError, RuntimeError, zipfile.BadZipFile, zlib.error
    ) as error:  # fmt: skip
        raise InputError(f"{path}: not a parameters file: {error}") from error
    if not isinstance(header, dict) or header.get("schema") != schema:
        found = header.get("schema") if isinstance(header, dict) else header
        raise InputError(f"{path}: schema {found!r}, expected {schema!r}")
    return content, header
