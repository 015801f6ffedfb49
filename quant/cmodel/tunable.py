"""A C model whose alphabet changes between calls: for searches, compiled once."""

import ctypes
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
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
    """

    signatures = {
        **CModel.signatures,
        "set_tables": (None, ctypes.c_double, array_of(np.int32), array_of(np.int32),
                       array_of(np.int32), array_of(np.float64)),
    }  # fmt: skip

    def _compiled(self) -> Path:
        return compiled(sources(self.spec, tunable=True))

    def set_tables(
        self,
        lsb_llr: float,
        thresholds: Sequence[int],
        codebook: Sequence[Sequence[int]],
        channel_values: Sequence[int] = (),
        channel_cuts: Sequence[float] = (),
    ) -> None:
        """Other numbers of the same shapes; ``ValueError`` for other shapes or too large levels."""
        limits = self.level_limits(channel_values)
        steps = np.diff(channel_values or (0,), prepend=0).astype(np.int32)
        cuts = np.array(channel_cuts or (1,), dtype=np.float64)
        thresholds = np.ascontiguousarray(thresholds, dtype=np.int32)
        codebook = np.ascontiguousarray(codebook, dtype=np.int32)
        spec, tables = self.spec, (thresholds, codebook, channel_values, channel_cuts)
        like = spec.thresholds, spec.maps.codebook, spec.channel.values, spec.channel.cuts
        found, due = (tuple(map(np.shape, some)) for some in (tables, like))
        if found != due:
            raise ValueError(f"tables of shapes {found}, not {due}")
        for entry, (levels, limit) in enumerate(zip(codebook, limits, strict=True)):
            if levels.max() > limit:
                raise ValueError(f"entry {entry}: level {levels.max()} is more than {limit}")
        self._call["set_tables"](lsb_llr, thresholds, codebook, steps, cuts)

    def set_alphabet(self, spec: Spec) -> None:
        """The numbers of a spec of the same shapes."""
        channel, maps = spec.channel, spec.maps
        self.set_tables(
            channel.lsb_llr, spec.thresholds, maps.codebook, channel.values, channel.cuts
        )

    def level_limits(self, channel_values: Sequence[int]) -> list[int]:
        """Per codebook entry the largest level that the compiled value type holds.

        ``channel_values`` : none for a uniform channel
        Where nothing saturates it is also a part of what such channel values leave of the APP
        range: as many as a column has edges fit.
        """
        spec = self.spec
        if not spec.adds_exactly:
            narrow = value_bits(spec) == 8
            limit = min(spec.app_max, (127 - spec.app_max) // 2 if narrow else spec.app_max)
            return [limit] * len(spec.maps.codebook)
        channel = replace(spec.channel, values=tuple(channel_values))
        left = spec.app_max - channel.largest
        return [left // max(1, count) for count in self._edges_served]

    @cached_property
    def _edges_served(self) -> list[int]:
        """Per codebook entry the edges of a column that it serves, at most."""
        columns = self.spec.code.edge_columns
        edges = [0] * len(self.spec.maps.codebook)
        for row in self.spec.maps.index:
            for column, entry in zip(columns, row, strict=True):
                edges[entry] = max(edges[entry], columns.count(column))
        return edges
