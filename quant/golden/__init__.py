"""The integer reference: NumPy, one file per hardware block, composed as the hardware is."""

import numpy as np

from quant.golden import flooding, layered
from quant.golden.channel import quantise_llr
from quant.golden.decoded import Decoded, in_batches
from quant.spec import Spec

__all__ = ["Decoded", "decode", "quantise_llr"]


def decode(spec: Spec, codes: np.ndarray, batch: int = 256) -> Decoded:
    """Decode channel codes, integer (frames, n) in transmitted order, values of an int8."""
    schedule = flooding if spec.flooding else layered
    return in_batches(lambda part: schedule.decode_batch(spec, part), codes, batch)
