"""What uplinks supply to co-simulation (:mod:`model.families`)."""

from sim.uplink.stimulus import make as stimulus

__all__ = ["stimulus"]
