"""The C model: a spec as one C++ file that decodes many frames at once, bit for bit as golden."""

from quant.cmodel.binding import CModel
from quant.cmodel.emit import sources

__all__ = ["CModel", "sources"]
