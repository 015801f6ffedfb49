"""From a trained, unfolded communication algorithm to Verilog that equals its integer model."""

from model.version import VERSION as __version__

__all__ = ["__version__"]
