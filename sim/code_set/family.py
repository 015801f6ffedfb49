"""What sets of codes supply to simulation (:mod:`model.families`)."""

__all__ = ["stimulus"]


def stimulus(spec, build: dict, frames: int, ebn0_db: float | None, seed: int):
    """Frames of random codes, and what golden makes of them."""
    from sim.code_set.stimulus import make

    return make(spec, build, frames, ebn0_db, seed)
