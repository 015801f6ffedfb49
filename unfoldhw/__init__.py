"""From a trained, unfolded communication algorithm to Verilog that equals its integer model."""

from model.errors import InputError
from model.version import VERSION as __version__
from unfoldhw.steps import load, preset

__all__ = ["InputError", "__version__", "load", "preset"]
