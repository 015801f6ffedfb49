"""A C model whose alphabet changes between calls: for searches, compiled once."""

import ctypes
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from quant.cmodel.binding import CModel, _array
from quant.cmodel.emit import sources
from quant.cmodel.library import compiled
from quant.cmodel.tables import value_bits
from quant.spec import Spec


class TunableModel(CModel):
    """The decoder of ``spec`` until :meth:`set_tables` gives it other numbers.

    Every object of one spec shares them: use one at a time.

    Attributes
    ----------
    level_limit : largest level that the compiled value type holds
    """

    signatures = {
        **CModel.signatures,
        "set_tables": (None, ctypes.c_double, _array(np.int32), _array(np.int32)),
    }

    def __init__(self, spec: Spec):
        super().__init__(spec)
        room = (127 - spec.app_max) // 2
        self.level_limit = min(spec.app_max, room if value_bits(spec) == 8 else spec.app_max)

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
