"""Changes to archives of arrays: members, headers, values, packing, and sizes that lie."""

import io
import json
import re
import struct
import warnings
import zipfile
from collections.abc import Sequence
from functools import cache
from random import Random

import numpy as np

from . import byte_mutations, json_mutations

_TYPES = (
    "<f8", "<f4", "<f2", ">f8", "<i8", "<i4", "|i1", "|u1", "<u8", "<c16", "|b1", "<U3", "|S8",
    "|O", "<M8[s]", "|V8", "<f16", "<U0", "f8,f8", "(2,)<f8", "x", "",
)  # fmt: skip
_VALUES = (float("nan"), float("inf"), -1.0, 0.0, 1e308, 1e-308, 1e30, 1e31, -0.0, 2.0, 127.0, 1e9)
_SHAPES = ((), (0,), (1,), (2,), (1, 1), (-1,), (2**31,), (2**63, 2), (10**9,), (1,) * 33)
_NAMES = ("a.npy", "alpha", "../x.npy", "/x.npy", "alpha.npy/", "é.npy", "a\nb.npy", ".npy",
          "x" * 300)  # fmt: skip


@cache
def parts(data: bytes) -> dict[str, np.ndarray]:
    """The arrays of a good archive."""
    with np.load(io.BytesIO(data), allow_pickle=False) as stored:
        return dict(stored)


@cache
def _members(data: bytes) -> dict[str, bytes]:
    return {f"{name}.npy": _member(array) for name, array in parts(data).items()}


def bomb(megabytes: int) -> bytes:
    """An archive whose one array unpacks to so much."""
    buffer, zeros = io.BytesIO(), bytes(1 << 20)
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        with file.open("alpha.npy", "w", force_zip64=True) as member:
            header = f"{{'descr': '<f8', 'fortran_order': False, 'shape': ({megabytes << 17},), }}"
            member.write(_header(header))
            for _ in range(megabytes):
                member.write(zeros)
    return buffer.getvalue()


def mutate(rng: Random, data: bytes, others: Sequence[bytes] = ()) -> bytes:
    """Change an archive that ``numpy.savez`` wrote; the result is an archive, for the most part."""
    arrays = parts(data)
    members = dict(_members(data))
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        name = rng.choice(list(arrays))
        what = rng.random()
        if what < 0.3:
            members["metadata.npy"] = _metadata(rng, arrays["metadata"])
        elif what < 0.5:
            members[f"{name}.npy"] = _other_values(rng, arrays[name])
        elif what < 0.65:
            members[f"{name}.npy"] = _other_header(rng, arrays[name])
        elif what < 0.72:
            members.pop(f"{name}.npy", None)
        elif what < 0.8:
            other = rng.choice(_NAMES if rng.random() < 0.6 else [f"{n}.npy" for n in arrays])
            members[other] = members.get(f"{name}.npy", b"")
        elif what < 0.86 and others:
            found = parts(rng.choice(others))
            name = rng.choice(list(found))
            members[f"{name}.npy"] = _member(found[name])
        elif what < 0.93 and f"{name}.npy" in members:
            members[f"{name}.npy"] = byte_mutations.mutate(rng, members[f"{name}.npy"])
        else:
            for number in range(rng.choice((1, 1, 20, 20, 300))):
                members[f"more_{number}.npy"] = _member(np.zeros(1))
    packed = _packed(rng, members)
    if rng.random() < 0.1:
        packed = _patched(rng, packed)
    return packed


def _member(array: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, array, allow_pickle=False)
    return buffer.getvalue()


def _header(text: str, version: bytes = b"\x01\x00") -> bytes:
    octets = text.encode("utf-8", "surrogatepass")
    octets += b" " * (-(len(octets) + 11) % 64) + b"\n"
    size = struct.pack("<H" if version == b"\x01\x00" else "<I", len(octets) & 0xFFFF)
    return b"\x93NUMPY" + version + size + octets


def _metadata(rng: Random, array: np.ndarray) -> bytes:
    record = json_mutations.mutate(rng, json.loads(str(array)))
    text = json_mutations.text_of(rng, record)
    try:
        found = np.array(text)
    except ValueError:  # a text that numpy cannot hold
        found = np.array("{}")
    if rng.random() < 0.05:
        found = np.array([text[:1000]] * 3)
    return _member(found)


