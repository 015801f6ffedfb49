"""Archives of arrays: names and sizes are asked before contents, every fault is one line."""

import io
import json
import subprocess
import sys
import zipfile

import numpy as np
import pytest
from numpy.lib import format as npy

from model import npz
from model.errors import InputError

SCHEMA = "unfoldhw.test/1"


def member(array, shape=None, version=(1, 0)):
    buffer = io.BytesIO()
    header = npy.header_data_from_array_1_0(array) | ({} if shape is None else {"shape": shape})
    npy.write_array_header_1_0(buffer, header)
    return buffer.getvalue() + array.tobytes()


HEADER = np.array(json.dumps({"schema": SCHEMA}))


def archive(path, members, how=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", how) as file:
        for name, data in members:
            file.writestr(name, data)
    return path


def read(path):
    return npz.read(path, SCHEMA, ("a",))


GOOD = [("metadata.npy", member(HEADER)), ("a.npy", member(np.arange(3.0)))]


def test_good_ones(tmp_path):
    content, header = read(archive(tmp_path / "x", GOOD))
    assert content["a"].tolist() == [0, 1, 2] and header == {"schema": SCHEMA}
    fortran = np.asfortranarray(np.arange(6.0).reshape(2, 3))
    path = npz.write(tmp_path / "y", {"a": fortran, "b": fortran.astype(">i2")}, header)
    content, _ = read(path)
    assert content["a"].tolist() == content["b"].tolist() == fortran.tolist()
    assert content["b"].dtype == np.int16 and content["a"].flags.writeable


def nested(depth):
    text = "{'descr': '<f8', 'fortran_order': False, 'shape': " + "(" * depth + ")" * depth + "}"
    text = text.ljust(9000) + "\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode()


BAD = {
    "an object array": ([("a.npy", member(np.zeros(1, "O")))], "Object|holds object"),
    "a structure": ([("a.npy", member(np.zeros(1, "f8,f8")))], "no numbers"),
    "complex": ([("a.npy", member(np.zeros(1, complex)))], "no numbers"),
    "a date": ([("a.npy", member(np.zeros(1, "M8[s]")))], "no numbers"),
    "booleans": ([("a.npy", member(np.zeros(1, bool)))], "no numbers"),
    "text": ([("a.npy", member(np.array(["x"])))], "no numbers"),
    "four axes": ([("a.npy", member(np.zeros((1, 1, 1, 1))))], "no numbers"),
    "NaN": ([("a.npy", member(np.array([0, np.nan])))], r"a\[1\] = nan is not finite"),
    "more shape": ([("a.npy", member(np.zeros(2), (10**18,)))], "16 bytes for shape"),
    "negative": ([("a.npy", member(np.zeros(2), (-2,)))], "shape"),
    "a shape that wraps": ([("a.npy", member(np.zeros(0), (2**32, 2**32)))], "0 bytes for shape"),
    "true": ([("a.npy", member(np.zeros(1), (True,)))], "shape"),
    "no array": ([("a.npy", b"")], ""),
    "cut": ([("a.npy", member(np.zeros(2))[:-1])], "15 bytes for shape"),
    "longer": ([("a.npy", member(np.zeros(2)) + b"x")], "17 bytes for shape"),
    "a nested header": ([("a.npy", nested(4000))], "'a': its header is nested too deeply"),
    "less nested": ([("a.npy", nested(8))], "'a': its header is nested too deeply"),
    "no end": ([("a.npy", nested(0).replace(b"}", b"(" * 400))], "is nested too deeply"),
    "not an expression": ([("a.npy", nested(0).replace(b"False", b"os.x("))], ""),
    "version 9": ([("a.npy", b"\x93NUMPY\x09" + member(np.zeros(1))[7:])], "version"),
    "a folder": ([("a/b.npy", member(np.zeros(1)))], "'a/b.npy' is no NAME.npy"),
    "above": ([("../a.npy", member(np.zeros(1)))], "is no NAME.npy"),
    "another ending": ([("a.pkl", b"")], "is no NAME.npy"),
    "a name of 65": ([("a" * 65 + ".npy", b"")], "is no NAME.npy"),
    "not ASCII": ([("\u00e9.npy", b"")], "is no NAME.npy"),
    "twice": ([GOOD[1], GOOD[1]], "array 'a' is there twice"),
    "17 arrays": ([(f"a{i}.npy", b"") for i in range(17)], "more than 16 arrays"),
    "none": ([], "array 'a' is missing"),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("case", BAD)
def test_bad_members(tmp_path, case):
    members, text = BAD[case]
    path = archive(tmp_path / "x", [GOOD[0], *members])
    with pytest.raises(InputError, match=rf"x: not a parameters file: .*({text})") as caught:
        read(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not JSON"),
        ("[]", "schema \\[\\], expected"),
        ("{}", "schema None, expected"),
        ('{"schema": "other"}', "schema 'other'"),
        ('{"schema": 1e999}', "schema inf, expected"),
        ('{"schema": "\\ud800"}', "surrogate"),
        ("[" * 100_000, "nested too deeply"),
        (" " * (1 << 20) + "{}", "more than 1048576 characters"),
    ],
)
def test_bad_metadata(tmp_path, text, message):
    path = archive(tmp_path / "x", [("metadata.npy", member(np.array(text + "\n"))), GOOD[1]])
    with pytest.raises(InputError, match=message):
        read(path)


def test_metadata_that_are_no_text(tmp_path):
    for array in (np.zeros(3), np.array([HEADER, HEADER])):
        path = archive(tmp_path / "x", [("metadata.npy", member(array)), GOOD[1]])
        with pytest.raises(InputError, match="no text"):
            read(path)
    data = member(HEADER)
    for octets in (b"\x00\x00\x11\x00", b"\x00\xd8\x00\x00"):  # beyond Unicode, half a pair
        path = archive(tmp_path / "x", [("metadata.npy", data[:-4] + octets), GOOD[1]])
        with pytest.raises(InputError, match="not a parameters file"):
            read(path)


@pytest.mark.parametrize("how", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_packings(tmp_path, how):
    with pytest.raises(InputError, match="neither stored nor deflated"):
        read(archive(tmp_path / "x", GOOD, how))


def patched(path, old, new):
    octets = bytearray(path.read_bytes())
    at = 0
    while (at := octets.find(old, at)) >= 0:
        octets[at : at + len(old)] = new
        at += len(old)
    path.write_bytes(octets)
    return path


def test_declared_sizes_that_lie(tmp_path):
    size = len(GOOD[1][1]).to_bytes(4, "little")
    for other in (8, 1 << 20, (1 << 28) + 1):
        path = archive(tmp_path / "x", GOOD)
        with pytest.raises(InputError, match="not a parameters file"):
            read(patched(path, size, other.to_bytes(4, "little")))


def test_a_bomb_and_a_million_members_take_no_memory(tmp_path):
    """300 KB that unpack to 336 MB, a directory of 500,000 names: refused within 200 MB."""
    zeros = bytes(1 << 24)
    with zipfile.ZipFile(tmp_path / "bomb", "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("metadata.npy", member(HEADER))
        with file.open("a.npy", "w", force_zip64=True) as big:
            for _ in range(20):
                big.write(zeros)
    entry = archive(tmp_path / "one", [("a.npy", b"")]).read_bytes()
    start = entry.index(b"PK\x01\x02")
    directory = entry[start : entry.index(b"PK\x05\x06")]
    end = bytearray(entry[start + len(directory) :])
    end[12:16] = (500_000 * len(directory)).to_bytes(4, "little")
    (tmp_path / "many").write_bytes(entry[:start] + directory * 500_000 + end)
    code = """
import resource, sys
from model import npz
from model.errors import InputError
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for path in sys.argv[1:]:
    try:
        npz.read(path, "unfoldhw.test/1", ("a",))
    except InputError as error:
        print(error)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) >> 10)
"""
    paths = [str(tmp_path / name) for name in ("bomb", "many")]
    done = subprocess.run([sys.executable, "-c", code, *paths], capture_output=True, text=True)
    bomb, many, megabytes = done.stdout.splitlines()
    assert "at most 256 MiB are read" in bomb and "more than 16 arrays" in many
    assert int(megabytes) < 200


def test_many_bytes_for_few_numbers(tmp_path, monkeypatch):
    """Bytes become doubles in what reads them, so numbers are counted, too."""
    monkeypatch.setattr(npz, "MOST_MEGABYTES", 1)
    path = npz.write(tmp_path / "x", {"a": np.zeros(200_000, np.uint8)}, {"schema": SCHEMA})
    with pytest.raises(InputError, match="200000 numbers, at most 131072 are read"):
        read(path)


def test_any_byte_changed(tmp_path):
    """No change of a byte ends in anything but content or one line."""
    whole = npz.write(tmp_path / "x", {"a": np.arange(3.0)}, {"schema": SCHEMA}).read_bytes()
    rng = np.random.default_rng(1)
    for place in range(len(whole)):
        torn = bytearray(whole)
        torn[place] ^= int(rng.integers(1, 256))
        (tmp_path / "y").write_bytes(torn)
        try:
            read(tmp_path / "y")
        except InputError as error:
            assert str(error).startswith(str(tmp_path / "y"))


def test_no_zip_says_so_before_it_is_unpacked(tmp_path):
    (tmp_path / "x").write_bytes(b"PK" + bytes(100))
    with pytest.raises(InputError, match="not a parameters file: File is not a zip file"):
        read(tmp_path / "x")


TABLE = {"ebn0_db": np.arange(2.0), "alpha": np.ones((2, 3, 4)), "beta": np.ones((2, 3, 4))}


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({}, None),
        ({"gamma": np.full(2, 0.5)}, None),
        ({"gamma": np.full((2, 1), 0.5)}, "no row each"),
        ({"gamma": np.array(0.5)}, "no row each"),
        ({"gamma": np.full(3, 0.5)}, "no row each"),
        ({"gamma": np.array([0.5, 1.0])}, "gamma = 1.0 is outside"),
        ({"alpha": np.array(1.0)}, "no row each"),
        ({"alpha": np.ones((3, 3, 4))}, "no row each"),
        ({"beta": np.ones((2, 2, 4))}, "alpha has 3 iterations, beta 2"),
        ({"alpha": np.ones(2)}, r"alpha has shape \(\)"),
        ({"alpha": np.ones((2, 4, 4)), "beta": np.ones((2, 4, 4))}, "the metadata say 3"),
        ({"ebn0_db": np.array([1.0, 1.0])}, "do not ascend"),
        ({"ebn0_db": np.array(1.0)}, "no row each"),
        ({name: array[:0] for name, array in TABLE.items()}, "SNR table: "),
    ],
)
def test_tables_by_snr(tmp_path, change, text):
    from model.code import TannerGraph
    from model.snr_table import SnrTable

    graph = TannerGraph.from_exponents([[0, 0, -1], [-1, 0, 0]], 2, "chain")
    header = {"schema": "unfoldhw.snr_table/1", "graph": "chain", "edges_sha256": graph.edges_sha,
              "iterations": 3, "layout": "block_edge"}  # fmt: skip
    path = npz.write(tmp_path / "x", TABLE | change, header)
    if text is None:
        found = SnrTable.load(path, graph)
        assert found.ebn0_db.tolist() == [0, 1] and len(found.rows) == 2
        return
    with pytest.raises(InputError, match=text) as caught:
        SnrTable.load(path, graph)
    assert str(path) in str(caught.value) and "\n" not in str(caught.value)
