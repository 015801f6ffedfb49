"""Parameter files of all families: arrays and a JSON header with a schema in one ``.npz``.

A file may come from anywhere, so its sizes are asked before its contents: how many members the
archive has, their names, what they unpack to. No member is unpickled.
"""

import io
import json
import re
import sys
import warnings
import zipfile
from pathlib import Path

import numpy as np
from numpy.lib import format as npy

from model.errors import InputError
from model.files import read_bytes, write_atomic
from model.json_text import parse_json

MOST_ARRAYS = 16
MOST_MEGABYTES = 256
"""What a file may hold, packed and unpacked: twice a number for each of 226,799 edges and 50
iterations is 181 MB."""
MOST_HEADER_CHARACTERS = 1 << 20
_BRACKETS = 8  # of a header; that of numbers opens two
_MEMBER = re.compile(r"([A-Za-z_][A-Za-z0-9_]{0,63})\.npy", re.ASCII)
_PACKED_AS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_DIRECTORY_ENTRY = b"PK\x01\x02"


def write(
    path: str | Path, arrays: dict[str, np.ndarray], header: dict, compressed: bool = True
) -> Path:
    """Write ``arrays`` and ``header`` (JSON values, kept as "metadata"), whole or not at all."""
    buffer = io.BytesIO()
    save = np.savez_compressed if compressed else np.savez
    save(buffer, **arrays, metadata=np.array(json.dumps(header)))
    return write_atomic(path, buffer.getvalue())


def read(
    path: str | Path,
    schema: str,
    required: tuple[str, ...],
    what: str = "parameters file",
    most_arrays: int = MOST_ARRAYS,
) -> tuple[dict[str, np.ndarray], dict]:
    """Return arrays and header; ``InputError`` names the file if it is broken or another kind.

    Args:
        path: File that ``write`` made.
        schema: What the header's "schema" must be.
        required: Arrays that must be there.
        what: What the file is called in errors.
        most_arrays: As many arrays it may hold.

    Returns:
        Arrays of finite real numbers, in the types that the file has, and the header.
    """
    octets = read_bytes(path, MOST_MEGABYTES << 20)
    try:
        content, text = _content(octets, required, most_arrays)
        header = parse_json(text, "metadata")
    except Exception as error:
        # The one place where everything is caught: zipfile, zlib, struct and numpy raise a dozen
        # kinds for damaged bytes, and other versions will raise others.
        reason = "it does not fit in memory" if isinstance(error, MemoryError) else error
        raise InputError(f"{path}: not a {what}: {reason}") from error
    if not isinstance(header, dict) or header.get("schema") != schema:
        found = header.get("schema") if isinstance(header, dict) else header
        raise InputError(f"{path}: schema {found!r}, expected {schema!r}")
    return content, header


def _content(
    octets: bytes, required: tuple[str, ...], most_arrays: int
) -> tuple[dict[str, np.ndarray], str]:
    """Arrays, and the text of "metadata"; ``ValueError`` says what is wrong."""
    if not octets.startswith(b"PK"):
        raise ValueError("no .npz archive")
    # Counted in the bytes: a list of millions of members is not to be made only to be refused.
    if octets.count(_DIRECTORY_ENTRY) > most_arrays + 1:
        raise ValueError(f"more than {most_arrays} arrays in the archive")
    with zipfile.ZipFile(io.BytesIO(octets)) as archive:
        members = _members(archive)
        for name in ("metadata", *required):
            if name not in members:
                raise ValueError(f"array '{name}' is missing")
        content = {name: _array(name, archive, member) for name, member in members.items()}
    metadata = content.pop("metadata")
    if metadata.dtype.kind != "U" or metadata.shape != ():
        raise ValueError(f"array 'metadata' holds {metadata.dtype}{metadata.shape}, no text")
    if metadata.nbytes > 4 * MOST_HEADER_CHARACTERS:
        raise ValueError(f"metadata of more than {MOST_HEADER_CHARACTERS} characters")
    for name, array in content.items():
        if array.dtype.kind not in "fiu" or array.dtype.itemsize > 8:
            raise ValueError(f"array '{name}' holds {array.dtype}, no numbers")
    numbers = sum(array.size for array in content.values())
    if numbers > MOST_MEGABYTES << 17:  # readers make doubles of them
        raise ValueError(f"{numbers} numbers, at most {MOST_MEGABYTES << 17} are read")
    for name, array in content.items():
        _check_finite(name, array)
    encoding = "utf-32-le" if sys.byteorder == "little" else "utf-32-be"
    return content, metadata.tobytes().decode(encoding).rstrip("\0")


def _members(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """The archive's members by name of the array, all of sizes that are read."""
    members = {}
    for member in archive.infolist():
        match = _MEMBER.fullmatch(member.filename)
        if match is None:
            raise ValueError(f"member {member.filename[:80]!r} is no NAME.npy")
        if match[1] in members:
            raise ValueError(f"array '{match[1]}' is there twice")
        if member.compress_type not in _PACKED_AS or member.flag_bits & 1:
            raise ValueError(f"array '{match[1]}' is neither stored nor deflated")
        members[match[1]] = member
    total = sum(member.file_size for member in members.values())
    if total > MOST_MEGABYTES << 20:
        raise ValueError(f"{total} bytes unpacked, at most {MOST_MEGABYTES} MiB are read")
    return members


def _array(name: str, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> np.ndarray:
    """One member as an array of this machine's byte order; never more than its entry declares."""
    with archive.open(member) as file:
        data = file.read(member.file_size)
        if len(data) != member.file_size or file.read(1):
            raise ValueError(f"array '{name}' has not the {member.file_size} bytes of its entry")
    stream = io.BytesIO(data)
    readers = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
    version = npy.read_magic(stream)
    if version not in readers:
        raise ValueError(f"array '{name}' is of .npy version {version}")
    # Asked before Python's parser is, whose stack has an end, and says that it has no memory left.
    begins = stream.tell() + (2 if version == (1, 0) else 4)  # behind the header's length
    header = data[begins:][: int.from_bytes(data[stream.tell() : begins], "little")]
    if sum(header.count(bracket) for bracket in (b"(", b"[", b"{")) > _BRACKETS:
        raise ValueError(f"array '{name}': its header is nested too deeply")
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # old or odd headers are not ours
        shape, fortran_order, dtype = readers[version](stream)
    if dtype.kind not in "fiuU" or dtype.subdtype is not None or len(shape) > 3:
        raise ValueError(f"array '{name}' holds {dtype}{shape}, no numbers")
    count = 1
    for size in shape:
        if isinstance(size, bool) or size < 0:
            raise ValueError(f"array '{name}' has shape {shape}")
        count *= size
    left = len(data) - stream.tell()
    if dtype.itemsize == 0 or count * dtype.itemsize != left:
        raise ValueError(f"array '{name}': {left} bytes for shape {shape} of {dtype}")
    values = np.frombuffer(data, dtype, offset=stream.tell())
    values = values.reshape(shape, order="F" if fortran_order else "C")
    return np.array(values, dtype=dtype.newbyteorder("="), order="C")


def _check_finite(name: str, array: np.ndarray) -> None:
    if array.dtype.kind != "f":
        return
    finite = np.isfinite(array)
    if not finite.all():
        place = [int(number) for number in np.unravel_index(np.argmin(finite), array.shape)]
        raise ValueError(f"{name}{place} = {array[tuple(place)]} is not finite")
