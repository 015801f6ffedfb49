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
    level_limit : largest level that the compiled value type holds, and, where nothing saturates, a
        sum of as many as a column has
    """

    signatures = {
        **CModel.signatures,
        "set_tables": (None, ctypes.c_double, array_of(np.int32), array_of(np.int32)),
    }

    def __init__(self, spec: Spec):
        super().__init__(spec)
        self.level_limit = _level_limit(spec)

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
        if codebook.max() > self.level_limit:
            raise ValueError(f"level {codebook.max()} is more than {self.level_limit}")
        self._call["set_tables"](lsb_llr, thresholds, codebook)


def _level_limit(spec: Spec) -> int:
    if spec.adds_exactly:
        columns = [column for row in spec.code.rows for column, _ in row]
        messages = max(columns.count(column) for column in set(columns))
        loaded = (abs(spec.channel.steps_of(code)) for code in
                  (spec.channel.minimum_code, spec.channel.maximum_code))  # fmt: skip
        return (spec.app_max - (max(loaded) << spec.channel.app_shift)) // messages
    return min(spec.app_max, (127 - spec.app_max) // 2 if value_bits(spec) == 8 else spec.app_max)
