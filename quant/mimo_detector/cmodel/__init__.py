"""The detector's C model: one C++ file, many vectors at once, the same results as golden."""

from quant.mimo_detector.cmodel.binding import DetectorModel
from quant.mimo_detector.cmodel.emit import sources

__all__ = ["DetectorModel", "sources"]
