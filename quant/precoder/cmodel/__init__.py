"""The precoder's C model: one C++ file, many symbol vectors at once, the same bits as golden."""

from quant.precoder.cmodel.binding import Downlink, ErrorCounts, PrecoderModel
from quant.precoder.cmodel.emit import sources

__all__ = ["Downlink", "ErrorCounts", "PrecoderModel", "sources"]
