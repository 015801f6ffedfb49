"""A C model whose alphabet changes between calls: for searches, compiled once."""

import ctypes
from collections.abc import Sequence
from functools import cached_property

import numpy as np

from model.errors import InputError
from quant.cmodel.binding import CModel, array_of
from quant.cmodel.emit import sources
from quant.cmodel.tables import Tunable, halves, value_bits
from quant.number_forms import odd_tables
from quant.spec import Channel, Spec

SET_TABLES = {
    "set_tables": (None, ctypes.c_double, array_of(np.int32), array_of(np.int32),
                   array_of(np.int32), array_of(np.float64)),
}  # fmt: skip
"""Signature of what ``tuning.cpp`` adds to a program; :func:`arguments_of` makes what it takes."""


def arguments_of(
    channel: Channel, thresholds: Sequence[int], codebook: Sequence[Sequence[int]]
) -> tuple:
    """Channel step in LLR, thresholds int32, levels int32 (entries, levels), steps between channel
    values int32, channel cuts float64: contiguous arrays of the shapes that the program has."""
    steps = np.diff(channel.values or (0,), prepend=0).astype(np.int32)
    cuts = np.array(channel.cuts or (1,), dtype=np.float64)
    thresholds = np.ascontiguousarray(thresholds, dtype=np.int32)
    codebook = np.ascontiguousarray(codebook, dtype=np.int32)
    return channel.lsb_llr, thresholds, codebook, steps, cuts


class TunableModel(CModel):
    """The decoder of ``spec`` until :meth:`set_tables` gives it other numbers.

    Every object of one spec shares them: use one at a time. Where sums of the spec may be halved
    (:func:`quant.cmodel.tables.halves`), tables of the same form have a faster program of their
    own; that for any others is compiled when it is first needed.
    """

    signatures = {**CModel.signatures, **SET_TABLES}

    def __init__(self, spec: Spec):
        if spec.retries:
            raise InputError(
                f"{spec.name}: has {len(spec.retries)} retries, whose numbers would stay behind: "
                "search for the first try alone and add retries to what is found"
            )
        self._halved = halves(spec)
        super().__init__(spec)
        self._programs = {self._halved: self._call}

    def _texts(self) -> dict[str, str]:
        return sources(self.spec, Tunable(self._halved))

    def _use(self, halved: bool) -> None:
        """The program that works with halves, or the other one."""
        self._halved = halved
        if halved not in self._programs:
            self._programs[halved] = self._functions(self._widest())
        self._call = self._programs[halved]

    def use_vector_bytes(self, size: int) -> None:
        """The same as of any C model; :meth:`set_tables` has to be called again."""
        super().use_vector_bytes(size)
        self._programs = {self._halved: self._call}

    def set_tables(
        self, channel: Channel, thresholds: Sequence[int], codebook: Sequence[Sequence[int]]
    ) -> None:
        """Other numbers of the same shapes; ``ValueError`` for other shapes or too large levels."""
        limits = self.level_limits(channel)
        given = arguments_of(channel, thresholds, codebook)
        _, thresholds, codebook, *_ = given
        spec, tables = self.spec, (thresholds, codebook, channel.values, channel.cuts)
        like = spec.thresholds, spec.maps.codebook, spec.channel.values, spec.channel.cuts
        found, due = (tuple(map(np.shape, some)) for some in (tables, like))
        if found != due:
            raise ValueError(f"tables of shapes {found}, not {due}")
        for entry, (levels, limit) in enumerate(zip(codebook, limits, strict=True)):
            if levels.max() > limit:
                raise ValueError(f"entry {entry}: level {levels.max()} is more than {limit}")
        self._use(halves(spec) and odd_tables(channel, *tables[:2]))
        self._call["set_tables"](*given)

    def level_limits(self, channel: Channel) -> list[int]:
        """Per codebook entry the largest level that the compiled value type holds.

        Where nothing saturates it is also a part of what the values of such a channel leave of the
        APP range: as many as a column has edges fit.
        """
        spec = self.spec
        if not spec.adds_exactly:
            narrow = value_bits(spec) == 8
            limit = min(spec.app_max, (127 - spec.app_max) // 2 if narrow else spec.app_max)
            return [limit] * len(spec.maps.codebook)
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
