"""Long codes: time and memory by edges, and one quick line for what is larger than any code."""

import json
import subprocess
import sys
import time

import numpy as np
import pytest
from scipy import sparse

from model import alist, catalog, exponents_json, gf2, gf2_sparse, io, qc_text, text
from model.code import TannerGraph
from model.encode import Encoder, syndrome
from model.errors import InputError
from model.limits import MOST_CELLS, MOST_EDGES, MOST_NUMBERS, MOST_VARIABLES
from quant.code_section import CodeSection, from_graph, to_graph

LONG = """
import random, resource, sys, time
from model import io
from model.code import TannerGraph
from model.encode import Encoder, syndrome
from quant.code_section import from_graph, to_graph
import numpy as np
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
start = time.process_time()
graph = io.load(sys.argv[1])
section, kept = from_graph(graph)
again = to_graph(section)
encoder = Encoder(again)
words = encoder.encode(np.random.default_rng(1).integers(0, 2, (16, encoder.k), dtype=np.uint8))
assert not syndrome(again, words).any() and again.edges_sha == graph.edges_sha
assert section.information_bits == encoder.k == graph.n_variables - graph.n_checks
seconds = time.process_time() - start
print(seconds, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) >> 10)
"""


def irregular_repeat_accumulate(checks, variables, degree=3):
    """An own code: each data bit in ``degree`` checks, a staircase of parity on the right."""
    rng = np.random.default_rng(4)
    data = np.repeat(np.arange(variables - checks), degree)
    rows = np.concatenate(
        [rng.permutation(checks)[: len(data[i : i + checks])] for i in range(0, len(data), checks)]
    )
    pairs = np.unique(np.stack([rows, data], axis=1), axis=0)
    stairs = np.arange(checks)
    rows = np.concatenate([pairs[:, 0], stairs, stairs[1:]])
    columns = np.concatenate([pairs[:, 1], stairs, stairs[:-1]])
    columns[len(pairs) :] += variables - checks
    return TannerGraph.from_edges(rows, columns, checks, variables, "long")


@pytest.mark.parametrize(("checks", "variables", "edges"), [(16000, 32000, 0), (32400, 64800, 5)])
def test_long_codes_take_seconds_and_little_memory(tmp_path, checks, variables, edges):
    graph = irregular_repeat_accumulate(checks, variables, edges or 3)
    assert graph.n_edges >= (226_799 if edges else 79_000)
    path = io.save(graph, tmp_path / "long.alist")
    done = subprocess.run([sys.executable, "-c", LONG, str(path)], capture_output=True, text=True)
    assert not done.stderr
    seconds, megabytes = done.stdout.split()
    assert float(seconds) < 30 and int(megabytes) < 500


def test_the_largest_5g_codes():
    for name in ("nr5g_bg1_z384", "nr5g_bg2_z384"):
        section, _ = from_graph(catalog.get(name))
        assert to_graph(section).edges_sha == catalog.get(name).edges_sha


def test_without_blocks_no_matrix_of_exponents():
    """Z = 1 is a list of edges, however wide: a matrix would have 10^10 places."""
    rows = 100_000
    section = CodeSection(
        "wide", 1, rows + 1, tuple(((row, 0), (row + 1, 0)) for row in range(rows)),
        (1,) * (rows + 1), ("erased",) * (rows + 1), 1,
    )  # fmt: skip
    graph = to_graph(section)
    assert graph.block is None and graph.n_edges == 2 * rows and graph.k == 1
    assert from_graph(graph)[0] == section


def quick(error, call, *arguments):
    start = time.process_time()
    with pytest.raises(InputError, match=error) as caught:
        call(*arguments)
    assert time.process_time() - start < 5
    assert "\n" not in str(caught.value) and len(str(caught.value)) <= 600


def test_more_than_any_code_is_one_quick_line():
    quick("131072 variables, at most|2097152 checks", TannerGraph.from_exponents,
          [[0] * 2] * 32, 1 << 16, "x")  # fmt: skip
    quick(f"edges, at most {MOST_EDGES}", TannerGraph.from_exponents, [[0] * 12] * 12, 65536, "x")
    wide = np.zeros((1, MOST_CELLS + 1), int)
    quick(f"places, at most {MOST_CELLS}", TannerGraph.from_exponents, wide, 1, "x")
    quick(f"places, at most {MOST_CELLS}", TannerGraph.from_exponents, [[0] * 2048] * 2049, 1, "x")
    quick(f"at most {MOST_VARIABLES}", TannerGraph.from_edges, [0], [0], 1, 10**12, "x")
    quick(f"at most {MOST_VARIABLES}", TannerGraph.from_edges, [0], [0], 10**12, 1, "x")
    rows = tuple(((0, 1),) for _ in range(4096))
    section = CodeSection("x", 2, 4096, rows, (2,) * 4096, ("erased",) * 4096, 1)
    quick(f"places, at most {MOST_CELLS}", to_graph, section)


