"""What precoders supply to co-simulation and error rates (:mod:`model.families`)."""

from collections.abc import Sequence

from sim.precoder.stimulus import make as stimulus

__all__ = ["ber", "stimulus"]


def ber(argv: Sequence[str]) -> int:
    """``python -m sim.ber`` for precoders."""
    from sim.precoder.ber import main

    return main(argv)