def _other_values(rng: Random, array: np.ndarray) -> bytes:
    if array.dtype.kind not in "fiu":
        return _member(array)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        array = np.array(array).astype(rng.choice((array.dtype,) * 4 + (np.float32, np.int32)))
        flat = array.reshape(-1)
        if len(flat):
            for _ in range(rng.choice((1, 1, 5))):
                value = rng.choice(_VALUES)
                flat[rng.randrange(len(flat))] = 0 if array.dtype.kind != "f" and (
                    value != value or abs(value) > 1e8) else value  # fmt: skip
    if rng.random() < 0.3:
        what = rng.randrange(5)
        array = (array[:-1] if array.ndim and what == 0 else
                 array[..., :-1] if array.ndim and what == 1 else
                 array.T if what == 2 else array[None] if what == 3 else
                 np.concatenate([np.atleast_1d(array)] * 2))  # fmt: skip
    return _member(np.asarray(array, order=rng.choice("CF")))


def _other_header(rng: Random, array: np.ndarray) -> bytes:
    descr, shape, order = repr(array.dtype.str), repr(array.shape), "False"
    what = rng.randrange(6)
    if what == 0:
        descr = repr(rng.choice(_TYPES))
    elif what == 1:
        shape = repr(rng.choice(_SHAPES))
    elif what == 2:
        order = rng.choice(("True", "1", "None", "os.system('id')", "False, 'x': 1"))
    elif what == 3:
        descr = rng.choice(("[('a', '<f8')]", "[('a', '<f8', (2,))]", "('<f8', (3,))",
                            "'<f8' '<f4'", "(" * 200 + ")" * 200, "-" * 3000 + "1",
                            "'\\d'"))  # fmt: skip
    elif what == 4:
        shape = rng.choice(("(1.0,)", "(True,)", "3", "('3',)", "(1e3,)", "(3,", "[3]", "(-3,)"))
    text = f"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}, }}"
    if what == 5:
        text = rng.choice((text + "x", text[:-4], text * 2, "{}", "[]", "", " " * 70000, "\ud800"))
    version = rng.choice((b"\x01\x00",) * 6 + (b"\x02\x00", b"\x03\x00", b"\x09\x00"))
    return _header(text, version) + array.tobytes()


def _packed(rng: Random, members: dict[str, bytes]) -> bytes:
    how = rng.choice((zipfile.ZIP_STORED,) * 6 + (zipfile.ZIP_DEFLATED,) * 3 + (
        zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA))  # fmt: skip
    buffer = io.BytesIO()
    order = list(members)
    if rng.random() < 0.1:
        rng.shuffle(order)
        order += rng.sample(order, rng.randrange(min(3, len(order) + 1)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of names that are there twice
        with zipfile.ZipFile(buffer, "w", how) as file:
            for name in order:
                file.writestr(name, members[name])
    return buffer.getvalue()


def _patched(rng: Random, data: bytes) -> bytes:
    """A directory that does not say what is there: sizes, offsets, flags, counts."""
    content = bytearray(data)
    entries = [m.start() for m in re.finditer(b"PK\x01\x02", data) if m.start() < len(data) - 46]
    if not entries:
        return data
    at = rng.choice(entries)
    what = rng.randrange(6)
    value = rng.choice((0, 1, 1 << 16, 1 << 28, (1 << 32) - 1, len(data)))
    if what <= 1:  # packed and unpacked size
        struct.pack_into("<I", content, at + (20 if what else 24), value)
    elif what == 2:  # where the member begins
        struct.pack_into("<I", content, at + 42, value)
    elif what == 3:
        struct.pack_into("<H", content, at + 8, rng.choice((1, 8, 0x800, 0xFFFF)))
    elif what == 4:
        struct.pack_into("<H", content, at + 10, rng.choice((0, 8, 9, 12, 14, 93, 99)))
    else:
        end = data.rfind(b"PK\x05\x06")
        struct.pack_into("<I", content, end + rng.choice((8, 12, 16)), value)
    return bytes(content)
