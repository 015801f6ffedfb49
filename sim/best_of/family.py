"""What decoders side by side supply to co-simulation (:mod:`model.families`)."""

import numpy as np

from hw.best_of.core import MEMBER
from quant.best_of.golden import decode_and_choose
from quant.best_of.spec import BestOfSpec
from sim.min_sum.stimulus import leaving_of, mixed_codes, of_answers
from sim.stimulus.frames import Stimulus


def stimulus(
    spec: BestOfSpec, build: dict, frames: int, ebn0_db: float | None, seed: int
) -> Stimulus:
    """The frames of the first member's own co-simulation (:mod:`sim.min_sum.stimulus`)."""
    rng = np.random.default_rng(seed)
    codes = mixed_codes(spec.first, frames, ebn0_db, rng)
    due, member = decode_and_choose(spec, codes)
    leaving = leaving_of(spec.first, build)
    return of_answers(build, codes, due, rng, leaving, more={MEMBER: member})
