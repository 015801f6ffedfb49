"""What uplinks supply in integers (:mod:`model.families`)."""

from collections.abc import Sequence

from quant.uplink.spec import UplinkSpec as SPEC

__all__ = ["SPEC", "fit", "monte_carlo"]


def monte_carlo() -> type:
    """The class of :mod:`quant.monte_carlo`."""
    from quant.uplink.monte_carlo import UplinkMonteCarlo

    return UplinkMonteCarlo


def fit(argv: Sequence[str]) -> int:
    """``python -m quant.fit`` for uplinks: a detector and a decoder to one spec."""
    from quant.uplink.fit_command import main

    return main(argv)
