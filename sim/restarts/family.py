"""What decoders with restarts supply to co-simulation (:mod:`model.families`)."""

import numpy as np

from quant.operating_point import RandomFrames
from quant.restarts.golden import decode
from quant.restarts.spec import RestartSpec
from sim.min_sum.stimulus import leaving_of, of_answers
from sim.stimulus.frames import Stimulus

POINTS_DB = (1.0, 3.0, 4.0, 6.0)


def stimulus(
    spec: RestartSpec, build: dict, frames: int, ebn0_db: float | None, seed: int
) -> Stimulus:
    """Random codewords over AWGN at ``ebn0_db``; at four Eb/N0 when None."""
    rng = np.random.default_rng(seed)
    source = RandomFrames(spec.decoder, rng)
    points = POINTS_DB if ebn0_db is None else (ebn0_db,)
    seen = [source.codes(-(-frames // len(points)), point) for point in points]
    codes = rng.permutation(np.concatenate(seen))[:frames]
    return of_answers(build, codes, decode(spec, codes), rng, leaving_of(spec.decoder, build))
