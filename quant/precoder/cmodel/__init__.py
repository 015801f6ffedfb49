"""The precoder's C model: a spec as one C++ file, many symbol vectors at once, bit for bit golden."""

from quant.precoder.cmodel.binding import Downlink, ErrorCounts, PrecoderModel
from quant.precoder.cmodel.emit import sources

__all__ = ["Downlink", "ErrorCounts", "PrecoderModel", "sources"]
