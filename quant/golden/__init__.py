"""The integer reference: NumPy, one file per hardware block, composed as the hardware is."""

from quant.golden.channel import quantise_llr
from quant.golden.layered import Decoded, decode

__all__ = ["Decoded", "decode", "quantise_llr"]
