"""Codes as files: .alist, .qc and exponents. What is read is compared with a plain reading."""

import codecs
import json
from collections.abc import Sequence
from pathlib import Path
from random import Random

import numpy as np

from model import alist, catalog, exponents_json, io, qc_text
from model.code import TannerGraph
from model.encode import Encoder, syndrome
from model.errors import InputError
from model.find_circulants import find_circulants
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
    sums = TannerGraph.from_exponents([[[0, 2], 1, -1, [1, 3, 4]], [2, -1, [0, 1], 1]], 5, "sums")
    rows = "4 2 5\n0 1 -1 2\n-1 3 0 4\n1 1 0 1\n"
    lists = [*_octets(alist, [*plain, tiny]), " ".join(alist.dump(tiny).split()).encode()]
    matrix = small.parity_check_matrix().toarray().tolist()
    matrices = ["".join(between.join(map(str, row)) + "\n" for row in matrix).encode()
                for between in ("", " ")]  # fmt: skip
    tables = [*_octets(qc_text, [wifi, small, sums]), rows.encode(), b"2 1 5 0 1\n"]
    records = _octets(exponents_json, [wifi, small, partial, sums])
    return [
        Target("alist", [*lists, codecs.BOM_UTF8 + lists[-1], *matrices], _text,
               lambda data, folder: _use(data, folder, ".alist"), ".alist"),
        Target("qc", tables, _text, lambda data, folder: _use(data, folder, ".qc"), ".qc"),
        Target("exponents", records, _json, lambda data, folder: _use(data, folder, ".json")),
    ]  # fmt: skip


def _octets(form, graphs: Sequence[TannerGraph]) -> list[bytes]:
    return [form.dump(graph).encode() for graph in graphs]


def _text(rng: Random, data: bytes, _others: Sequence[bytes]) -> bytes:
    text = data.decode("utf-8-sig")
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


def _table(rng: Random, lists: bool = False) -> tuple[int, list[list]]:
    size = rng.choice((1, 1, 2, 3, 5, 8, 27, 64, 1000))
    n_rows, n_columns = rng.randrange(1, 6), rng.randrange(1, 10)
    table = [
        [rng.randrange(size) if rng.random() < 0.6 else -1 for _ in range(n_columns)]
        for _ in range(n_rows)
    ]
    while lists and rng.random() < 0.5:
        several = [rng.randrange(size) for _ in range(rng.choice((1, 2, 2, 3)))]
        rng.choice(table)[rng.randrange(len(table[0]))] = several
    return size, table


def _random_qc(rng: Random) -> str:
    size, table = _table(rng)
    pattern = [[rng.choice((0, 1, 1)) for _ in table[0]]] if rng.random() < 0.4 else []
    lines = [[len(table[0]), len(table), size], *table, *pattern]
    return "\n".join(" ".join(map(str, line)) for line in lines) + "\n"


