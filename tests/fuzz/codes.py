"""Codes as files: .alist, .qc and exponents. What is read is compared with a plain reading."""

import json
from collections.abc import Sequence
from pathlib import Path
from random import Random

import numpy as np

from model import alist, catalog, exponents_json, io, qc_text
from model.code import TannerGraph
from model.encode import Encoder, syndrome
from model.errors import InputError
from quant.code_section import from_graph, to_graph

from . import json_mutations, text_mutations
from .target import Target, independent_rank, one_line, row_numbers

_READABLE = 1 << 20  # bytes of a file up to which it is read once more, word by word
_SMALL = 3000  # edges up to which ranks and codewords are worked out anew


def targets() -> list[Target]:
    """The three formats."""
    wifi = catalog.get("wifi_648_r56")
    small = TannerGraph.from_exponents([[0, 1, -1, 2], [2, -1, 0, 1]], 4, "small", (3,))
    partial = catalog.get("nr5g_bg2_z8_n300_k70")
    plain = [catalog.get(name) for name in ("bch_63_45", "ccsds_128_64")]
    tiny = TannerGraph.from_dense(np.array([[1, 1, 0, 1], [0, 1, 1, 0]]), "tiny")
    rows = "4 2 5\n0 1 -1 2\n-1 3 0 4\n1 1 0 1\n"
    return [
        Target("alist", _octets(alist, [*plain, tiny]), _text, _use_alist, ".alist"),
        Target("qc", [*_octets(qc_text, [wifi, small]), rows.encode()], _text, _use_qc, ".qc"),
        Target("exponents", _octets(exponents_json, [wifi, small, partial]), _json, _use_json),
    ]


def _octets(form, graphs: Sequence[TannerGraph]) -> list[bytes]:
    return [form.dump(graph).encode() for graph in graphs]


def _text(rng: Random, data: bytes, _others: Sequence[bytes]) -> bytes:
    text = data.decode()
    if rng.random() < 0.3:
        text = _random_alist(rng) if len(text.split("\n")[0].split()) == 2 else _random_qc(rng)
        if rng.random() < 0.4:
            return text.encode()
    return text_mutations.mutate(rng, text).encode("utf-8", "surrogatepass")


def _random_alist(rng: Random) -> str:
    n_rows, n_columns = rng.randrange(1, 9), rng.randrange(1, 14)
    edges = [(r, c) for r in range(n_rows) for c in range(n_columns) if rng.random() < 0.4]
    by_row = [[c + 1 for r, c in edges if r == row] for row in range(n_rows)]
    by_column = [[r + 1 for r, c in edges if c == column] for column in range(n_columns)]
    lines = [[n_columns, n_rows], [max(map(len, lists)) for lists in (by_column, by_row)]]
    lines += [list(map(len, by_column)), list(map(len, by_row)), *by_column, *by_row]
    return "\n".join(" ".join(map(str, line)) for line in lines) + "\n"


def _table(rng: Random) -> tuple[int, list[list[int]]]:
    size = rng.choice((1, 1, 2, 3, 5, 8, 27, 64, 1000))
    n_rows, n_columns = rng.randrange(1, 6), rng.randrange(1, 10)
    table = [
        [rng.randrange(size) if rng.random() < 0.6 else -1 for _ in range(n_columns)]
        for _ in range(n_rows)
    ]
    return size, table


def _random_qc(rng: Random) -> str:
    size, table = _table(rng)
    pattern = [[rng.choice((0, 1, 1)) for _ in table[0]]] if rng.random() < 0.4 else []
    lines = [[len(table[0]), len(table), size], *table, *pattern]
    return "\n".join(" ".join(map(str, line)) for line in lines) + "\n"


