"""What precoders supply in integers (:mod:`model.families`)."""

from collections.abc import Sequence

from quant.precoder.spec import PrecoderSpec as SPEC

__all__ = ["SPEC", "fit", "loss"]


def fit(argv: Sequence[str]) -> int:
    """``python -m quant.fit`` for precoders."""
    from quant.precoder.fit_command import main

    return main(argv)


def loss(argv: Sequence[str]) -> int:
    """``python -m quant.loss`` for precoders."""
    from quant.precoder.loss import main

    return main(argv)
