"""Blocks that are the sum of several circulants: read, written, trained, decoded in integers."""

import json

import numpy as np
import pytest
import torch

from hw.build import build
from model import alist, catalog, exponents_json, io, qc_text
from model.code import TannerGraph
from model.decoder import UnfoldedDecoder
from model.encode import Encoder, syndrome
from model.errors import InputError
from model.inference import decode
from model.parameters import Parameters
from quant.comparison import compared
from quant.fit import fit
from quant.min_sum.comparison import DecoderComparer
from quant.sources import spec_for

EXPONENTS = [[[0, 5], [1, 7], -1, [12, 3]], [[4, 9], 6, [5, 8], [1, 10, 2]]]
GRAPH = TannerGraph.from_exponents(EXPONENTS, 13, "sums")


def test_the_matrix_is_the_sum():
    due = np.zeros((26, 52), dtype=int)
    for row, cells in enumerate(EXPONENTS):
        for column, cell in enumerate(cells):
            for shift in cell if isinstance(cell, list) else [cell] * (cell >= 0):
                for lane in range(13):
                    due[row * 13 + lane, column * 13 + (lane + shift) % 13] += 1
    assert (GRAPH.parity_check_matrix().toarray() == due).all()
    assert GRAPH.block.exponents.tolist() == [[0, 1, -1, 3], [4, 6, 5, 1]]
    assert GRAPH.n_block_edges == len(GRAPH.block.block_edges) == 14 and not GRAPH.in_layers
    edges = list(map(tuple, GRAPH.block.block_edges.tolist()))
    assert edges == sorted(set(edges))
    for number, (row, column, shift) in enumerate(edges):
        member = GRAPH.block_edge_of_edge == number
        checks, variables = GRAPH.check_of_edge[member], GRAPH.variable_of_edge[member]
        assert (checks // 13 == row).all() and (variables // 13 == column).all()
        assert ((variables - checks) % 13 == (shift + 13 * column - 13 * row) % 13).all()
        assert member.sum() == 13


@pytest.mark.parametrize("form", [exponents_json, qc_text])
def test_files_hold_lists_of_shifts(form):
    again = form.parse(form.dump(GRAPH), "sums.x")
    assert again.edges_sha == GRAPH.edges_sha and again.block.cells() == GRAPH.block.cells()
    masked = TannerGraph.from_exponents(EXPONENTS, 13, "sums", [2])
    again = form.parse(form.dump(masked), "sums.x")
    assert (again.punctured == masked.punctured).all() and again.block.cells() == EXPONENTS_SORTED


EXPONENTS_SORTED = [[sorted(c) if isinstance(c, list) else c for c in row] for row in EXPONENTS]


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ([], r"row 0, column 1: \[\] is no list of distinct shifts"),
        ([3, 3], r"row 0, column 1: \[3, 3\] is no list of distinct shifts"),
        ([0, 13], "row 0, column 1: 13 in a list is no shift from 0 to 12"),
        ([-1, 2], "row 0, column 1: -1 in a list is no shift"),
        ([1, [2]], r"row 0, column 1: \[2\] in a list is no shift"),
        ([1, 2.0], "row 0, column 1: 2.0 in a list is no shift"),
        ([True], "row 0, column 1: True in a list is no shift"),
    ],
)
def test_lists_that_are_wrong_are_named(tmp_path, cell, message):
    path = tmp_path / "bad.json"
    path.write_text(json.dumps({"Z": 13, "exponents": [[0, cell, 1], [1, 2, 3]]}))
    with pytest.raises(InputError, match=f"bad.json: exponents {message}"):
        io.load(path)


def test_lists_in_text_that_are_wrong_are_named():
    for text, message in (
        ("2 1 5\n0,5 1\n", "5 in a list is no shift from 0 to 4"),
        ("2 1 5\n0,0 1\n", "no list of distinct shifts"),
        ("2 1 5\n0,-1 1\n", "line 2: '0,-1' is not an integer"),
        ("2 1 5\n0,1 1\n1,1 0\n", "line 3: shifts with commas in a line without them"),
        ("2 1,2 5\n0 1\n", "line 1: shifts with commas"),
    ):
        with pytest.raises(InputError, match=message):
            qc_text.parse(text, "bad.qc")


def test_encoded_trained_and_in_integers(tmp_path):
    """One decoder all along: the float model's checks one by one, as the spec has them."""
    encoder, rng = Encoder(GRAPH), np.random.default_rng(1)
    words = encoder.encode(rng.integers(0, 2, (40, encoder.k), dtype=np.uint8))
    assert encoder.k == GRAPH.k and not syndrome(GRAPH, words).any()
    for sharing in ("block_edge", "layer", "edge"):
        decoder = UnfoldedDecoder(GRAPH, 5, sharing=sharing, alpha=0.8)
        assert len(decoder.layers) == GRAPH.n_checks
        with torch.no_grad():
            decoder.alpha += 0.1 * torch.rand(decoder.alpha.shape)
        path = decoder.export().save(tmp_path / f"{sharing}.npz")
        parameters = Parameters.load(path, GRAPH)
        llr = torch.from_numpy(2.5 * (1 - 2.0 * words) + rng.normal(0, 1.6, words.shape)).float()
        again = UnfoldedDecoder.from_parameters(parameters)
        bits = decode(decoder, llr).bits
        assert (decode(again, llr).bits == bits).all()
        assert (bits.numpy() == words).mean() > 0.97
        spec = fit(parameters)
        assert spec.code.lifting_size == 1 and not spec.flooding
        assert Parameters.load(path, spec.graph()).alpha.shape == (5, GRAPH.n_edges)
    assert compared(DecoderComparer(spec), 400).different == 0


@pytest.mark.parametrize("architecture", [None, "layered"])
def test_a_file_with_sums_builds(tmp_path, architecture):
    path = io.save(GRAPH, tmp_path / "sums.json")
    bare = tmp_path / "same.alist"
    bare.write_text(alist.dump(GRAPH))
    specs = [spec_for(str(file), architecture=architecture) for file in (path, bare)]
    assert specs[0].sha == specs[1].sha and catalog.resolve(path).block is not None
    if architecture:
        record = build(specs[0], tmp_path / "out", architecture=architecture)
        assert record["lifting_size"] == 1
        assert f"about {10 * GRAPH.n_edges} cycles a frame" in " ".join(specs[0].remarks())
