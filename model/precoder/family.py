"""What precoders supply in floating point (:mod:`model.families`)."""

from collections.abc import Sequence


def train(argv: Sequence[str]) -> int:
    """``python -m model.train`` for precoders."""
    from model.precoder.train import main

    return main(argv)
