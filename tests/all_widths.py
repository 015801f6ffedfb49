"""A C model for every vector width, compiled in half the time: no bit depends on optimisation."""

from quant.cmodel import CModel
from quant.cmodel.library import compiled


class AllWidths(CModel):
    """The decoder of a spec."""

    def _compiled(self, *flags):
        return compiled(self._texts(), "-O1")
