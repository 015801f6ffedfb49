"""The level of a message: which table a lane reads, and by what."""

from itertools import product

from hw.lib.lookup import ChosenTable
from hw.min_sum.grid import Grid
from quant.spec import Spec


def level_table(spec: Spec) -> ChosenTable:
    """Magnitude of the level by magnitude index and, where the spec has them, tie.

    A tie of the largest index has no edge above it: that last entry never occurs.
    """
    grid = Grid(spec)
    code = grid.code()
    ties = 2 if spec.tie_levels else 1
    patterns = [p | tie << code.width for tie, p in product(range(ties), code.patterns)]
    if spec.tie_levels:
        patterns = patterns[:-1]
    tables = [cells[: len(patterns)] for cells in grid.codebook]
    return ChosenTable(tables, patterns, grid.level_max.bit_length())
