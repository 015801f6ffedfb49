"""The level of a message: which table a lane reads, and by what."""

from itertools import product

from hw.lib.lookup import ChosenTable
from hw.min_sum.grid import Grid
from quant.spec import Spec

RUNS = {1: {0b00: 0}, 2: {0b00: 0, 0b01: 1}, 3: {0b00: 0, 0b01: 1, 0b10: 1, 0b11: 2}}
"""Runs of levels -> which one answers, by what a lane is told of a row.

The lower bit: two edges hold the row's smallest index, and this one is above it; the upper one:
three do, of which this one may be one. See :func:`quant.golden.minsearch.run_of_levels`.
"""


def level_table(spec: Spec) -> ChosenTable:
    """Magnitude of the level by magnitude index and, where the spec has several, run of levels.

    No edge is above the largest index, so that nobody is told of it by the lower bit.
    """
    grid, cells = Grid(spec), spec.n_levels
    code, runs = grid.code(), RUNS[spec.runs]
    asked = [(told, cell) for told, cell in product(runs, range(cells))
             if not (told & 1 and cell == cells - 1)]  # fmt: skip
    patterns = [code.patterns[cell] | told << code.width for told, cell in asked]
    tables = [
        [entry[runs[told] * cells + cell] for told, cell in asked] for entry in grid.codebook
    ]
    return ChosenTable(tables, patterns, grid.level_max.bit_length())
