"""What min-sum decoders supply in floating point (:mod:`model.families`)."""

from collections.abc import Sequence


def train(argv: Sequence[str]) -> int:
    """``python -m model.train`` for decoders."""
    from model.min_sum.train import main

    return main(argv)
