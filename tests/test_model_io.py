"""Codes as files: round trips, foreign variants, and one clear line for every bad file."""

import json
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model import alist, catalog, exponents_json, io, qc_text
from model.code import TannerGraph
from model.errors import InputError


def same(a, b):
    assert a.edges_sha == b.edges_sha
    assert (a.punctured == b.punctured).all() and (a.shortened == b.shortened).all()
    if a.block is not None and b.block is not None:
        assert (a.block.exponents == b.block.exponents).all()
        assert a.block.lifting_size == b.block.lifting_size


@st.composite
def block_codes(draw, whole_columns):
    rows, columns = draw(st.integers(1, 5)), draw(st.integers(2, 8))
    size = draw(st.integers(1, 20))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    exponents = rng.integers(-1, size, (rows, columns))
    exponents[:, rng.integers(columns)] = 0
    exponents[rng.integers(rows)] = size - 1
    kind = np.repeat(rng.choice(2, columns, p=[0.7, 0.3]), size)
    if not whole_columns:
        kind = rng.choice(3, columns * size, p=[0.6, 0.2, 0.2])
    kind[:size] = 0
    return TannerGraph.from_exponents(
        exponents, size, "random", punctured=kind == 1, shortened=kind == 2
    )


def round_trip(graph, suffix):
    with tempfile.TemporaryDirectory() as folder:
        path = io.save(graph, Path(folder) / f"random{suffix}")
        loaded = io.load(path)
        assert loaded.name == "random"
        return loaded


@settings(deadline=None, max_examples=60)
@given(block_codes(whole_columns=False))
def test_json_round_trip(graph):
    same(graph, round_trip(graph, ".json"))


@settings(deadline=None, max_examples=60)
@given(block_codes(whole_columns=True))
def test_qc_round_trip(graph):
    same(graph, round_trip(graph, ".qc"))


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 12), st.integers(1, 12), st.floats(0.1, 0.9), st.integers(0, 2**32 - 1))
def test_alist_round_trip(rows, columns, density, seed):
    rng = np.random.default_rng(seed)
    matrix = (rng.random((rows, columns)) < density).astype(np.uint8)
    matrix[:, 0] = 1
    matrix[rng.integers(rows)] = 1
    graph = TannerGraph.from_dense(matrix, "random")
    same(graph, round_trip(graph, ".alist"))
    # The same list without padding is the same code.
    bare = "\n".join(
        " ".join(word for word in line.split() if word != "0")
        for line in alist.dump(graph).splitlines()
    )
    same(graph, alist.parse(bare, "random.alist"))


@pytest.mark.parametrize("name", ["wifi_1944_r12", "nr5g_bg1_z7", "nr5g_bg2_z52_n1200_k500"])
def test_catalogue_codes_as_json(name):
    graph = catalog.get(name)
    same(graph, exponents_json.parse(exponents_json.dump(graph), "x.json"))


def test_resolve_takes_names_and_files(tmp_path):
    graph = catalog.resolve("bch_63_45")
    path = io.save(graph, tmp_path / "mine.alist")
    loaded = catalog.resolve(str(path))
    same(graph, loaded)
    assert loaded.name == "mine"
    same(graph, catalog.resolve(path))
    with pytest.raises(InputError, match="no code is named"):
        catalog.resolve("mine")


def test_a_folder_is_said_to_be_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine").mkdir()
    (tmp_path / "bch_63_45").mkdir()  # as in build/: the name of a code stays one
    assert catalog.resolve("bch_63_45").name == "bch_63_45"
    with pytest.raises(InputError, match="no code is named 'mine', and a folder is no code file"):
        catalog.resolve("mine")


def test_aff3ct_variants():
    """Blank lines, comments and a puncturing pattern, as in AFF3CT's AR4JA file."""
    text = "3 2 4\n\n0 1 -1\n# comment\n-1 2 3\n\n1 1 0\n"
    graph = qc_text.parse(text, "dir/some.qc")
    assert graph.name == "some"
    assert graph.block.exponents.tolist() == [[0, 1, -1], [-1, 2, 3]]
    assert graph.punctured.reshape(3, 4).all(axis=1).tolist() == [False, False, True]
    assert qc_text.dump(graph) == "3 2 4\n0 1 -1\n-1 2 3\n1 1 0\n"


