"""Circulants in a matrix: those that it is made of, whatever the order of its rows; no others."""

import time

import numpy as np
import pytest

from model import alist, catalog, code_file, io, qc_text
from model.code import TannerGraph
from model.code_file import CodeFile
from model.errors import InputError
from model.find_circulants import find_circulants
from quant.sources import spec_for


def bare(graph, rows=None, columns=None):
    """The matrix alone; its row i is row ``rows[i]`` of the graph, columns alike."""
    check, variable = np.array(graph.check_of_edge), np.array(graph.variable_of_edge)
    for numbers, order in ((check, rows), (variable, columns)):
        if order is not None:
            place = np.empty(len(order), dtype=int)
            place[order] = np.arange(len(order))
            numbers[:] = place[numbers]
    return TannerGraph.from_edges(check, variable, graph.n_checks, graph.n_variables, graph.name)


def checks(graph):
    """The variables of each check, whatever the order of these."""
    parts = np.split(graph.variable_of_edge, np.cumsum(graph.check_degrees)[:-1])
    return sorted(map(tuple, parts))


def wimax_like(size, seed=3):
    """12 x 24 blocks, a dual diagonal on the right, as IEEE 802.16 has them; own shifts."""
    rng = np.random.default_rng(seed)
    exponents = np.full((12, 24), -1)
    exponents[:, :12] = np.where(rng.random((12, 12)) < 0.35, rng.integers(0, size, (12, 12)), -1)
    exponents[np.arange(12), np.arange(12)] = rng.integers(0, size, 12)
    for row in range(12):
        exponents[row, [12 + row, 13 + row][: 2 - (row == 11)]] = 0
    exponents[[0, 6, 11], 12] = 7, 0, 7
    return TannerGraph.from_exponents(exponents, size, "wimax")


def interleaved(count, size):
    """Lane 0 of all blocks, then lane 1 ..."""
    return np.arange(count).reshape(-1, size).T.ravel()


CODES = {
    **{name: catalog.get(name) for name in ("wifi_648_r12", "wifi_1296_r34", "wifi_1944_r56")},
    **{f"wimax_{size}": wimax_like(size) for size in (24, 28, 96)},
    "nr5g": catalog.get("nr5g_bg2_z52"),
}


@pytest.mark.parametrize("name", CODES)
@pytest.mark.parametrize("order", ["blocks", "interleaved", "mixed"])
def test_the_circulants_of_a_code_in_any_order_of_its_rows(name, order):
    graph = CODES[name]
    size = graph.block.lifting_size
    rows = {
        "blocks": None,
        "interleaved": interleaved(graph.n_checks, size),
        "mixed": np.random.default_rng(1).permutation(graph.n_checks),
    }[order]
    found = find_circulants(bare(graph, rows)).graph
    assert found.block.lifting_size == size
    if order != "mixed":
        assert (found.block.exponents == graph.block.exponents).all()
        assert found.edges_sha == graph.edges_sha
    assert checks(found) == checks(graph)


@pytest.mark.parametrize("name", CODES)
def test_a_matrix_and_its_exponents_have_one_decoder(name, tmp_path):
    """One spec: the hardware is made of nothing else."""
    graph = CODES[name]
    whole = TannerGraph.from_exponents(graph.block.exponents, graph.block.lifting_size, graph.name)
    by_exponents = io.save(whole, tmp_path / f"{name}.qc")
    by_rows = io.save(bare(graph), tmp_path / f"{name}.alist")
    specs = [spec_for(str(path)) for path in (by_exponents, by_rows)]
    assert specs[0].sha == specs[1].sha and not specs[1].flooding
    assert specs[0].record()["code"] == specs[1].record()["code"]


@pytest.mark.parametrize("seed", range(30))
def test_small_codes_of_random_shifts(seed):
    rng = np.random.default_rng(seed)
    rows, size = int(rng.integers(2, 6)), int(rng.integers(4, 20))
    exponents = rng.integers(-1, size, (rows, rows + 3))
    exponents[0] = rng.integers(0, size, rows + 3)
    exponents[:, 0] = rng.integers(0, size, rows)
    graph = TannerGraph.from_exponents(exponents, size, "small")
    found = find_circulants(bare(graph, rng.permutation(graph.n_checks)), size).graph
    assert found.block.lifting_size == size
    largest = find_circulants(bare(graph)).graph
    assert largest.block.lifting_size % size == 0  # by chance there may be still larger ones
    if largest.block.lifting_size == size:
        assert (largest.block.exponents == exponents).all()