def test_texts_that_are_no_code_are_refused_quickly():
    many = "1 " * (MOST_NUMBERS + 1)
    quick(f"x: {MOST_NUMBERS + 1} words, at most {MOST_NUMBERS}", alist.parse, many, "x")
    quick("line 1: 'z", qc_text.parse, "z" * 30_000_000, "x")
    quick("line 2: '9999", alist.parse, "\n" + "9" * 30_000_000, "x")
    quick("999999999 columns and 999999999 rows", alist.parse,
          "999999999 999999999\n1 1\n1\n1\n", "x")  # fmt: skip
    quick("rows are due", qc_text.parse, "999999999 999999999 4\n0\n", "x")
    ranges = [[0, 1 << 19]] * 200_000
    record = {"Z": 1 << 16, "exponents": [[0] * 8], "punctured": ranges, "shortened": [[1, 2]]}
    quick("both punctured and shortened", exponents_json.parse, json.dumps(record), "x")
    record = {"Z": 1, "exponents": [[0] * 200_001], "punctured_columns": [*range(200_000), 0]}
    quick("punctured_columns: 0 occurs twice", exponents_json.parse, json.dumps(record), "x")
    record = {"Z": 4, "exponents": [[10**300]]}
    quick("is outside -1..65536", exponents_json.parse, json.dumps(record), "x")


def regular(checks, variables, seed=2):
    """A random code of three edges a variable, which does not peel."""
    rng = np.random.default_rng(seed)
    rows = np.repeat(np.arange(checks), 3 * variables // checks)
    columns = np.concatenate([rng.permutation(variables) for _ in range(3)])
    edges = np.unique([rows, columns], axis=1)
    return TannerGraph.from_edges(*edges, checks, variables, "regular")


def test_the_rank_of_what_does_not_peel():
    graph = regular(40_000, 80_000)
    started = time.process_time()
    assert 39_990 <= graph.rank <= 40_000
    assert time.process_time() - started < 15


def test_what_can_only_be_eliminated_densely_is_bounded(monkeypatch):
    quick("17000 checks can only be solved together", Encoder, regular(17_000, 34_000))
    monkeypatch.setattr(gf2_sparse, "MOST_REMAINDER_BITS", 1 << 20)
    graph = regular(5_000, 10_000)
    quick("more than 104 of them", lambda: graph.rank)
    quick("can only be solved by a dense matrix", Encoder, graph)


@pytest.mark.parametrize("seed", range(8))
def test_rank_of_sparse_matrices(seed):
    """Empty rows and columns, equal rows, few and many ones."""
    rng = np.random.default_rng(seed)
    for _ in range(40):
        rows, columns = rng.integers(1, 90, 2)
        matrix = (rng.random((rows, columns)) < rng.choice([0.01, 0.03, 0.1, 0.5])).astype(np.uint8)
        if rng.random() < 0.5:
            matrix[rows // 2 :] = matrix[: rows - rows // 2]
        found = gf2_sparse.sparse_rank(sparse.csr_matrix(matrix))
        assert found == gf2.dense_rank(gf2.pack_rows(matrix))


def test_a_dense_remainder_is_solved():
    graph = regular(1500, 3000)
    rng = np.random.default_rng(3)
    encoder = Encoder(graph)
    assert len(encoder.pivots) > 1000 and encoder.k == graph.k
    words = encoder.encode(rng.integers(0, 2, (8, encoder.k), dtype=np.uint8))
    assert not syndrome(graph, words).any()


@pytest.mark.parametrize("seed", range(20))
def test_elimination_is_that_of_one_column_at_a_time(seed):
    """Pivots and reduced rows, for random, sparse and rank-deficient matrices, in any order."""
    rng = np.random.default_rng(seed)
    size = rng.integers(1, 200, 2)
    matrix = (rng.random(size) < rng.choice([0.03, 0.5])).astype(np.uint8)
    matrix[size[0] // 2 :] = matrix[: size[0] - size[0] // 2]
    order = rng.permutation(size[1])
    words = gf2.pack_rows(matrix)
    assert (gf2_sparse.pack_sparse(sparse.csr_matrix(matrix), np.arange(size[1])) == words).all()
    rank = gf2.dense_rank(words)
    rows, columns = gf2.eliminate(words, order)
    reduced, free, due = matrix.copy(), list(range(size[0])), []
    for column in order:
        pivot = next((row for row in free if reduced[row, column]), None)
        if pivot is not None:
            others = np.flatnonzero(reduced[:, column])
            reduced[others[others != pivot]] ^= reduced[pivot]
            free.remove(pivot)
            due.append((pivot, column))
    assert list(zip(rows.tolist(), columns.tolist(), strict=True)) == due and rank == len(due)
    assert (gf2.unpack_rows(words, size[1]) == reduced).all()


def test_integer_lines():
    lines = text.integer_lines("# 1 x\n 1 -2\t+3\n\n  # y\r\n007\v8\n999999999", "f")
    assert [(line.place, line.values) for line in lines] == [
        ("f: line 2", [1, -2, 3]),
        ("f: line 5", [7, 8]),
        ("f: line 6", [999999999]),
    ]
    assert lines.lengths.tolist() == [3, 2, 1]
    assert len(text.integer_lines("", "f")) == len(text.integer_lines("#\n\n# 4", "f")) == 0
    for word in ("-", "1234567890", "1.5", "x", "1\x002", "\u0661", "--1", "1-", "1#", "\ufeff1"):
        with pytest.raises(InputError, match="f: line 2: .* is not an integer"):
            text.integer_lines(f"1\n2 {word} 3\n", "f")


def test_an_alist_too_wide_to_pad_is_written_bare():
    rows = 3000
    checks = np.append(np.arange(rows), np.zeros(rows, int))
    columns = np.append(np.arange(rows), np.arange(rows, 2 * rows))
    graph = TannerGraph.from_edges(checks, columns, rows, 2 * rows, "wide")
    written = alist.dump(graph)
    assert len(written) < 100_000
    assert alist.parse(written, "wide.alist").edges_sha == graph.edges_sha
