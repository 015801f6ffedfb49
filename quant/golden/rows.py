"""The check rows of a spec as index tables."""

from dataclasses import dataclass

import numpy as np

from quant.spec import Spec


@dataclass(frozen=True)
class Row:
    """One block row: its Z checks.

    variables : (degree, Z) graph variable of block edge e, lane i
    edges : (degree,) block-edge numbers
    """

    variables: np.ndarray
    edges: np.ndarray


def block_rows(spec: Spec) -> list[Row]:
    """All block rows in the order of the code section."""
    z, lanes, first, rows = spec.code.lifting_size, np.arange(spec.code.lifting_size), 0, []
    for block_row in spec.code.rows:
        variables = np.array([c * z + (lanes + p) % z for c, p in block_row])
        rows.append(Row(variables, first + np.arange(len(block_row))))
        first += len(block_row)
    return rows
