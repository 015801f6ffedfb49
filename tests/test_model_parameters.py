"""Parameters files: round trip, means over blocks, refusal of what does not fit."""

import json
import subprocess
import sys

import numpy as np
import pytest

from model import catalog
from model.code import TannerGraph
from model.errors import InputError
from model.parameters import Parameters

EXPONENTS = [[0, 1, -1, 3], [2, -1, 4, 1]]


@pytest.fixture
def graph():
    return TannerGraph.from_exponents(EXPONENTS, 5, "tiny")


def example(graph, layout="block_edge"):
    rng = np.random.default_rng(1)
    shape = (3, graph.n_block_edges if layout == "block_edge" else graph.n_edges)
    metadata = {"rule": "normalised-offset", "schedule": "layered", "made": {"seed": 7}}
    return Parameters(
        graph, rng.random(shape), rng.random(shape), layout, 0.25,
        np.ones(graph.n_variables), metadata,
    )  # fmt: skip


@pytest.mark.parametrize("layout", ["edge", "block_edge"])
def test_round_trip(graph, tmp_path, layout):
    made = example(graph, layout)
    again = Parameters.load(made.save(tmp_path / "sub" / "p.npz"), graph)
    np.testing.assert_array_equal(again.alpha, made.alpha)
    np.testing.assert_array_equal(again.beta, made.beta)
    np.testing.assert_array_equal(again.channel_weight, made.channel_weight)
    assert (again.layout, again.gamma, again.iterations) == (layout, 0.25, 3)
    assert again.metadata["made"] == {"seed": 7}
    assert again.metadata["graph"] == "tiny"
    assert again.metadata["edges_sha256"] == graph.edges_sha


def test_optional_parts_stay_absent(graph, tmp_path):
    again = Parameters.load(Parameters.constant(graph, 2, 0.75).save(tmp_path / "p.npz"), graph)
    assert again.gamma is None and again.channel_weight is None
    assert (again.block_edge_alpha() == 0.75).all() and (again.block_edge_beta() == 0).all()


def test_edge_and_block_edge_views(graph):
    by_edge, by_block = example(graph, "edge"), example(graph)
    assert by_block.edge_alpha().shape == (3, graph.n_edges)
    np.testing.assert_array_equal(by_block.edge_beta(), by_block.beta[:, graph.block_edge_of_edge])
    for number in range(graph.n_block_edges):
        member = graph.block_edge_of_edge == number
        np.testing.assert_allclose(
            by_edge.block_edge_alpha()[:, number], by_edge.alpha[:, member].mean(axis=1)
        )


def test_refuses_another_code(graph, tmp_path):
    path = example(graph).save(tmp_path / "p.npz")
    other = TannerGraph.from_exponents([[0, 1, -1, 3], [2, -1, 4, 2]], 5, "other")
    with pytest.raises(InputError, match=r"p\.npz: made for code 'tiny'.*'other'"):
        Parameters.load(path, other)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"alpha": np.ones((3, 5))}, r"alpha has shape \(3, 5\), expected \(iterations, 6\)"),
        ({"beta": np.ones((2, 6))}, "alpha has 3 iterations, beta 2"),
        ({"alpha": np.full((3, 6), np.nan)}, r"alpha\[0, 0\] = nan"),
        ({"beta": np.full((3, 6), -1.0)}, r"beta\[0, 0\] = -1\.0"),
        ({"gamma": np.float64(1.5)}, r"gamma = 1\.5"),
        ({"gamma": np.ones(2)}, r"gamma has shape \(2,\), one number is due"),
        ({"alpha": np.full((3, 6), "a")}, "array 'alpha' holds <U1, no numbers"),
        ({"channel_weight": np.ones(3)}, r"channel_weight has shape \(3,\)"),
        ({"metadata": np.array("{")}, "not a parameters file"),
        ({"metadata": np.array("[1]")}, "schema"),
        ({"metadata": np.array('{"schema": "else/9"}')}, "else/9"),
    ],
)
def test_broken_content_is_named(graph, tmp_path, change, text):
    path = example(graph).save(tmp_path / "p.npz")
    with np.load(path) as stored:
        content = dict(stored)
    np.savez(path, **{**content, **change})
    with pytest.raises(InputError, match=text) as caught:
        Parameters.load(path, graph)
    assert str(path) in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("field", "value", "text"),
    [
        ("graph", None, "graph is None, no text"),
        ("graph", "a\nb", "holds a character that cannot be printed"),
        ("edges_sha256", 7, "edges_sha256 is 7, no text"),
        ("layout", ["edge"], r"layout is \['edge'\], no text"),
        ("layout", "x", "layout 'x' is none of"),
        ("iterations", 4, "alpha has 3 iterations, the metadata say 4"),
        ("iterations", 3.0, "iterations is 3.0, no whole number"),
        ("iterations", True, "iterations is True, no whole number"),
        ("rule", "min", "rule is 'min', none of sum-product"),
        ("rule", ["min-sum"], r"rule is \['min-sum'\], none of"),
        ("schedule", {}, r"schedule is \{\}, none of flooding"),
        ("frozen", "alpha", "frozen is 'alpha', no list of"),
        ("frozen", ["delta"], "no list of"),
        ("frozen", [["alpha"]], "no list of"),
        ("layers", 3, "layers is 3, no list of lists"),
        ("layers", [[*range(9)]], "layers do not name each of the 10 checks once"),
        ("layers", [[*range(9)], ["9"]], "layers do not name"),
        ("layers", [[*range(9)], [9.0]], "layers do not name"),
    ],
)
def test_broken_metadata_are_named(graph, tmp_path, field, value, text):
    path = example(graph).save(tmp_path / "p.npz")
    with np.load(path) as stored:
        content = dict(stored)
    header = json.loads(str(content.pop("metadata"))) | {field: value}
    np.savez(path, **content, metadata=np.array(json.dumps(header)))
    with pytest.raises(InputError, match=text) as caught:
        Parameters.load(path, graph)
    assert str(path) in str(caught.value) and "\n" not in str(caught.value)


