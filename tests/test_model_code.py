"""Tanner graphs: edges, degrees, rank, n, k, block structure, and what they refuse."""

import galois
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from model import gf2, gf2_sparse
from model.code import BlockStructure, TannerGraph
from model.errors import InputError

HAMMING = np.array(
    [[1, 0, 1, 0, 1, 0, 1], [0, 1, 1, 0, 0, 1, 1], [0, 0, 0, 1, 1, 1, 1]], dtype=np.uint8
)


def expand(exponents, size):
    """H from exponents, one circulant at a time, straight from the definition."""
    exponents = np.asarray(exponents)
    blocks = [
        [
            np.roll(np.eye(size, dtype=np.uint8), p, axis=1)
            if p >= 0
            else np.zeros((size, size), np.uint8)
            for p in row
        ]
        for row in exponents
    ]
    return np.block(blocks)


def test_dense_code():
    graph = TannerGraph.from_dense(HAMMING, "hamming")
    assert (graph.n_checks, graph.n_variables, graph.n_edges) == (3, 7, 12)
    assert (graph.rank, graph.k, graph.n, graph.rate) == (3, 4, 7, 4 / 7)
    assert graph.check_degrees.tolist() == [4, 4, 4]
    assert graph.variable_degrees.tolist() == HAMMING.sum(axis=0).tolist()
    assert graph.block is None and graph.block_edge_of_edge is None and graph.n_block_edges == 0
    assert (graph.parity_check_matrix().toarray() == HAMMING).all()
    key = graph.check_of_edge.astype(int) * 7 + graph.variable_of_edge
    assert (np.diff(key) > 0).all()
    assert graph.check_of_edge.dtype == graph.variable_of_edge.dtype == np.int32


def test_edges_in_any_order_give_the_same_code():
    checks, variables = np.nonzero(HAMMING)
    order = np.random.default_rng(0).permutation(len(checks))
    graph = TannerGraph.from_edges(checks[order], variables[order], 3, 7, "shuffled")
    assert graph.edges_sha == TannerGraph.from_dense(HAMMING, "hamming").edges_sha
    assert graph.edges_sha != TannerGraph.from_dense(HAMMING[:, ::-1], "mirror").edges_sha


def test_block_code_follows_the_right_shift():
    exponents = [[1, -1, 0, 2], [-1, 4, 3, 0]]
    graph = TannerGraph.from_exponents(exponents, 5, "small")
    assert (graph.parity_check_matrix().toarray() == expand(exponents, 5)).all()
    assert graph.n_block_edges == 6
    edges = graph.block.block_edges[graph.block_edge_of_edge]
    rows, columns, shifts = edges.T
    assert (graph.check_of_edge // 5 == rows).all()
    assert (graph.variable_of_edge // 5 == columns).all()
    lanes = (graph.check_of_edge % 5 + shifts) % 5
    assert (graph.variable_of_edge % 5 == lanes).all()
    # Row-major numbering of the nonzero blocks.
    assert graph.block.block_edges[:, :2].tolist() == [
        [0, 0],
        [0, 2],
        [0, 3],
        [1, 1],
        [1, 2],
        [1, 3],
    ]


def test_punctured_and_shortened_are_not_transmitted():
    shortened = np.zeros(15, bool)
    shortened[7] = True
    graph = TannerGraph.from_exponents(
        [[0, 1, 0]], 5, "partial", punctured_columns=[0], shortened=shortened
    )
    assert graph.transmitted.tolist() == [5, 6, 8, 9, 10, 11, 12, 13, 14]
    assert (graph.n, graph.rank, graph.k) == (9, 5, 9)


def test_shortening_counts_the_rank_of_what_is_left():
    # Shortening the only variable of a check empties it: one dimension is not lost twice.
    matrix = np.array([[1, 0, 0], [0, 1, 1]])
    graph = TannerGraph.from_dense(matrix, "x", shortened=np.array([True, False, False]))
    assert graph.rank == 2
    assert graph.k == 1


def test_a_column_in_no_check_is_allowed_if_shortened():
    graph = TannerGraph.from_dense(
        np.array([[1, 1, 0]]), "x", shortened=np.array([False, False, True])
    )
    assert (graph.n, graph.k) == (2, 1)


def test_arrays_are_read_only():
    graph = TannerGraph.from_exponents([[0, 1]], 3, "x")
    for array in (graph.check_of_edge, graph.punctured, graph.block.exponents, graph.transmitted):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


@pytest.mark.parametrize(
    ("exponents", "size", "message"),
    [
        ([[0, 5]], 5, "exponents row 0, column 1: shift 5 is not below Z = 5"),
        ([[0, -2]], 5, "exponents row 0, column 1: -2 is below -1"),
        ([[0, 1], [2, 1.5]], 5, "exponents row 1, column 1: 1.5 is not an integer"),
        ([[0, 1], [True, 1]], 5, "exponents row 1, column 0: True is not an integer"),
        ([[0, 1], ["a", 1]], 5, "exponents row 1, column 0: 'a' is not an integer"),
        ([[0, 1], [0]], 5, "exponents row 1 has 1 entries where 2 are due (ragged)"),
        ([[0] * 62, [0] * 60, [0] * 60], 5, "exponents row 0 has 62 entries where 60 are due"),
        ([[0, 1], [-1, -1]], 5, "exponents row 1 is empty"),
        ([[0, -1], [1, -1]], 5, "column 1 of the exponents is in no check"),
        ([], 5, "exponents are not a list of rows"),
        ([0, 1], 5, "exponents row 0: 0 is not a list of integers"),
        ([[0]], 0, "Z = 0 is not a positive integer"),
        ([[0]], 2.0, "Z = 2.0 is not a positive integer"),
        ([[0]], 10**9, "Z = 1000000000 is above 65536"),
    ],
)
def test_bad_exponents(exponents, size, message):
    with pytest.raises(InputError) as caught:
        TannerGraph.from_exponents(exponents, size, "bad")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ([2], "punctured_columns: 2 is outside 0..1"),
        ([0, 0], "punctured_columns: 0 occurs twice"),
        (["a"], "punctured_columns: 'a' is not an integer"),
        (3, "punctured_columns: 3 is not a list"),
        ([0, 1], "no variable is transmitted"),
    ],
)
def test_bad_punctured_columns(columns, message):
    with pytest.raises(InputError, match=message):
        TannerGraph.from_exponents([[0, 1]], 3, "bad", columns)


