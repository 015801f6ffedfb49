"""What decoders with restarts supply in integers (:mod:`model.families`)."""

from collections.abc import Sequence

from quant.restarts.spec import RestartSpec as SPEC

__all__ = ["SPEC", "c_model", "compare", "monte_carlo", "search", "spec_of_code"]

_CODE, _SHIFT, _BLOCKS, _DAMPING = "bch_63_36_cycle_reduced", 10, 30, 2


def spec_of_code(code: str, architecture: str | None = None) -> SPEC:
    """What ``--code bch_63_36_restarts`` stands for: one start, untrained, 5-bit messages.

    Blocks of two iterations of min-sum with half the magnitudes, a shift by ten between them.
    """
    from model import catalog
    from model.automorphisms import permutation
    from quant.fit import default_spec

    graph = catalog.get(_CODE)
    decoder = default_spec(graph, 5, 2, alpha=0.5, schedule="flooding")
    rotation, start = (permutation(text, graph.n, "rotation")
                       for text in (f"shift:{_SHIFT}", "identity"))  # fmt: skip
    return SPEC(code, decoder, _BLOCKS, _DAMPING, rotation, (start,))


def c_model(spec: SPEC) -> dict[str, str]:
    """Sources of the C model: file name to text."""
    from quant.restarts.cmodel import sources

    return sources(spec)


def monte_carlo() -> type:
    """The class of :mod:`quant.monte_carlo`."""
    from quant.restarts.monte_carlo import RestartMonteCarlo

    return RestartMonteCarlo


def compare() -> type:
    """The class of :mod:`quant.comparison`."""
    from quant.restarts.monte_carlo import RestartComparer

    return RestartComparer


def search(argv: Sequence[str]) -> int:
    """``python -m quant.search`` for decoders with restarts."""
    from quant.restarts.search import main

    return main(argv)
