"""Files of codes as users have them: any name, any breaks of lines, rows for columns."""

import codecs
import json
import re

import numpy as np
import pytest
from small_specs import small_spec

from hw import build as hw_build
from model import (
    alist,
    catalog,
    code_file,
    code_formats,
    evaluate,
    exponents_json,
    io,
    limits,
    qc_text,
)
from model.code import TannerGraph
from model.code_file import CodeFile
from model.codes import main as catalog_main
from model.errors import InputError
from quant import sources
from sim import fer

GRAPH = TannerGraph.from_exponents([[-1, 1, 2, 4], [0, -1, 3, 0]], 7, "code")
BARE = TannerGraph.from_edges(GRAPH.check_of_edge, GRAPH.variable_of_edge, 14, 28, "code")
DENSE = GRAPH.parity_check_matrix().toarray().tolist()


def matrix(between):
    return "".join(between.join(map(str, row)) + "\n" for row in DENSE)


TEXTS = {
    "alist": alist.dump(BARE),
    "alist, no padding": "\n".join(
        " ".join(word for word in line.split() if word != "0")
        for line in alist.dump(BARE).split("\n")
    ),
    "alist, one line": " ".join(alist.dump(BARE).split()),
    "alist, broken lines": re.sub(r"((?:\d+ ){9})", r"\1\n", alist.dump(BARE)),
    "alist, comments": "# mine\n\n" + alist.dump(BARE).replace("\n", "\n\n", 3),
    "exponents as text": qc_text.dump(GRAPH),
    "exponents, one line": " ".join(qc_text.dump(GRAPH).split()),
    "exponents as JSON": exponents_json.dump(GRAPH),
    "matrix": matrix(" "),
    "matrix without spaces": matrix(""),
    "matrix with commas": "# H\n" + matrix(", "),
}  # fmt: skip


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("name", ["code.txt", "code.a", "code.h", "code", "code.alist", "code.qc"])
def test_the_content_decides_the_format(tmp_path, monkeypatch, text, name):
    monkeypatch.chdir(tmp_path)
    content = TEXTS[text]
    (tmp_path / name).write_text(content)
    graph = catalog.resolve(name)
    assert graph.edges_sha == GRAPH.edges_sha and graph.block.lifting_size == 7
    assert sources.spec_for(name).code.lifting_size == 7


@pytest.mark.parametrize("text", ["alist", "exponents as JSON", "matrix"])
def test_a_byte_order_mark_is_read_over(tmp_path, text):
    path = tmp_path / "code.txt"
    path.write_bytes(codecs.BOM_UTF8 + TEXTS[text].replace("\n", "\r\n").encode())
    assert catalog.resolve(path).edges_sha == GRAPH.edges_sha


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("mark", ["\ufeff", ""])
def test_other_encodings_are_named(tmp_path, encoding, mark):
    path = tmp_path / "code.alist"
    path.write_bytes((mark + TEXTS["alist"]).encode(encoding))
    name = encoding.upper().replace("-LE", "LE").replace("-BE", "BE")
    with pytest.raises(InputError, match=f"code.alist: is {name} text, UTF-8 or ASCII is read"):
        catalog.resolve(path)


def test_a_code_of_the_catalogue_comes_before_a_file_of_its_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ccsds_128_64").write_text(TEXTS["alist"])
    assert catalog.resolve("ccsds_128_64").n == 128
    assert catalog.resolve("./ccsds_128_64").n == 28


def test_a_spec_is_recognised_whatever_its_name(tmp_path):
    spec = small_spec(5)
    path = tmp_path / "spec.txt"
    path.write_text(spec.to_json())
    assert sources.spec_for(str(path)).sha == spec.sha
    with pytest.raises(InputError, match="a document of schema 'unfoldhw.spec/2', not a code"):
        io.load(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "holds no line of numbers: no code. An alist begins with two numbers"),
        ("# nothing\n", "holds no line of numbers"),
        ("hello\n", "begins with 'hello': no code"),
        ("1.5 2\n", "begins with '1.5 2': no code"),
        ("7 7 7 7\n1\n", "begins with a line of 4 numbers"),
        ("1 0 1 1\n0 1 1\n", "line 2: 3 columns of 0 and 1 where the first row has 4"),
        ("1 0 1 1\n0 0 0 0\n", "row 1 is empty"),
        ("1 0 1\n1 0 1\n", "column 1 is in no check"),
        ("{", "not JSON at line 1"),
        ("7 3\n2 4\n", "2 lines, an alist has more than 4"),
    ],
)  # fmt: skip
def test_what_is_no_code_is_one_line(tmp_path, text, message):
    path = tmp_path / "code.txt"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        catalog.resolve(path)
    assert str(caught.value).startswith(f"{path}: ") and message in str(caught.value)


def test_codes_over_larger_fields_are_named(tmp_path):
    path = tmp_path / "code.alist"
    path.write_text("3 2 4\n2 2\n1 2 1\n2 2\n1 3\n1 1 2 2\n2 1\n1 3 2 1\n2 2 3 1\n")
    with pytest.raises(InputError, match=r"line 1: an alist over GF\(4\).* no others yet"):
        catalog.resolve(path)
    path.write_text("2 2 4\n0 1\n1 0\n")  # a table of exponents of two columns
    assert catalog.resolve(path).block.exponents.tolist() == [[0, 1], [1, 0]]