def test_json_keys():
    text = '{"Z": 3, "exponents": [[0, 1, 2]], "punctured_columns": [1], "name": "mine"}'
    graph = exponents_json.parse(text, "file.json")
    assert graph.name == "mine" and graph.n == 6
    graph = exponents_json.parse('{"Z": 3, "exponents": [[0, 1]]}', "dir/file.json")
    assert graph.name == "file"


GOOD_ALIST = "3 2\n2 2\n1 2 1\n2 2\n1 0\n1 2\n2 0\n1 2\n2 3\n"

BAD = [
    # suffix, text, message after the path
    ("json", "{", "not JSON at line 1 column 2"),
    ("json", "[1, 2]", "not an object with the keys"),
    ("json", "[" * 100_000, "not JSON"),
    ("json", '{"exponents": [[0]]}', 'key "Z" is missing'),
    ("json", '{"Z": 4, "exponent": [[0]]}', 'key "exponents" is missing'),
    ("json", '{"Z": 4, "exponents": [[0, 4]]}', "row 0, column 1: shift 4 is not below Z = 4"),
    ("json", '{"Z": 4, "exponents": [[0, 1], [2]]}', "row 1 has 1 entries where 2 are due"),
    ("json", '{"Z": 4, "exponents": [[0, 1.5]]}', "row 0, column 1: 1.5 is not an integer"),
    ("json", '{"Z": 4, "exponents": [[0, NaN]]}', "row 0, column 1: nan is not an integer"),
    ("json", '{"Z": 4, "exponents": [[0, null]]}', "row 0, column 1: None is not an integer"),
    ("json", '{"Z": 4, "exponents": [[0, -1], [1, -1]]}', "column 1 of the exponents is in no"),
    ("json", '{"Z": "4", "exponents": [[0]]}', "Z = '4' is not a positive integer"),
    ("json", '{"Z": 4, "exponents": [[0]], "name": 7}', "name: 7 must be a text"),
    ("json", '{"Z": 4, "exponents": [[0]], "name": "../x"}', "name: '../x' holds '/'"),
    ("json", '{"Z": ' + "9" * 5000 + ', "exponents": [[0]]}', "not JSON: a number of"),
    ("json", '{"Z": 4, "exponents": [[0]], "nmae": "x"}', 'unknown key "nmae"'),
    ("json", '{"Z": 4, "exponents": [[0, 0]], "punctured_columns": [2]}', "2 is outside 0..1"),
    ("json", '{"Z": 4, "exponents": [[0, 0]], "punctured_columns": "01"}', "'01' is not a list"),
    ("json", '{"Z": 4, "exponents": [[0, 0]], "shortened": [[6, 9]]}', "range [6, 9] is outside"),
    ("json", '{"Z": 4, "exponents": [[0, 0]], "punctured": [6]}', "6 is not a range"),
    ("json", '{"Z": 4, "exponents": [[0, 0]], "punctured": 6}', "6 is not a list"),
    ("qc", "", "empty, a first line 'columns rows Z' is due"),
    ("qc", "2 1\n0 0\n", "line 1: three positive integers"),
    ("qc", "2 1 99999\n0 0\n", "line 1: Z = 99999 is above 65536"),
    ("qc", "2 2 4\n0 0\n", "1 lines of exponents, 2 rows are due"),
    ("qc", "2 1 4\n\n0 0 0\n", "line 3: 3 entries where 2 are due (ragged)"),
    ("qc", "2 1 4\n0 4\n", "line 2: shift 4 in row 0, column 1 is not below Z = 4"),
    ("qc", "2 1 4\n0 -2\n", "line 2: shift -2 in row 0, column 1 is below -1"),
    ("qc", "2 1 4\n0 1.5\n", "line 2: '1.5' is not an integer"),
    ("qc", "2 2 4\n0 0\n-1 -1\n", "line 3: row 1 is empty"),
    ("qc", "2 1 4\n0 -1\n", "column 1 of the exponents is in no check"),
    ("qc", "2 1 4\n0 0\n1 2\n", "line 3: 2 for column 1 is neither 0 nor 1"),
    ("alist", "3 2\n", "1 lines, an alist has more than 4"),
    ("alist", GOOD_ALIST.replace("3 2\n", "0 2\n", 1), "line 1: columns and rows are due"),
    ("alist", GOOD_ALIST.replace("3 2\n", "4 2\n", 1), "10 are due"),
    ("alist", GOOD_ALIST.replace("1 2 1", "1 2"), "line 3: 2 column weights, 3 are due"),
    ("alist", GOOD_ALIST.replace("1 2 1", "1 3 1"), "line 3: weight 3 of column 2 is outside 1..2"),
    ("alist", GOOD_ALIST.replace("1 2 1", "1 2 0"), "line 3: column 3 is in no check"),
    ("alist", GOOD_ALIST.replace("2 2\n1 0", "2 0\n1 0"), "line 4: row 2 is empty"),
    ("alist", GOOD_ALIST.replace("1 0\n", "3 0\n"), "line 5: column 1 names row 3, outside 1..2"),
    ("alist", GOOD_ALIST.replace("1 0\n", "1 2\n"), "line 5: column 1 has 2 entries, its weight"),
    ("alist", GOOD_ALIST.replace("1 0\n", "x 0\n"), "line 5: 'x' is not an integer"),
    ("alist", GOOD_ALIST.replace("1 2\n2 0", "1 1\n2 0"), "names row 1 twice (duplicate edge)"),
    ("alist", GOOD_ALIST.replace("2 3\n", "1 3\n"), "line 9: row 2 names column 1, which does not"),
    ("alist", GOOD_ALIST.replace("1 2\n2 3", "1 2\n2 4"), "row 2 names column 4, outside 1..3"),
]


