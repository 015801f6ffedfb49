"""Frames as beats, and what must come out."""

import numpy as np

from sim.stimulus.frames import Stimulus, pack_bits, pack_codes, user_fields
from toy_repetition.quant import golden, traffic


def stimulus(spec, build: dict, frames: int, ebn0_db: float | None, seed: int) -> Stimulus:
    """Random frames at ``ebn0_db`` (0 dB when None)."""
    rng = np.random.default_rng(seed)
    _, codes = traffic(spec, 0.0 if ebn0_db is None else ebn0_db, rng, frames)
    bits = golden(spec, codes)
    return Stimulus(
        inputs=[pack_codes(frame, 1, np.zeros(1, np.int8)) for frame in codes],
        outputs=[pack_bits(frame, 8) for frame in bits],
        status=[0] * frames,
        status_fields=user_fields(build, ["dropped"]),
        summary={"ones": int(bits.sum())},
    )
