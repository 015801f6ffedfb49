"""What min-sum decoders supply to co-simulation (:mod:`model.families`)."""

from sim.min_sum.stimulus import make as stimulus

__all__ = ["stimulus"]