@pytest.mark.parametrize(
    ("checks", "variables", "message"),
    [
        ([0, 0, 1, 0], [0, 1, 0, 1], "duplicate edge at row 0, column 1"),
        ([0, 0, 2], [0, 1, 0], "check 2 is outside 0..1"),
        ([0, 1], [0, -1], "variable -1 is outside 0..1"),
        ([0, 0], [0, 1], "row 1 is empty"),
        ([0, 1], [0, 0], "column 1 is in no check"),
        ([0, 1], [0], "checks for"),
    ],
)
def test_bad_edges(checks, variables, message):
    with pytest.raises(InputError, match=message):
        TannerGraph.from_edges(checks, variables, 2, 2, "bad")


def test_other_bad_values():
    with pytest.raises(InputError, match="row 0, column 1: 2 is not 0 or 1"):
        TannerGraph.from_dense(np.array([[1, 2]]), "bad")
    with pytest.raises(InputError, match="two axes"):
        TannerGraph.from_dense(np.array([1, 1]), "bad")
    with pytest.raises(InputError, match="punctured has shape"):
        TannerGraph.from_dense(np.array([[1, 1]]), "bad", punctured=[True])
    with pytest.raises(InputError, match="variable 1 is both punctured and shortened"):
        TannerGraph.from_dense(np.array([[1, 1]]), "bad", [False, True], [False, True])
    with pytest.raises(InputError, match="block structure is not that"):
        TannerGraph("bad", 1, 2, [0, 0], [0, 1], BlockStructure(3, [[0, 1]]))


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 24), st.integers(1, 24), st.floats(0.02, 0.7), st.integers(0, 2**32 - 1))
def test_rank_equals_galois(rows, columns, density, seed):
    matrix = (np.random.default_rng(seed).random((rows, columns)) < density).astype(np.uint8)
    want = int(np.linalg.matrix_rank(galois.GF2(matrix)))
    assert gf2.dense_rank(gf2.pack_rows(matrix)) == want
    assert gf2_sparse.sparse_rank(sparse.csr_matrix(matrix)) == want
    words = gf2.pack_rows(matrix)
    pivot_rows, pivot_columns = gf2.eliminate(words, np.arange(columns)[::-1])
    assert len(pivot_rows) == want
    reduced = gf2.unpack_rows(words, columns)
    assert (reduced[pivot_rows][:, pivot_columns] == np.eye(want)).all()


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 5), st.integers(1, 150), st.integers(0, 2**32 - 1))
def test_packing_round_trip(rows, columns, seed):
    matrix = np.random.default_rng(seed).integers(0, 2, (rows, columns), dtype=np.uint8)
    assert (gf2.unpack_rows(gf2.pack_rows(matrix), columns) == matrix).all()
