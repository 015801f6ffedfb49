"""What precoders supply in integers (:mod:`model.families`)."""

from collections.abc import Sequence

from quant.precoder.spec import PrecoderSpec as SPEC

__all__ = ["SPEC", "c_model", "compare", "fit", "loss", "monte_carlo"]


def c_model(spec: SPEC) -> dict[str, str]:
    """Sources of the C model: file name to text."""
    from quant.precoder.cmodel import sources

    return sources(spec)


def monte_carlo() -> type:
    """The class of :mod:`quant.monte_carlo`."""
    from quant.precoder.monte_carlo import PrecoderMonteCarlo

    return PrecoderMonteCarlo


def compare() -> type:
    """The class of :mod:`quant.comparison`."""
    from quant.precoder.comparison import PrecoderComparer

    return PrecoderComparer


def fit(argv: Sequence[str]) -> int:
    """``python -m quant.fit`` for precoders."""
    from quant.precoder.fit_command import main

    return main(argv)


def loss(argv: Sequence[str]) -> int:
    """``python -m quant.loss`` for precoders."""
    from quant.precoder.loss import main

    return main(argv)
