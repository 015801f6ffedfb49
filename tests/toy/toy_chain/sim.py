"""Frames as beats, and what must come out."""

import numpy as np

from sim.min_sum.stimulus import of_answers
from sim.stimulus.frames import Stimulus
from toy_chain.golden import golden
from toy_chain.quant import POINTS_DB, traffic


def stimulus(spec, build: dict, frames: int, ebn0_db: float | None, seed: int) -> Stimulus:
    """Random frames at ``ebn0_db``, or at several SNR when None."""
    rng = np.random.default_rng(seed)
    points = POINTS_DB if ebn0_db is None else (ebn0_db,)
    seen = [traffic(spec, point, rng, -(-frames // len(points)))[1] for point in points]
    codes = rng.permutation(np.concatenate(seen))[:frames]
    return of_answers(build, codes, golden(spec, codes), rng)
