"""What sets of codes supply in integers (:mod:`model.families`)."""

from collections.abc import Sequence

from model.errors import InputError
from quant.code_set.spec import CodeSetSpec as SPEC

__all__ = [
    "ARCHITECTURES", "SPEC", "c_model", "compare", "fit", "loss", "monte_carlo", "search",
    "spec_of_code",
]  # fmt: skip

ARCHITECTURES = {"layered": "code_set", "flooding": None, "direct": None}
"""Of hardware -> the kind of spec that it computes."""

_REASONS = {
    "flooding": "flooding needs two passes over the sums of one code",
    "direct": "a direct decoder is the wires of one code and has no program to change",
}


def spec_of_code(code: str, architecture: str | None = None) -> SPEC:
    """What ``--code wifi_1296`` or ``--code wifi_1296_r12,wifi_1296_r56`` stands for.

    ``InputError`` says why another architecture than "layered" computes no set.
    """
    if architecture in _REASONS:
        raise InputError(
            f"--architecture {architecture}: {code} is a set of codes: {_REASONS[architecture]}"
        )
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


def search(argv: Sequence[str]) -> int:
    """``python -m quant.search`` for sets."""
    from quant.code_set.search import main

    return main(argv)
