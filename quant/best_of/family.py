"""What decoders side by side supply in integers (:mod:`model.families`)."""

from quant.best_of.spec import BestOfSpec as SPEC

__all__ = ["ARCHITECTURES", "SPEC", "c_model", "compare", "monte_carlo"]

ARCHITECTURES = dict.fromkeys(("layered", "flooding", "direct"), "best_of")
"""As of the members alone: block-serial in layers or with flooding, or every edge a wire."""


def c_model(spec: SPEC) -> dict[str, str]:
    """Sources of the C model: file name to text."""
    from quant.best_of.cmodel import sources

    return sources(spec)


def monte_carlo() -> type:
    """The class of :mod:`quant.monte_carlo`."""
    from quant.best_of.monte_carlo import BestOfMonteCarlo

    return BestOfMonteCarlo


def compare() -> type:
    """The class of :mod:`quant.comparison`."""
    from quant.best_of.monte_carlo import BestOfComparer

    return BestOfComparer
