"""What detectors supply to co-simulation (:mod:`model.families`)."""

from sim.mimo_detector.stimulus import make as stimulus

__all__ = ["stimulus"]
