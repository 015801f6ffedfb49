"""The direct decoder as a kind of hardware: options, component, facts for build.json."""

from hw.direct import estimate as area
from hw.direct.decoder import DirectDecoder
from hw.direct.graph import Graph
from hw.direct.messages import index_code
from hw.direct.options import Options as OPTIONS
from hw.frame import cores
from hw.frame.collect import mark_of
from hw.frame.shell import Shell
from hw.lib.magnitude import Thermometer
from hw.min_sum.facts import decoder_facts
from model.errors import InputError
from quant.spec import Spec

__all__ = ["OPTIONS", "component", "facts"]


def component(spec: Spec, options: OPTIONS) -> Shell:
    """The top-level component; ``InputError`` for one that the target device cannot hold."""
    check_levels(spec)
    area.check(spec, Graph(spec), options.resolved(spec))
    mark = mark_of(options.order)
    decoders = [DirectDecoder(spec, options, mark) for _ in range(options.cores)]
    return Shell(cores.all_of(decoders, options.order))


def check_levels(spec: Spec) -> None:
    """``InputError`` for maps that a direct decoder has not."""
    if spec.tie_levels:
        raise InputError(
            f"{spec.name}: a direct decoder has no levels for ties, its maps have "
            "(--architecture flooding computes them)"
        )


def facts(component: Shell) -> dict:
    """Rates and formats of a decoder, or of all cores together (:mod:`hw.min_sum.facts`).

    ``edges`` are those of the graph; ``frames_in_flight`` counts frames in the node arrays. Modules
    for thermometer codes are cut where gates should not be merged: synthesis does better module by
    module. For binary ones it makes no difference but in time.
    """
    decoder = cores.one_of(component)
    return decoder_facts(component, decoder.spec) | of_engine(decoder)


def of_engine(decoder: DirectDecoder) -> dict:
    """What is so because every edge is a wire, of all equal cores together."""
    spec, options = decoder.spec, decoder.options
    unrolled = options.form == "unrolled"
    return {
        "form": options.form,
        "edges": len(decoder.graph.edges),
        "estimated_comb": options.cores * area.estimate(spec, decoder.graph, options).comb,
        "frames_in_flight": options.cores
        * (decoder.arrays.latency_cycles if unrolled else options.stages),
    } | ({"mapped_once": "*"} if isinstance(index_code(spec)[0], Thermometer) else {})
