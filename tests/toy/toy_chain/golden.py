"""In integers: two golden decoders, and what lies between them."""

from dataclasses import replace

import numpy as np

from quant.golden import Decoded, decode
from quant.golden.channel import saturate_code
from toy_chain.spec import ChainSpec


def handed_over(spec: ChainSpec, soft: np.ndarray) -> np.ndarray:
    """APP values (frames, n_variables) of the first to channel codes int8 (frames, n)."""
    return saturate_code(spec.second, soft[:, spec.first.transmitted]).astype(np.int8)


def golden(spec: ChainSpec, codes: np.ndarray) -> Decoded:
    """Decode channel codes int8 (frames, n) of the first decoder."""
    first = decode(spec.first, codes)
    second = decode(spec.second, handed_over(spec, first.soft))
    return replace(second, iterations=first.iterations + second.iterations)
