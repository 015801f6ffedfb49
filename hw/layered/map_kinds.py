"""Iterations and edges that use the same codebook entries."""

from hw.layered.job import Job
from hw.layered.schedule import passes


class MapKinds:
    """Iterations and edges by what they have in ``job.map_index``: alike ones are one kind.

    Attributes
    ----------
    of_pass : kind of each pass; what a last pass beyond the iterations asks for is not used
    of_edge : kind of each block edge
    table : codebook entry by kind of pass and kind of edge
    """

    def __init__(self, job: Job):
        index = [tuple(row) for row in job.map_index]
        index += index[-1:] * (passes(job, len(index)) - len(index))
        rows = list(dict.fromkeys(index))
        columns = list(dict.fromkeys(zip(*rows, strict=True)))
        self.of_pass = [rows.index(row) for row in index]
        self.of_edge = [columns.index(column) for column in zip(*rows, strict=True)]
        self.table = [list(row) for row in zip(*columns, strict=True)]

    @property
    def edges(self) -> int:
        """Kinds of edges."""
        return len(self.table[0])
