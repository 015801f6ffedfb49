"""A C model whose alphabet changes between calls: for searches, compiled once."""

import ctypes
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from quant.cmodel.binding import CModel, array_of
from quant.cmodel.emit import sources
from quant.cmodel.library import compiled
from quant.cmodel.tables import value_bits
from quant.spec import Spec


class TunableModel(CModel):
    """The decoder of ``spec`` until :meth:`set_tables` gives it other numbers.

    Every object of one spec shares them: use one at a time.

    Attributes
    ----------
    level_limits : per codebook entry the largest level that the compiled value type holds, and,
        where nothing saturates, a sum of as many as its columns have
    """

    signatures = {
        **CModel.signatures,
        "set_tables": (None, ctypes.c_double, array_of(np.int32), array_of(np.int32)),
    }

    def __init__(self, spec: Spec):
        super().__init__(spec)
        self.level_limits = _level_limits(spec)

    def _compiled(self) -> Path:
        return compiled(sources(self.spec, tunable=True))

    def set_tables(
        self, lsb_llr: float, thresholds: Sequence[int], codebook: Sequence[Sequence[int]]
    ) -> None:
        """Other numbers of the same shapes; ``ValueError`` for other shapes or too large levels."""
        thresholds = np.ascontiguousarray(thresholds, dtype=np.int32)
        codebook = np.ascontiguousarray(codebook, dtype=np.int32)
        due = np.shape(self.spec.thresholds), np.shape(self.spec.maps.codebook)
        if (thresholds.shape, codebook.shape) != due:
            raise ValueError(f"tables of shapes {thresholds.shape}, {codebook.shape}, not {due}")
        for entry, (levels, limit) in enumerate(zip(codebook, self.level_limits, strict=True)):
            if levels.max() > limit:
                raise ValueError(f"entry {entry}: level {levels.max()} is more than {limit}")
        self._call["set_tables"](lsb_llr, thresholds, codebook)


def _level_limits(spec: Spec) -> list[int]:
    if not spec.adds_exactly:
        narrow = value_bits(spec) == 8
        limit = min(spec.app_max, (127 - spec.app_max) // 2 if narrow else spec.app_max)
        return [limit] * len(spec.maps.codebook)
    columns = spec.code.edge_columns
    edges = [0] * len(spec.maps.codebook)  # of the columns that an entry serves, at most
    for row in spec.maps.index:
        for column, entry in zip(columns, row, strict=True):
            edges[entry] = max(edges[entry], columns.count(column))
    loaded = (abs(spec.channel.steps_of(code)) for code in
              (spec.channel.minimum_code, spec.channel.maximum_code))  # fmt: skip
    left = spec.app_max - (max(loaded) << spec.channel.app_shift)
    return [left // max(1, count) for count in edges]
