"""How good tables are by density evolution: no frames, no noise, a fraction of a second.

It knows the code's base graph and not its cycles: what suits a long code suits the code at hand
nearly. A first objective; the error floor, and the last hundredths of a dB, are for frames.
"""

from dataclasses import dataclass

import numpy as np

from quant.cmodel.tunable import TunableModel
from quant.density.integers import IntegerEnsemble
from quant.density.threshold import error_rate, threshold_db
from quant.search.candidates import Tables

TARGET = 1e-4
STEEPER = 8.0
"""How much faster the logarithm of a bit error rate falls there than that of a frame error rate of
the code: so that temperatures and prices mean the same."""


@dataclass(frozen=True)
class Rate:
    """Bit error rate after the spec's iterations."""

    rate: float

    def score(self, tail_weight: float) -> float:
        """As that of frames; there is no tail."""
        return float(np.log(self.rate)) / STEEPER

    def columns(self, before: "Rate") -> str:
        """Rates before and now, below ``DensityTrial.titles``."""
        return f"{before.rate:10.3e} -> {self.rate:.3e}"


class DensityTrial:
    """Judges tables where those of the spec have bit error rate 1e-4.

    Parameters
    ----------
    model : of the spec ; ebn0_db : None: found
    """

    titles = "bit error rate by density evolution"

    def __init__(self, model: TunableModel, ebn0_db: float | None = None):
        self.model = model
        ensemble = IntegerEnsemble(model.spec)
        self._graph = ensemble.graph
        if ebn0_db is None:
            ebn0_db = round(threshold_db(ensemble.at, model.spec.iterations, TARGET), 2)
        self.ebn0_db = ebn0_db

    def begin(self, tables: Tables, seed: int) -> tuple[Rate, int, int]:
        """What ``tables`` come to; there are no frames."""
        return self.of(tables), 0, 0

    def of(self, tables: Tables) -> Rate:
        """What ``tables`` come to."""
        spec = tables.inside(self.model.spec)
        evolution = IntegerEnsemble(spec, self._graph).at(self.ebn0_db)
        return Rate(error_rate(evolution, spec.iterations))
