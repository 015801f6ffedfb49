"""The level of a message: which table a lane reads, and by what."""

from itertools import product

from hw.lib.lookup import ChosenTable
from hw.min_sum.grid import Grid
from quant.spec import Spec

RUNS = 0b00, 0b01, 0b11
"""How :func:`hw.lib.magnitude.run_of` codes them."""


def level_table(spec: Spec) -> ChosenTable:
    """Magnitude of the level by magnitude index and, where the spec has several, run of levels.

    An edge is above the index that the last run answers, so none is told the largest from there:
    that last entry never occurs.
    """
    grid = Grid(spec)
    code = grid.code()
    runs = RUNS[: spec.runs]
    patterns = [p | run << code.width for run, p in product(runs, code.patterns)]
    if spec.tie_levels:
        patterns = patterns[:-1]
    tables = [cells[: len(patterns)] for cells in grid.codebook]
    return ChosenTable(tables, patterns, grid.level_max.bit_length())
