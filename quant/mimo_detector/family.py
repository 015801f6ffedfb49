"""What detectors supply in integers (:mod:`model.families`)."""

from collections.abc import Sequence

from quant.mimo_detector.spec import DetectorSpec as SPEC

__all__ = ["SPEC", "c_model", "compare", "fit", "loss", "monte_carlo"]


def c_model(spec: SPEC) -> dict[str, str]:
    """Sources of the C model: file name to text."""
    from quant.mimo_detector.cmodel import sources

    return sources(spec)


def monte_carlo() -> type:
    """The class of :mod:`quant.monte_carlo`."""
    from quant.mimo_detector.monte_carlo import DetectorMonteCarlo

    return DetectorMonteCarlo


def compare() -> type:
    """The class of :mod:`quant.comparison`."""
    from quant.mimo_detector.comparison import DetectorComparer

    return DetectorComparer


def fit(argv: Sequence[str]) -> int:
    """``python -m quant.fit`` for detectors."""
    from quant.mimo_detector.fit_command import main

    return main(argv)


def loss(argv: Sequence[str]) -> int:
    """``python -m quant.loss`` for detectors."""
    from quant.mimo_detector.loss import main

    return main(argv)
