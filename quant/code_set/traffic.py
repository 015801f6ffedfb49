"""Control words at random: what users of a decoder for several codes may ask for."""

import numpy as np

from quant.code_set.control import MAX_ITERATIONS, PLACES, Control
from quant.code_set.spec import CodeSetSpec

_INVALID = 0.02  # share of frames whose control word is invalid


def random_controls(
    spec: CodeSetSpec, frames: int, rng: np.random.Generator, invalid: float = _INVALID
) -> list[Control]:
    """Of each frame every field at random; iterations up to 63, most of them up to the member's.

    invalid : share of frames that ask for 0 iterations or for a code that there is not
    """
    codes = len(spec.members)
    return [_random(spec, codes, rng, bool(rng.random() < invalid)) for _ in range(frames)]


def _random(spec: CodeSetSpec, codes: int, rng: np.random.Generator, invalid: bool) -> Control:
    code, flags = int(rng.integers(codes)), [bool(flag) for flag in rng.integers(0, 2, 4)]
    most = MAX_ITERATIONS if rng.random() < 0.1 else spec.members[code].iterations
    iterations = int(rng.integers(1, most + 1))
    if invalid:
        last = (1 << PLACES["code"][1]) - 1
        if codes > last or rng.random() < 0.5:
            iterations = 0
        else:
            code = int(rng.integers(codes, last + 1))
    return Control(code, int(rng.integers(256)), iterations, *flags)
