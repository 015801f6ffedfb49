"""What detectors supply in floating point (:mod:`model.families`)."""

from collections.abc import Sequence


def train(argv: Sequence[str]) -> int:
    """``python -m model.train`` for detectors."""
    from model.mimo_detector.train import main

    return main(argv)
