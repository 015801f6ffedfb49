"""Small decoders side by side, quick to build and to simulate."""

from dataclasses import replace

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


def unlike() -> BestOfSpec:
    """Members of other iterations, word widths, early stop and channel values."""
    first, *drawn = small_best(4).members
    two, wide, table = drawn
    values = tuple(2 * code + 1 for code in range(first.channel.maximum_code)) + (21,)
    others = (
        wide.with_iterations(2),
        replace(two, early_stop=False, app_bits=first.app_bits + 1),
        replace(table, channel=replace(first.channel.with_table(), values=values)),
    )
    return BestOfSpec("unlike", (others[0], first, *others[1:]))
