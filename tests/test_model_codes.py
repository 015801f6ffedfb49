"""The catalogue as a list, and cards of codes: every figure against another way to it."""

import json

import numpy as np
import pytest
from scipy.sparse import csgraph, csr_matrix

from model import catalog, codes, io
from model.code import TannerGraph
from model.encode import Encoder, syndrome
from model.errors import InputError
from model.girth import girth


def girth_edge_by_edge(graph: TannerGraph) -> int | None:
    """Each edge closes a cycle with the shortest other way between its ends."""
    size, found = graph.n_checks + graph.n_variables, []
    ends = np.stack([graph.check_of_edge, graph.variable_of_edge + graph.n_checks])
    for edge in range(graph.n_edges):
        others = np.delete(ends, edge, axis=1)
        matrix = csr_matrix((np.ones(others.shape[1]), others), shape=(size, size))
        ways = csgraph.dijkstra(matrix, False, ends[0, edge], unweighted=True)
        found.append(ways[ends[1, edge]] + 1)
    shortest = min(found)
    return None if np.isinf(shortest) else int(shortest)


def random_graph(seed: int) -> TannerGraph:
    """Columns of two or three ones."""
    rng = np.random.default_rng(seed)
    matrix = np.zeros((12, 12 + seed % 4), dtype=int)
    for column in range(matrix.shape[1]):
        matrix[rng.choice(12, 2 + (rng.random() < 0.2), replace=False), column] = 1
    matrix[~matrix.any(axis=1), 0] = 1
    return TannerGraph.from_dense(matrix, "drawn")


def test_girth_of_random_graphs():
    found = [girth(random_graph(seed)) for seed in range(30)]
    assert found == [girth_edge_by_edge(random_graph(seed)) for seed in range(30)]
    assert {4, 6} <= set(found)


def test_girth_of_no_cycle_and_of_a_long_one():
    path = TannerGraph.from_dense(np.eye(4, dtype=int) + np.eye(4, k=1, dtype=int), "path")
    assert girth(path) is None
    ring = np.eye(9, dtype=int) + np.roll(np.eye(9, dtype=int), 1, 1)
    assert girth(TannerGraph.from_dense(ring, "ring")) == 18


@pytest.mark.parametrize("name", ["wifi_648_r12", "wifi_648_r34", "nr5g_bg2_z7", "ccsds_128_64"])
def test_girth_by_blocks_is_that_of_all_variables(name):
    graph = catalog.get(name)
    plain = TannerGraph.from_edges(
        graph.check_of_edge, graph.variable_of_edge, graph.n_checks, graph.n_variables, "plain"
    )
    assert girth(graph) == girth(plain)
    common = (graph.parity_check_matrix().astype(int) @ graph.parity_check_matrix().T).toarray()
    assert (girth(graph) == 4) == (common[np.triu_indices(graph.n_checks, 1)].max() > 1)


def test_a_card_holds_what_the_code_is():
    graph = catalog.get("nr5g_bg2_z8_n160_k60")
    found = codes.card(graph)
    assert (found["n"], found["k"], found["rate"]) == (160, 60, 0.375)
    for name, degrees in (("check", graph.check_degrees), ("variable", graph.variable_degrees)):
        drawn = found[f"{name}_degrees"]
        assert sum(drawn.values()) == len(degrees)
        assert sum(int(degree) * count for degree, count in drawn.items()) == graph.n_edges
    assert found["lifting_size"] * found["block_columns"] == graph.n_variables
    assert found["punctured"][0] == [0, 15] and found["shortened"] == [[60, 79]]
    information = [i for first, last in found["information"] for i in range(first, last + 1)]
    assert information == Encoder(graph).information_positions.tolist()
    bits = np.random.default_rng(1).integers(0, 2, (20, found["k"]), dtype=np.uint8)
    words = Encoder(graph).encode(bits)
    assert (words[:, information] == bits).all() and not syndrome(graph, words).any()


def test_command_prints_a_card(capsys):
    assert codes.main(["qc_ldpc", "--json"]) == 0
    *text, last = capsys.readouterr().out.splitlines()
    assert json.loads(last)["name"] == text[0] == "wifi_1296_r34"
    assert "  n, k           1296, 972" in text
    assert "  blocks         6 x 24 of Z = 54" in text
    assert "  information    972 bits: 0..971" in text
    assert text[-1].startswith("  source         IEEE")


def test_command_takes_a_file(tmp_path, capsys):
    matrix = np.array([[1, 1, 0, 1, 0], [0, 1, 1, 0, 1], [1, 0, 1, 1, 1]])
    path = tmp_path / "mine.alist"
    io.save(TannerGraph.from_dense(matrix, "mine"), path)
    assert codes.main([str(path)]) == 0
    text = capsys.readouterr().out
    assert "rank           2, 1 rows follow from others" in text
    assert "blocks         none" in text and f"source         {path}" in text


def test_the_list_names_every_code_once(capsys):
    assert codes.main(["--json"]) == 0
    *text, last = capsys.readouterr().out.splitlines()
    listed = json.loads(last)["codes"]
    names = [each["name"] for each in listed if isinstance(each["n"], int)]
    for each in listed:
        if isinstance(each["n"], int):
            graph = catalog.get(each["name"])
            assert (graph.n, graph.k) == (each["n"], each["k"])
            continue
        for z in each["Z"]:
            names.append(each["name"].removesuffix("Z") + str(z))
        for z in (2, 52):
            graph = catalog.get(each["name"].removesuffix("Z") + str(z))
            assert [f"{graph.n // z} Z", f"{graph.k // z} Z"] == [each["n"], each["k"]]
    assert names == catalog.names()
    assert len(text) == 1 + 24 + 2 + 1
    assert sum(line.startswith("nr5g_bg1_zZ, Z = 2, 3") for line in text) == 1


@pytest.mark.parametrize("word", ["nope", "absent.alist", "nr5g_bg3_z8", "nr5g_bg1_z8_n1"])
def test_what_is_no_code_is_one_line(word):
    with pytest.raises(InputError) as raised:
        codes.main([word])
    assert word in str(raised.value) and "\n" not in str(raised.value)
    with pytest.raises(InputError, match="unrecognized arguments"):
        codes.main(["qc_ldpc", word])
