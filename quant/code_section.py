"""The QC code inside a spec, and its two bridges to the model's Tanner graph."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from model.code import TannerGraph
from model.encode import Encoder
from model.errors import InputError
from model.exponents import check_cells


@dataclass(frozen=True)
class CodeSection:
    """The QC code as the decoder sees it.

    Parameters
    ----------
    name : catalogue or file name of the code
    lifting_size : Z, rows per layer; 1 for a code without block structure
    columns : number of block columns
    rows : per block row the block edges (column, exponent), columns ascending;
        ``H[r*Z+i, c*Z+(i+p) % Z] = 1``
    transmitted_lanes : per block column, how many leading bits are transmitted (0..Z)
    fill : per block column, what the other bits are: ``"erased"`` (channel value 0) or ``"zero"``
        (known 0, loaded as the largest channel value)
    information_bits : k of the code, from the true rank of H
    """

    name: str
    lifting_size: int
    columns: int
    rows: tuple[tuple[tuple[int, int], ...], ...]
    transmitted_lanes: tuple[int, ...]
    fill: tuple[str, ...]
    information_bits: int

    @property
    def edge_columns(self) -> list[int]:
        """Block column of each block edge, in the edges' order."""
        return [column for row in self.rows for column, _ in row]


@lru_cache(maxsize=16)
def information_positions(section: CodeSection) -> tuple[int, ...]:
    """Variables that carry the k information bits, ascending, as the encoder has them."""
    return tuple(Encoder(to_graph(section)).information_positions.tolist())


def from_graph(graph: TannerGraph) -> tuple[CodeSection, np.ndarray]:
    """Code section of a graph, and which of the graph's block edges it keeps.

    A graph without block structure, or with blocks of several circulants, whose rows share
    variables, becomes Z = 1: every check a layer, every edge a block edge.
    Block columns that are wholly shortened leave the code: a known 0 never changes a check.

    Returns
    -------
    section : CodeSection
    kept : (section block edges,) int64, the graph's block-edge number (its edge number when the
        graph has no block structure) of every block edge of the section

    Raises
    ------
    InputError
        if transmitted bits are not the leading bits of a block column, if one column mixes
        punctured and shortened bits, or if shortening empties a check row
    """
    if not graph.in_layers:
        z = 1
        edges = np.stack(
            [graph.check_of_edge, graph.variable_of_edge, np.zeros(graph.n_edges, int)], axis=1
        )
    else:
        z, edges = graph.block.lifting_size, graph.block.block_edges
    n_rows, n_columns = graph.n_checks // z, graph.n_variables // z
    lanes, fill = _column_sources(graph, z)
    rows: list[list[tuple[int, int]]] = [[] for _ in range(n_rows)]
    kept = []
    for number, (row, column, exponent) in enumerate(edges.tolist()):
        if lanes[column] == 0 and fill[column] == "zero":
            continue
        rows[row].append((column, exponent))
        kept.append(number)
    for row, members in enumerate(rows):
        if not members:
            raise InputError(f"code {graph.name}: row {row} has only shortened columns")
    section = CodeSection(
        graph.name,
        z,
        n_columns,
        tuple(tuple(row) for row in rows),
        tuple(lanes),
        tuple(fill),
        int(graph.k),
    )
    return section, np.array(kept, dtype=np.int64)


def _column_sources(graph: TannerGraph, z: int) -> tuple[list[int], list[str]]:
    """Per block column: how many leading bits are transmitted, and what the others are."""
    punctured, shortened = (mask.reshape(-1, z) for mask in (graph.punctured, graph.shortened))
    sent = ~(punctured | shortened)
    lanes = sent.sum(axis=1)
    gaps = np.flatnonzero((np.diff(sent.astype(np.int8), axis=1) > 0).any(axis=1) | (
        (lanes > 0) & ~sent[:, 0]
    ))  # fmt: skip
    if len(gaps):
        raise InputError(
            f"code {graph.name}: block column {gaps[0]}: the transmitted bits are not its first "
            f"{lanes[gaps[0]]}"
        )
    known = shortened.any(axis=1)
    mixed = np.flatnonzero(known & punctured.any(axis=1))
    if len(mixed):
        raise InputError(
            f"code {graph.name}: block column {mixed[0]} mixes punctured and shortened bits"
        )
    return lanes.tolist(), ["zero" if zero else "erased" for zero in known.tolist()]


def to_graph(section: CodeSection) -> TannerGraph:
    """The graph that the decoder works on: shortened columns have no checks in it.

    With Z = 1 it has no block structure: a block edge is an edge, and a matrix of exponents would
    have a place for each of rows times columns.
    """
    z = section.lifting_size
    lane = np.arange(z)
    silent = (lane >= np.array(section.transmitted_lanes)[:, None]).ravel()
    known = np.repeat([fill == "zero" for fill in section.fill], z)
    masks = {"punctured": silent & ~known, "shortened": silent & known}
    row = np.repeat(np.arange(len(section.rows)), [len(row) for row in section.rows])
    column, exponent = np.array([edge for row in section.rows for edge in row]).T
    if z == 1:
        size = len(section.rows), section.columns
        return TannerGraph.from_edges(row, column, *size, section.name, **masks)
    check_cells(len(section.rows) * section.columns)
    exponents = np.full((len(section.rows), section.columns), -1, dtype=np.int64)
    exponents[row, column] = exponent
    return TannerGraph.from_exponents(exponents, z, section.name, **masks)
