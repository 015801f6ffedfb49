"""Random changes of tables, one to three at a time."""

from dataclasses import replace

import numpy as np

from quant.search.candidates import Step, Tables
from quant.spec import Spec

HOW_MANY = (1, 1, 1, 2, 2, 3)
BY = (-2, -1, -1, 1, 1, 2)  # steps of a level
CUT_SPREAD, LSB_SPREAD = 0.04, 0.02  # standard deviations of the logarithms of their factors
TOP_WEIGHT = 4  # how often a largest level is moved, for once of any other: it decides the tail


class Changes:
    """Draws changes of the tables of ``spec``.

    Attributes
    ----------
    entries : (stages, classes) codebook entries, by iterations of equal maps and edges that have
        equal maps in all iterations
    """

    def __init__(self, spec: Spec, rng: np.random.Generator):
        index = np.array(spec.maps.index)
        starts = [t for t in range(len(index)) if t == 0 or (index[t] != index[t - 1]).any()]
        self.entries = np.unique(index[starts], axis=1)
        self._rng = rng
        odds = {self._level: 31, self._copy: 21, self._lsb: 8}
        if spec.channel.values:
            odds |= {self._cut: 25, self._value: 15}
        self._kinds, self._odds = list(odds), np.array(list(odds.values())) / sum(odds.values())

    def of(self, tables: Tables) -> Tables:
        """``tables`` changed; they need not be valid, nor other ones."""
        for _ in range(self._rng.choice(HOW_MANY)):
            tables = self._kinds[self._rng.choice(len(self._kinds), p=self._odds)](tables)
        return without_idle_level(tables)

    def _lsb(self, tables: Tables) -> Tables:
        return Step(scale=self._factor(LSB_SPREAD)).taken(tables)

    def _cut(self, tables: Tables) -> Tables:
        cuts = list(tables.channel.cuts)
        i = self._rng.integers(len(cuts))
        cuts[i] = round(cuts[i] * self._factor(CUT_SPREAD), 3)
        return replace(tables, channel=replace(tables.channel, cuts=tuple(cuts)))

    def _value(self, tables: Tables) -> Tables:
        i = int(self._rng.integers(len(tables.channel.values)))
        return Step(values=(i,), by=int(self._rng.choice((-1, 1)))).taken(tables)

    def _level(self, tables: Tables) -> Tables:
        """The same level of some entries by the same steps."""
        top, width = tables.cells - 1, len(tables.codebook[0])
        level = int(self._rng.choice([*range(width), *[top] * (TOP_WEIGHT - 1)]))
        moved = tuple((entry, level) for entry in self._some_entries())
        return Step(levels=moved, by=int(self._rng.choice(BY))).taken(tables)

    def _copy(self, tables: Tables) -> Tables:
        """Levels of another entry from an index on: all, some, or that of the largest one."""
        cells, codebook = tables.cells, [list(levels) for levels in tables.codebook]
        source = tables.codebook[self._rng.integers(len(codebook))]
        first = self._rng.choice((0, self._rng.integers(cells), cells - 1))
        for entry in self._some_entries():
            for start in range(0, len(source), cells):
                run = slice(start + first, start + cells)
                codebook[entry][run] = source[run]
        return replace(tables, codebook=tuple(map(tuple, codebook)))

    def _factor(self, spread: float) -> float:
        """Lognormal around 1."""
        return float(np.exp(self._rng.normal(0, spread)))

    def _some_entries(self) -> list[int]:
        """Entries of a range of stages, half of the ranges up to the last, and of some classes."""
        rng, (stages, classes) = self._rng, self.entries.shape
        first = 0 if rng.random() < 0.25 else rng.integers(stages)
        last = stages - 1 if rng.random() < 0.5 else rng.integers(first, stages)
        chosen = rng.random(classes) < 0.5
        if not chosen.any():
            chosen[:] = True
        return np.unique(self.entries[first : last + 1, chosen]).tolist()


def without_idle_level(tables: Tables) -> Tables:
    """The same decoder, its last levels for ties as small as they may be.

    They never occur, so no change of another level should have to wait for them.
    """
    cells = tables.cells
    if len(tables.codebook[0]) == cells:
        return tables
    codebook = tuple(
        (*levels[:-1], max(levels[cells - 1], levels[-2])) for levels in tables.codebook
    )
    return replace(tables, codebook=codebook)
