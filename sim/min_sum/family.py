"""What min-sum decoders supply to co-simulation and error rates (:mod:`model.families`)."""

from collections.abc import Sequence

from sim.min_sum.stimulus import make as stimulus

__all__ = ["board_traffic", "peers", "replay", "stimulus"]


def board_traffic(build, link, ebn0_db: float, seed: int, first: int, frames: int):
    """A :class:`sim.board.traffic.Traffic` of frames of the error-rate simulation."""
    from sim.min_sum.board import traffic

    return traffic(build, link, ebn0_db, seed, first, frames)


def replay(failures, most: int):
    """A :class:`sim.replay.Replay` of the first ``most`` frames of a failures file."""
    from sim.min_sum.replay import replay

    return replay(failures, most)


def peers(argv: Sequence[str]) -> int:
    """``python -m sim.peers`` for decoders."""
    from sim.min_sum.peers import main

    return main(argv)
