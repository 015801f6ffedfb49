"""Iterations and edges that use the same codebook entries."""

from hw.qc_ldpc.schedule import passes
from quant.spec import Spec


class MapKinds:
    """Iterations and edges by what they have in ``spec.maps.index``: alike ones are one kind.

    Attributes
    ----------
    of_pass : kind of each pass; what a last pass beyond the iterations asks for is not used
    of_edge : kind of each block edge
    table : codebook entry by kind of pass and kind of edge
    """

    def __init__(self, spec: Spec):
        index = [tuple(row) for row in spec.maps.index]
        index += index[-1:] * (passes(spec, len(index)) - len(index))
        rows = list(dict.fromkeys(index))
        columns = list(dict.fromkeys(zip(*rows, strict=True)))
        self.of_pass = [rows.index(row) for row in index]
        self.of_edge = [columns.index(column) for column in zip(*rows, strict=True)]
        self.table = [list(row) for row in zip(*columns, strict=True)]

    @property
    def edges(self) -> int:
        """Kinds of edges."""
        return len(self.table[0])