def _json(rng: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    if rng.random() < 0.3:
        size, table = _table(rng)
        record = {"Z": size, "exponents": table, "name": "random"}
        n = size * len(table[0])
        for what in ("punctured", "shortened"):
            if rng.random() < 0.4:
                first = rng.randrange(n)
                record[what] = [[first, rng.randrange(first, n) + 1]]
        if rng.random() < 0.5:
            return json.dumps(record).encode()
    else:
        record = json.loads(data)
    record = json_mutations.mutate(rng, record, [json.loads(other) for other in others[:1]])
    return json_mutations.text_of(rng, record).encode("utf-8", "surrogatepass")


def _load(data: bytes, folder: Path, suffix: str) -> TannerGraph:
    path = folder / f"case{suffix}"
    path.write_bytes(data)
    graph = io.load(path)
    _check(graph, folder, suffix)
    return graph


def _edges(graph: TannerGraph) -> set[tuple[int, int]]:
    return set(zip(graph.check_of_edge.tolist(), graph.variable_of_edge.tolist(), strict=True))


def _rows_of_numbers(data: bytes) -> list[list[int]]:
    lines = [line.split() for line in data.decode().replace("\r", "\n").split("\n")]
    return [[int(w) for w in line] for line in lines if line and not line[0].startswith("#")]


def _use_alist(data: bytes, folder: Path) -> None:
    graph = _load(data, folder, ".alist")
    if len(data) > _READABLE:
        return
    (n_columns, n_rows), _, _, _, *lists = _rows_of_numbers(data)
    assert (graph.n_variables, graph.n_checks) == (n_columns, n_rows)
    rows = lists[n_columns:]
    assert _edges(graph) == {(r, v - 1) for r, row in enumerate(rows) for v in row if v}
    assert not graph.punctured.any() and not graph.shortened.any()


def _use_qc(data: bytes, folder: Path) -> None:
    graph = _load(data, folder, ".qc")
    if len(data) > _READABLE:
        return
    (n_columns, n_rows, size), *table = _rows_of_numbers(data)
    _check_exponents(graph, table[:n_rows], size)
    pattern = table[n_rows] if len(table) > n_rows else [1] * n_columns
    assert graph.punctured.tolist() == [not sent for sent in pattern for _ in range(size)]


def _use_json(data: bytes, folder: Path) -> None:
    graph = _load(data, folder, ".json")
    record = json.loads(data)
    _check_exponents(graph, record["exponents"], record["Z"])
    assert graph.name == record.get("name", "case")
    due = np.zeros((2, graph.n_variables), bool)
    for column in record.get("punctured_columns", []):
        due[0, column * record["Z"] : (column + 1) * record["Z"]] = True
    for mask, what in zip(due, ("punctured", "shortened"), strict=True):
        for first, end in record.get(what, [])[:1000]:
            mask[first:end] = True
    assert (due[0] == graph.punctured).all() and (due[1] == graph.shortened).all()


def _check_exponents(graph: TannerGraph, table: list[list[int]], size: int) -> None:
    assert graph.block.exponents.tolist() == table and graph.block.lifting_size == size
    if graph.n_edges <= 20 * _SMALL:
        due = {
            (r * size + lane, c * size + (lane + shift) % size)
            for r, row in enumerate(table)
            for c, shift in enumerate(row)
            if shift >= 0
            for lane in range(size)
        }
        assert _edges(graph) == due


def _check(graph: TannerGraph, folder: Path, suffix: str) -> None:
    """What holds for every code."""
    one_line(repr(graph))
    assert 1 <= graph.n <= graph.n_variables and (graph.check_degrees > 0).all()
    again = io.load(io.save(graph, folder / f"again{suffix}"))
    assert again.edges_sha == graph.edges_sha
    assert (again.punctured == graph.punctured).all()
    assert (again.shortened == graph.shortened).all()
    if graph.n_edges > _SMALL:
        return
    kept = ~graph.shortened[graph.variable_of_edge]
    rows = row_numbers(graph.check_of_edge[kept], graph.variable_of_edge[kept], graph.n_checks)
    assert graph.k == graph.n_variables - graph.shortened.sum() - independent_rank(rows)
    encoder = Encoder(graph)
    assert encoder.k == graph.k
    words = np.random.default_rng(1).integers(0, 2, (3, encoder.k), dtype=np.uint8)
    sent = encoder.encode(words)
    assert not syndrome(graph, sent).any() and not sent[:, graph.shortened].any()
    try:
        section, _ = from_graph(graph)
    except InputError:
        return
    assert section.information_bits == graph.k
    decoded = to_graph(section)
    assert decoded.k == graph.k and decoded.n == graph.n