def test_columns_out_of_order_are_said_and_left_alone():
    """The order of the columns is that of the stream."""
    graph = CODES["wifi_648_r12"]
    found = find_circulants(bare(graph, None, interleaved(648, 27)))
    assert found.graph is None and "columns in the order 0, 24, 48, ..." in found.remark
    mixed = np.random.default_rng(1).permutation(648)
    assert find_circulants(bare(graph, None, mixed)).graph is None


def test_one_wrong_edge_is_no_circulant():
    graph = CODES["wifi_648_r12"]
    variable = np.array(graph.variable_of_edge)
    there = set(variable[graph.check_of_edge == 5].tolist())
    variable[np.flatnonzero(graph.check_of_edge == 5)[0]] = min(set(range(648)) - there)
    wrong = TannerGraph.from_edges(graph.check_of_edge, variable, 324, 648, "wrong")
    assert find_circulants(wrong).graph is None


def test_codes_without_structure_have_none_and_are_quick():
    rng = np.random.default_rng(2)
    columns = np.concatenate([rng.permutation(32000) for _ in range(3)])
    edges = np.unique([np.repeat(np.arange(16000), 6), columns], axis=1)
    graph = TannerGraph.from_edges(*edges, 16000, 32000, "regular")
    started = time.process_time()
    assert find_circulants(graph).graph is None
    assert time.process_time() - started < 1
    for name in ("bch_63_45", "bch_127_64"):
        assert find_circulants(catalog.get(name)).graph is None


def test_sums_of_circulants_are_said():
    found = find_circulants(catalog.get("ccsds_128_64"))
    assert found.graph is None and "size 16 have weight 2 or more" in found.remark


def reed_solomon_like():
    """6 x 32 permutations y = x xor shift of 64 places, as in a code from Reed-Solomon words."""
    powers = [1]
    for _ in range(62):
        powers.append(powers[-1] << 1 ^ (67 if powers[-1] & 32 else 0))
    place, edges = np.arange(64), []
    for row in range(6):
        for column in range(32):
            shift = powers[row * column % 63] if row else 0
            edges.append([row * 64 + place, column * 64 + (place ^ shift)])
    return TannerGraph.from_edges(*np.concatenate(edges, axis=1), 384, 2048, "rs")


def test_permutations_that_are_not_cyclic_give_two_lanes():
    """Exclusive or with a constant is cyclic by pairs only, as in 10GBASE-T's kind of code."""
    graph = reed_solomon_like()
    assert set(graph.check_degrees) == {32} and set(graph.variable_degrees) == {6}
    assert find_circulants(graph).graph.block.lifting_size == 2
    with pytest.raises(InputError, match="--lifting-size 64: the matrix does not consist of such"):
        find_circulants(graph, 64)


def test_a_size_that_is_named(tmp_path, capsys):
    graph = CODES["wimax_24"]
    path = str(io.save(bare(graph), tmp_path / "x.alist"))
    assert code_file.read(CodeFile(path, lifting_size=24)).block.lifting_size == 24
    assert code_file.read(CodeFile(path, lifting_size=1)).block is None
    for size, message in (
        (7, "x.alist: --lifting-size 7: no divisor of 288 checks and 576 variables"),
        (12, "x.alist: --lifting-size 12: the matrix does not consist of such circulants"),
        (0, "--lifting-size: Z = 0 is not a positive integer"),
        (1 << 20, "--lifting-size: Z = 1048576 is above 65536"),
    ):
        with pytest.raises(InputError, match=message):
            code_file.read(CodeFile(path, lifting_size=size))
    other = tmp_path / "y.qc"
    other.write_text(qc_text.dump(graph))
    with pytest.raises(InputError, match="--lifting-size 12: its exponents are for Z = 24"):
        code_file.read(CodeFile(str(other), lifting_size=12))
    assert not capsys.readouterr().err  # nothing was found that was not asked for
    code_file.read(path)
    note = f"note: {path}: 12 x 24 circulants of size 24 (--lifting-size 1: as it is)\n"
    assert capsys.readouterr().err == note
    code_file.read(path)
    assert not capsys.readouterr().err  # once is enough


def test_rows_that_were_moved_are_said(tmp_path, capsys):
    path = tmp_path / "x.alist"
    path.write_text(alist.dump(bare(CODES["wimax_28"], interleaved(12 * 28, 28))))
    code_file.read(path)
    assert "circulants of size 28 after its rows are reordered" in capsys.readouterr().err