def _json(rng: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    if rng.random() < 0.3:
        size, table = _table(rng, lists=True)
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


def _edges(graph: TannerGraph) -> set[tuple[int, int]]:
    return set(zip(graph.check_of_edge.tolist(), graph.variable_of_edge.tolist(), strict=True))


def _use(data: bytes, folder: Path, suffix: str) -> None:
    path = folder / f"case{suffix}"
    path.write_bytes(data)
    graph = io.load(path)
    _check(graph, folder)
    if len(data) > _READABLE:
        return
    text = data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    if text.lstrip().startswith("{"):
        return _compare_json(graph, json.loads(text))
    lines = [line.split() for line in text.split("\n")]
    lines = [line for line in lines if line and not line[0].startswith("#")]
    cells = ["".join(line).replace(",", "") for line in lines]
    if set("".join(cells)) <= set("01") and len(set(map(len, cells))) == 1:
        return _same(graph, {(r, c) for r, row in enumerate(cells) for c in range(len(row))
                             if row[c] == "1"})  # fmt: skip
    if graph.block is None:
        return _compare_alist(graph, [[int(word) for word in line] for line in lines])
    words = [word for line in lines for word in line]
    n_columns, n_rows, size = map(int, words[:3])
    cells = [[int(shift) for shift in word.split(",")] for word in words[3:]]
    table = [cells[r * n_columns : (r + 1) * n_columns] for r in range(n_rows)]
    _compare_exponents(graph, [[c if len(c) > 1 else c[0] for c in row] for row in table], size)
    pattern = [cell[0] for cell in cells[n_rows * n_columns :]] or [1] * n_columns
    assert graph.punctured.tolist() == [not sent for sent in pattern for _ in range(size)]


def _same(graph: TannerGraph, edges: set[tuple[int, int]]) -> None:
    assert _edges(graph) == edges
    assert not graph.punctured.any() and not graph.shortened.any()


def _compare_alist(graph: TannerGraph, lines: list[list[int]]) -> None:
    words = [word for line in lines for word in line]
    n_columns, n_rows, _, largest = words[:4]
    assert (graph.n_variables, graph.n_checks) == (n_columns, n_rows)
    if len(lines) == 4 + n_columns + n_rows:
        rows = lines[4 + n_columns :]
    else:  # lines end elsewhere: what is left at the end are the rows
        weights = words[4 + n_columns : 4 + n_columns + n_rows]
        rows, at = [], len(words)
        padded = len(words) != 4 + n_columns + n_rows + 2 * sum(weights)
        for weight in reversed(weights):
            at -= largest if padded else weight
            rows.insert(0, words[at : at + weight])
    _same(graph, {(r, v - 1) for r, row in enumerate(rows) for v in row if v})


def _compare_json(graph: TannerGraph, record: dict) -> None:
    _compare_exponents(graph, record["exponents"], record["Z"])
    assert graph.name == record.get("name", "case")
    due = np.zeros((2, graph.n_variables), bool)
    for column in record.get("punctured_columns", []):
        due[0, column * record["Z"] : (column + 1) * record["Z"]] = True
    for mask, what in zip(due, ("punctured", "shortened"), strict=True):
        for first, end in record.get(what, [])[:1000]:
            mask[first:end] = True
    assert (due[0] == graph.punctured).all() and (due[1] == graph.shortened).all()


def _compare_exponents(graph: TannerGraph, table: list[list], size: int) -> None:
    shifts = [[c if isinstance(c, list) else [c] * (c >= 0) for c in row] for row in table]
    due = [(r, c, shift) for r, row in enumerate(shifts) for c, cell in enumerate(row)
           for shift in sorted(cell)]  # fmt: skip
    assert graph.block.block_edges.tolist() == [list(edge) for edge in due]
    assert graph.block.lifting_size == size
    if graph.n_edges <= 20 * _SMALL:
        assert _edges(graph) == {
            (r * size + lane, c * size + (lane + shift) % size)
            for r, c, shift in due
            for lane in range(size)
        }


def _check_circulants(graph: TannerGraph) -> None:
    """Whatever blocks a matrix seems to be made of: its checks are the same."""
    bare = TannerGraph.from_edges(
        graph.check_of_edge, graph.variable_of_edge, graph.n_checks, graph.n_variables, "bare"
    )
    found = find_circulants(bare).graph
    if found is not None:
        parts = [
            np.split(each.variable_of_edge, np.cumsum(each.check_degrees)[:-1])
            for each in (bare, found)
        ]
        first, second = (sorted(tuple(row.tolist()) for row in rows) for rows in parts)
        assert first == second and found.in_layers


def _check(graph: TannerGraph, folder: Path) -> None:
    """What holds for every code."""
    one_line(repr(graph))
    assert 1 <= graph.n <= graph.n_variables and (graph.check_degrees > 0).all()
    suffix = ".alist" if graph.block is None else ".json"
    again = io.load(io.save(graph, folder / f"again{suffix}"))
    assert again.edges_sha == graph.edges_sha
    assert (again.punctured == graph.punctured).all()
    assert (again.shortened == graph.shortened).all()
    if graph.n_edges > _SMALL:
        return
    _check_circulants(graph)
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
