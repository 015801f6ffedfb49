"""What sets of codes supply in integers (:mod:`model.families`)."""

from collections.abc import Sequence

from quant.code_set.spec import CodeSetSpec as SPEC

__all__ = [
    "ARCHITECTURES", "SPEC", "c_model", "compare", "fit", "loss", "monte_carlo", "spec_of_code",
]  # fmt: skip

ARCHITECTURES = {"layered": "code_set"}
"""Lock-step and direct decoders have no program that a frame could change."""


def spec_of_code(code: str, architecture: str | None = None) -> SPEC:
    """What ``--code wifi_1296`` or ``--code wifi_1296_r12,wifi_1296_r56`` stands for."""
    from quant.code_set.default import spec_of_list

    return spec_of_list(code)


def c_model(spec: SPEC) -> dict[str, str]:
    """Sources of the C model: file name to text."""
    from quant.code_set.cmodel import sources

    return sources(spec)


def monte_carlo() -> type:
    """The class of :mod:`quant.monte_carlo`."""
    from quant.code_set.monte_carlo import CodeSetMonteCarlo

    return CodeSetMonteCarlo


def compare() -> type:
    """The class of :mod:`quant.comparison`."""
    from quant.code_set.comparison import CodeSetComparer

    return CodeSetComparer


def fit(argv: Sequence[str]) -> int:
    """``python -m quant.fit`` for sets."""
    from quant.code_set.fit import main

    return main(argv)


def loss(argv: Sequence[str]) -> int:
    """``python -m quant.loss`` for sets."""
    from quant.code_set.loss import main

    return main(argv)
