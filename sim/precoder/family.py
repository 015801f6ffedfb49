"""What precoders supply to co-simulation (:mod:`model.families`)."""

from sim.precoder.stimulus import make as stimulus

__all__ = ["stimulus"]
