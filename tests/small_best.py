"""Small decoders side by side, quick to build and to simulate."""

import numpy as np
from small_specs import small_spec

from quant.best_of.draw import variant
from quant.best_of.spec import BestOfSpec
from quant.spec import Spec


def small_best(members: int = 3, first: Spec | None = None, seed: int = 1) -> BestOfSpec:
    """``first``, by default a layered one with Z = 6, and variants of it by chance."""
    first = first or small_spec(z=6)
    rng = np.random.default_rng(seed)
    others = (variant(first, rng) for _ in range(members - 1))
    return BestOfSpec("little_best", (first, *others))

