"""A C model as users compile it, whatever the tests do to compile others in less time."""

from quant.cmodel import CModel


class AsShipped(CModel):
    """The decoder of a spec."""

    def _compiled(self, *flags):
        return super()._compiled(*flags, "-O3")
