"""A-posteriori values as a decoder's output stream carries them: a signed byte each.

Byte b stands for (``step`` b + ``offset``) LSB of the spec's APP values, and that times
``spec.channel.app_lsb_llr`` is an LLR. Where all APP values of a spec are odd, ``step`` is 2 and
``offset`` 1: as with mid-rise channel codes, the complement of a byte is the opposite value, and
none is 0. Otherwise a byte is the APP value itself. Values beyond the range of a byte saturate. A
byte is negative exactly where the hard decision is 1.
"""

from dataclasses import dataclass

import numpy as np

from quant.number_forms import odd_sums
from quant.spec import Spec


@dataclass(frozen=True)
class SoftOutput:
    """What a byte stands for, in LSB of APP values: ``step`` times it, plus ``offset``."""

    step: int = 1
    offset: int = 0

    @classmethod
    def of(cls, spec: Spec) -> "SoftOutput":
        """That of a spec."""
        return cls(2, 1) if odd_sums(spec) else cls()

    def bytes_of(self, values: np.ndarray) -> np.ndarray:
        """APP values, integers of any shape, as int8 of that shape."""
        steps = (values.astype(np.int64) - self.offset) // self.step
        return np.clip(steps, -128 + (self.step == 1), 127).astype(np.int8)

    def values_of(self, given: np.ndarray) -> np.ndarray:
        """Bytes, int8, as APP values, int16."""
        return given.astype(np.int16) * self.step + self.offset