@pytest.mark.parametrize(("suffix", "text", "message"), BAD)
def test_bad_files(tmp_path, suffix, text, message):
    path = tmp_path / f"bad.{suffix}"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        catalog.resolve(str(path))
    line = str(caught.value)
    assert line.startswith(f"{path}: ")
    assert message in line
    assert "\n" not in line


def test_the_good_alist_is_good():
    graph = alist.parse(GOOD_ALIST, "good.alist")
    assert graph.parity_check_matrix().toarray().tolist() == [[1, 1, 0], [0, 1, 1]]


def test_a_row_that_is_too_long(tmp_path):
    """A published 5-by-60 exponent table with 62 entries in row 0."""
    path = tmp_path / "c8.json"
    rows = [[0] * 62] + [[1] * 60 for _ in range(4)]
    path.write_text(json.dumps({"Z": 100, "exponents": rows}))
    with pytest.raises(InputError, match="row 0 has 62 entries where 60 are due"):
        io.load(path)


def test_a_code_without_information_bits(tmp_path):
    path = tmp_path / "square.qc"
    path.write_text("2 2 5\n0 -1\n-1 0\n")
    with pytest.raises(InputError, match="square.qc: k = 0: .* none of 10 variables"):
        catalog.resolve(path)


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(InputError, match="cannot be read: No such file"):
        catalog.resolve(tmp_path / "none.alist")
    (tmp_path / "binary.qc").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="not a text file"):
        io.load(tmp_path / "binary.qc")
    with pytest.raises(InputError, match=r"suffix '.txt' is none of .alist, .json, .qc"):
        io.save(catalog.get("bch_63_45"), tmp_path / "code.txt")


def test_formats_that_cannot_hold_the_code(tmp_path):
    plain = catalog.get("ccsds_128_64")
    partial = catalog.get("nr5g_bg2_z8_n300_k70")
    for graph, suffix, message in (
        (plain, ".json", "write .alist instead"),
        (plain, ".qc", "write .alist instead"),
        (partial, ".qc", "write .json instead"),
        (partial, ".alist", "cannot hold punctured"),
    ):
        path = tmp_path / f"x{suffix}"
        with pytest.raises(InputError, match=message):
            io.save(graph, path)
        assert not path.exists()
    with pytest.raises(InputError, match="cannot be written"):
        io.save(plain, "/proc/none/x.alist")