def turned(graph):
    edges = graph.variable_of_edge, graph.check_of_edge
    return TannerGraph.from_edges(*edges, graph.n_variables, graph.n_checks, graph.name)


def test_rows_for_columns_are_said(tmp_path, capsys):
    path = tmp_path / "code.alist"
    path.write_text(alist.dump(turned(BARE)))
    said = "28 checks for 14 variables: rows and columns seem exchanged, --transpose reads them so"
    with pytest.raises(InputError, match=f"code.alist: {said}"):
        catalog.resolve(path)
    with pytest.raises(InputError, match=said):
        sources.spec_for(str(path))
    found = code_file.read(CodeFile(str(path), transpose=True))
    assert found.edges_sha == GRAPH.edges_sha
    redundant = tmp_path / "more.alist"  # a code with more checks than it needs
    rows = np.vstack([DENSE, DENSE, DENSE])
    redundant.write_text(alist.dump(TannerGraph.from_dense(rows, "more")))
    assert code_file.read(CodeFile(str(redundant), transpose=False)).n_checks == 42
    capsys.readouterr()
    assert catalog_main(["--transpose", str(path)]) == 0
    assert "28, 14\n" in capsys.readouterr().out
    table = tmp_path / "code.qc"
    table.write_text(qc_text.dump(GRAPH))
    with pytest.raises(InputError, match="--transpose is for a matrix, not for exponents"):
        code_file.read(CodeFile(str(table), transpose=True))


def test_commands_take_the_options_of_files_alone(tmp_path, capsys):
    path = tmp_path / "code.alist"
    path.write_text(alist.dump(turned(BARE)))
    for main, argv in (
        (hw_build.main, ["--out", str(tmp_path / "out")]),
        (fer.main, ["--ebn0", "2"]),
        (evaluate.main, ["--ebn0", "2"]),
    ):
        with pytest.raises(InputError, match="rows and columns seem exchanged"):
            main(["--code", str(path), *argv])
        with pytest.raises(InputError, match="--transpose: 'wifi_648_r12' is no file"):
            main(["--code", "wifi_648_r12", "--transpose", *argv])
        with pytest.raises(InputError, match="code.alist: --lifting-size 3: no divisor of 14"):
            main(["--code", str(path), "--transpose", "--lifting-size", "3", *argv])
    assert not (tmp_path / "out").exists()
    argv = ["--code", str(path), "--transpose", "--ebn0", "5", "--frames", "20", "--json"]
    assert evaluate.main(argv) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])


def test_a_matrix_without_structure_gets_what_fits(tmp_path):
    """Every edge a wire where a device has room for it, else a lane; the cost is said."""
    rng = np.random.default_rng(1)
    for checks, kind in ((60, "tanner_flooding"), (200, "qc_ldpc_layered")):
        columns = np.concatenate([rng.permutation(2 * checks) for _ in range(3)])
        edges = np.unique([np.repeat(np.arange(checks), 6), columns], axis=1)
        graph = TannerGraph.from_edges(*edges, checks, 2 * checks, "x")
        spec = sources.spec_for(str(io.save(graph, tmp_path / f"x{checks}.alist")))
        assert spec.kind == kind and spec.code.lifting_size == 1
        said = f"about {10 * graph.n_edges} cycles a frame for {graph.n_edges} edges"
        assert (said in " ".join(spec.remarks())) == (kind == "qc_ldpc_layered")
    wide = TannerGraph.from_dense(np.eye(2, 140, dtype=int) | 1, "wide")  # of degree 140
    assert not sources.spec_for(str(io.save(wide, tmp_path / "wide.alist"))).flooding


def test_a_name_of_another_family_says_whose_it_is():
    with pytest.raises(InputError, match="no code is named 'mimo_precoder_32x4'; it is of family "
                                         "'precoder'; commands .*hw.build"):  # fmt: skip
        catalog.resolve("mimo_precoder_32x4")
    with pytest.raises(InputError, match="--architecture layered: family 'precoder' has no choice "
                                         "of architectures; .*; commands .*hw.build"):  # fmt: skip
        sources.spec_for("mimo_precoder_32x4", architecture="layered")


def test_too_many_lines_are_refused_before_any_is_read():
    text = "1\n" * (limits.MOST_NUMBERS + 1)
    with pytest.raises(InputError, match="x.alist: 6291457 lines, at most 6291456 are read"):
        code_formats.format_of(text, "x.alist")


def test_too_many_words_are_refused_before_they_are_split():
    text = "-1 " * (limits.MOST_NUMBERS + 1)
    with pytest.raises(InputError, match="x.qc: 6291457 words, at most 6291456 are read"):
        code_formats.format_of(text, "x.qc")


@pytest.mark.parametrize("space", ["\x0b", "\x0c", "\xa0", "\u2003"])
def test_any_space_stands_between_the_cells_of_a_matrix(space, tmp_path):
    (tmp_path / "m.txt").write_text(f"1{space}1 0{space}1\n0,1 1{space} 1\n", encoding="utf-8")
    found = io.load(tmp_path / "m.txt").parity_check_matrix()
    assert found.toarray().tolist() == [[1, 1, 0, 1], [0, 1, 1, 1]]
