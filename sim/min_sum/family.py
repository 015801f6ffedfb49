"""What min-sum decoders supply to co-simulation and error rates (:mod:`model.families`)."""

from collections.abc import Sequence

from sim.min_sum.stimulus import make as stimulus

__all__ = ["peers", "replay", "stimulus"]


def replay(failures, most: int):
    """A :class:`sim.replay.Replay` of the first ``most`` frames of a failures file."""
    from sim.min_sum.replay import replay

    return replay(failures, most)


def peers(argv: Sequence[str]) -> int:
    """``python -m sim.peers`` for decoders."""
    from sim.min_sum.peers import main

    return main(argv)
