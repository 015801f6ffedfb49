"""What min-sum decoders supply in integers (:mod:`model.families`)."""

from collections.abc import Sequence

from model.code_file import CodeFile
from quant.min_sum.variants import VARIANTS
from quant.spec import FLOODING, LAYERED
from quant.spec import Spec as SPEC

__all__ = [
    "ARCHITECTURES", "SPEC", "VARIANTS", "c_model", "compare", "density", "fit", "loss",
    "monte_carlo", "qat", "search", "spec_of_code", "trained",
]  # fmt: skip

ARCHITECTURES = {"layered": LAYERED, "flooding": FLOODING, "direct": FLOODING}
"""Of hardware -> the kind of spec that it computes."""


DIRECT_EDGES, DIRECT_DEGREE = 1000, 64
"""Of a code that a device surely holds with a wire for each edge (``hw.direct``)."""


def spec_of_code(code: str | CodeFile, architecture: str | None = None) -> SPEC:
    """The untrained spec of a code of the catalogue or a code file.

    architecture : None for "layered" where the code has block structure, "direct" where not; of a
        file, only if a device holds it so
    """
    from model import catalog
    from quant.fit import default_spec

    graph = catalog.resolve(code)
    if architecture is None:
        direct = not graph.in_layers
        if direct and not (isinstance(code, str) and catalog.is_name(code)):
            degree = max(graph.check_degrees.max(), graph.variable_degrees.max())
            direct = graph.n_edges <= DIRECT_EDGES and degree <= DIRECT_DEGREE
        architecture = "direct" if direct else "layered"
    kind = ARCHITECTURES[architecture]
    return default_spec(graph, schedule="flooding" if kind == FLOODING else "layered")


def c_model(spec: SPEC) -> dict[str, str]:
    """Sources of the C model: file name to text."""
    from quant.cmodel import sources

    return sources(spec)


def monte_carlo() -> type:
    """The class of :mod:`quant.monte_carlo`."""
    from quant.min_sum.monte_carlo import DecoderMonteCarlo

    return DecoderMonteCarlo


def compare() -> type:
    """The class of :mod:`quant.comparison`."""
    from quant.min_sum.comparison import DecoderComparer

    return DecoderComparer


def fit(argv: Sequence[str]) -> int:
    """``python -m quant.fit`` for decoders."""
    from quant.fit_command import main

    return main(argv)


def loss(argv: Sequence[str]) -> int:
    """``python -m quant.loss`` for decoders."""
    from quant.loss_command import main

    return main(argv)


def search(argv: Sequence[str]) -> int:
    """``python -m quant.search`` for decoders."""
    from quant.search.command import main

    return main(argv)


def qat(argv: Sequence[str]) -> int:
    """``python -m quant.qat`` for decoders."""
    from quant.qat.command import main

    return main(argv)


def density(argv: Sequence[str]) -> int:
    """``python -m quant.density`` for decoders."""
    from quant.density.command import main

    return main(argv)


def trained(argv: Sequence[str]) -> int:
    """``python -m quant.trained`` for decoders."""
    from quant.trained import run

    return run(argv)
