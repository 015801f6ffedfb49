"""The base graph of a code: one node for each block row and column, one edge for each circulant."""

from functools import cached_property

import numpy as np

from model.errors import InputError
from quant.code_section import CodeSection, information_positions


class Protograph:
    """What density evolution needs of a code section.

    Its ensemble is all lifts of the base graph; a large random one has hardly any short cycles, and
    the Z edges of a circulant are alike. A code without block structure is its own base graph.

    Attributes
    ----------
    column : (edges,) block column of each edge, numbered as in :class:`quant.spec.Maps`
    rows : per block row its edges
    others : (edges, most) the other edges of the edge's column, filled up with ``edges``
    degree : the largest of a column
    sent : (columns,) share of transmitted bits ; known : (columns,) the others are known
    """

    def __init__(self, code: CodeSection):
        self.code = code
        self.column = np.array(code.edge_columns)
        ends = np.cumsum([len(row) for row in code.rows])
        self.rows = np.split(np.arange(ends[-1]), ends[:-1])
        for number, row in enumerate(self.rows):
            if len(row) < 2:
                raise InputError(
                    f"{code.name}: block row {number} has one block only; density evolution is for "
                    "rows of two and more"
                )
        edges = len(self.column)
        columns = [np.flatnonzero(self.column == column) for column in range(code.columns)]
        most = max(map(len, columns))
        self.others = np.full((edges, max(1, most - 1)), edges)
        for members in columns:
            for edge in members:
                self.others[edge, : len(members) - 1] = members[members != edge]
        self.degree = most
        self.sent = np.array(code.transmitted_lanes) / code.lifting_size
        self.known = np.array([fill == "zero" for fill in code.fill])

    @property
    def edges(self) -> int:
        """Number of edges."""
        return len(self.column)

    def last_of(self, layers) -> np.ndarray:
        """(edges,) bool: none of the column's others is in a later row of a layered iteration."""
        turn = np.empty(self.edges, int)
        for place, number in enumerate(layers):
            turn[self.rows[number]] = place
        latest = np.zeros(self.code.columns, int)
        np.maximum.at(latest, self.column, turn)
        return turn == latest[self.column]

    @cached_property
    def information(self) -> np.ndarray:
        """(columns,) share of each column in the information bits."""
        place = np.array(information_positions(self.code)) // self.code.lifting_size
        return np.bincount(place, minlength=self.code.columns) / self.code.information_bits

    @property
    def rate(self) -> float:
        """Information bits by transmitted bits."""
        return self.code.information_bits / sum(self.code.transmitted_lanes)