def test_names_are_those_of_the_decoder():
    from model import check_rules, decoder, parameters

    assert set(parameters.RULES) == set(check_rules.RULES)
    assert set(parameters.FROZEN) == set(decoder.FREEZABLE)


def test_without_blocks_a_block_edge_is_an_edge(tmp_path):
    """Parameters of a code with Z = 1 are for the same edges without block structure."""
    with_blocks = TannerGraph.from_exponents([[0, 0, -1], [-1, 0, 0]], 1, "chain")
    edges = with_blocks.check_of_edge, with_blocks.variable_of_edge
    without = TannerGraph.from_edges(*edges, 2, 3, "chain")
    made = Parameters(with_blocks, np.arange(8.0).reshape(2, 4), np.ones((2, 4)), "block_edge")
    again = Parameters.load(made.save(tmp_path / "p.npz"), without)
    assert again.layout == "edge"
    np.testing.assert_array_equal(again.edge_alpha(), made.edge_alpha())


def test_broken_files_are_named(graph, tmp_path):
    with pytest.raises(InputError, match=r"absent\.npz: cannot be read"):
        Parameters.load(tmp_path / "absent.npz", graph)
    text = tmp_path / "text.npz"
    text.write_text("hello")
    with pytest.raises(InputError, match=r"text\.npz: not a parameters file"):
        Parameters.load(text, graph)
    whole = example(graph).save(tmp_path / "whole.npz").read_bytes()
    (tmp_path / "half.npz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match=r"half\.npz: not a parameters file"):
        Parameters.load(tmp_path / "half.npz", graph)
    refused = 0
    for place in range(0, len(whole), 37):
        torn = whole[:place] + b"\xff" * 8 + whole[place + 8 :]
        (tmp_path / "torn.npz").write_bytes(torn)
        try:  # a few bytes of the archive, such as its dates, do not matter
            Parameters.load(tmp_path / "torn.npz", graph)
        except InputError as error:
            refused += "torn.npz: " in str(error)
    assert refused > len(whole) // 37 // 2
    only = tmp_path / "only.npz"
    np.savez(only, alpha=np.ones((1, 6)))
    with pytest.raises(InputError, match=r"only\.npz: not a parameters file.*metadata"):
        Parameters.load(only, graph)
    np.save(tmp_path / "array.npy", np.ones(3))
    with pytest.raises(InputError, match=r"array\.npy: not a parameters file"):
        Parameters.load(tmp_path / "array.npy", graph)


def test_metadata_is_plain_json(graph, tmp_path):
    with np.load(example(graph).save(tmp_path / "p.npz"), allow_pickle=False) as stored:
        header = json.loads(str(stored["metadata"]))
    assert header["iterations"] == 3 and header["layout"] == "block_edge"


def test_reading_parameters_needs_no_torch():
    code = "import sys, model.parameters; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_shipped_default_says_how_it_was_made():
    from importlib import resources

    path = resources.files("quant.presets") / "qc_ldpc.params.npz"
    shipped = Parameters.load(str(path), catalog.get("qc_ldpc"))
    assert shipped.iterations == 10
    assert shipped.block_edge_alpha().shape == (10, 88)
    made = shipped.metadata["made"]
    assert made["command"].startswith("python -m model.train --code qc_ldpc ")
    assert made["versions"]["torch"] and made["plan"]["seed"] >= 0
