"""The direct decoder as a kind of hardware: options, component, facts for build.json."""

from hw.direct import estimate
from hw.direct.decoder import DirectDecoder
from hw.direct.graph import Graph
from hw.direct.messages import index_code
from hw.direct.options import Options as OPTIONS
from hw.frame import cores
from hw.frame.collect import mark_of
from hw.frame.shell import Shell
from hw.lib.magnitude import Thermometer
from model.errors import InputError
from quant.operating_point import operating_point
from quant.spec import Spec

__all__ = ["OPTIONS", "component", "facts"]


def component(spec: Spec, options: OPTIONS) -> Shell:
    """The top-level component; ``InputError`` for one that the target device cannot hold."""
    if spec.tie_levels:
        raise InputError(
            f"{spec.name}: a direct decoder has no levels for ties, its maps have "
            "(--architecture flooding computes them)"
        )
    estimate.check(spec, Graph(spec), options.resolved(spec))
    mark = mark_of(options.order)
    decoders = [DirectDecoder(spec, options, mark) for _ in range(options.cores)]
    return Shell(cores.all_of(decoders, options.order))


def facts(component: Shell) -> dict:
    """Rates and formats of a decoder, as ``hw.layered.kind`` has them.

    ``edges`` are those of the graph; ``frames_in_flight`` counts frames in the node arrays. Modules
    for thermometer codes are cut where gates should not be merged: synthesis does better module by
    module. For binary ones it makes no difference but in time.
    """
    decoder = cores.one_of(component)
    spec, options = decoder.spec, decoder.options
    point = operating_point(spec)
    unrolled = options.form == "unrolled"
    return cores.facts(component, spec.name) | {
        "form": options.form,
        "iterations": spec.iterations,
        "edges": len(decoder.graph.edges),
        "estimated_comb": options.cores * estimate.estimate(spec, decoder.graph, options).comb,
        "frames_in_flight": options.cores
        * (decoder.arrays.latency_cycles if unrolled else options.stages),
        "llrs_per_beat": options.llrs_per_beat,
        "bits_per_beat": options.bits_per_beat,
        "input_beats_per_frame": decoder.format.input_beats,
        "output_beats_per_frame": decoder.format.output_beats,
        "cycles_per_frame_full": component.cycles_per_frame(spec.iterations),
        "cycles_per_frame_average": round(component.cycles_per_frame(point.mean_iterations), 1),
        "average_iterations": round(point.mean_iterations, 2),
        "average_ebn0_db": point.ebn0_db,
        "latency_cycles": component.latency_cycles,
        "coded_bits_per_frame": spec.n,
        "info_bits_per_frame": spec.k,
        "message_bits": spec.message_bits,
        "app_bits": spec.app_bits,
        "code": spec.code.name,
    } | ({"mapped_once": "*"} if isinstance(index_code(spec)[0], Thermometer) else {})
