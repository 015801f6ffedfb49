"""What a direct decoder will cost, before it is built: gates per edge and iteration, measured.

The figures come from docs/direct.md: BCH(31,16) iterated by ``synth.widths`` and with relaxation,
CCSDS (128,64) in both forms for 3 levels; the others lie between and beyond.
"""

from dataclasses import dataclass

from hw.direct.graph import Graph
from hw.direct.options import Options
from hw.lib.devices import sized
from model.errors import InputError
from quant.spec import Spec

EDGE_COMB = {
    "iterated": {2: 20, 3: 26, 4: 36, 8: 59, 16: 66, 32: 80},
    "unrolled": {2: 14, 3: 18, 4: 28, 8: 50, 16: 66, 32: 80},
}
"""COMB per edge and copy of the iteration without relaxation, by magnitude levels that differ."""
RELAXED_COMB = 14  # more per edge and copy
CLASS_COMB = 2  # more per edge, message bit and class of iterations behind the first
VARIABLE_COMB = 12  # per variable: loading, deciding, sending


@dataclass(frozen=True)
class Estimate:
    """COMB of a decoder, and the most iterations that fit the device in its form."""

    comb: int
    largest_iterations: int


def estimate(spec: Spec, graph: Graph, options: Options) -> Estimate:
    """Estimated COMB of ``spec`` in the form of ``options``."""
    levels = 1 + sum(any(a != b for a, b in cells) for cells in _neighbours(spec))
    edge = next(comb for size, comb in EDGE_COMB[options.form].items() if size >= levels)
    edge += RELAXED_COMB if spec.relaxation else 0
    edges, fixed = len(graph.edges), VARIABLE_COMB * spec.n_variables
    most = sized(options.target).comb
    if options.form == "unrolled":
        copy = edge * edges
        return Estimate(
            fixed + copy * spec.iterations, max(0, (most - fixed) // copy)
        )
    sizes = [len(set(spec.maps.index[: t + 1])) for t in range(spec.iterations)]
    sizes = [
        fixed + edges * (edge + CLASS_COMB * spec.message_bits * (classes - 1)) for classes in sizes
    ]
    return Estimate(sizes[-1], sum(size <= most for size in sizes))


def _neighbours(spec: Spec) -> list[list[tuple[int, int]]]:
    """Per step from one magnitude index to the next, the levels of both in every map."""
    book = spec.maps.codebook
    return [[(m[i], m[i + 1]) for m in book] for i in range(len(book[0]) - 1)]


def check(spec: Spec, graph: Graph, options: Options) -> None:
    """``InputError`` for a decoder that exceeds the device, unless ``oversize`` is chosen."""
    found = estimate(spec, graph, options)
    comb, device = options.cores * found.comb, sized(options.target)
    if comb > device.comb and not options.oversize:
        cores = f" in {options.cores} cores" if options.cores > 1 else ""
        raise InputError(
            f"{spec.name}: about {comb} COMB {options.form}{cores} for {len(graph.edges)} edges, "
            f"{device.name} has {device.comb}: at most {found.largest_iterations} of "
            f"{spec.iterations} iterations fit (--architecture layered takes far less and is "
            "slower, --oversize builds it all the same)"
        )
