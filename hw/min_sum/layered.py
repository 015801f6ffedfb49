# amaranth: UnusedElaboratable=no
# Rates are asked of decoders that nobody elaborates.
"""Min-sum on the block-serial engine: options, component, facts for build.json."""

from hw.frame import cores
from hw.frame.collect import mark_of
from hw.frame.shell import Shell
from hw.layered.core import LayeredCore
from hw.layered.options import Options as OPTIONS
from hw.lib import target
from hw.min_sum.arithmetic import MinSum
from hw.min_sum.layered_estimate import estimate
from quant.operating_point import operating_point
from quant.spec import Spec

__all__ = ["OPTIONS", "component", "estimate", "facts"]


def component(spec: Spec, options: OPTIONS) -> Shell:
    """The top-level component."""
    arithmetic, mark = MinSum(spec, options.target), mark_of(options.order)
    options = options.resolved(arithmetic.job)
    decoders = [LayeredCore(arithmetic, options, mark) for _ in range(options.cores)]
    return Shell(cores.all_of(decoders, options.order))


def facts(component: Shell) -> dict:
    """Rates and formats of a decoder, or of all cores together.

    ``cycles_per_frame_full`` is at full iterations: the schedule's period serves ``slots`` frames,
    unless a stream is slower. ``cycles_per_frame_average`` is that with early stop for the mean
    iterations of golden at ``average_ebn0_db`` (:mod:`quant.operating_point`). ``latency_cycles``
    bounds a frame that finds the decoder idle, from its last input beat to its last output beat
    without back-pressure. ``closes_after_idle_cycles``, only in lock-step, is when a group with
    fewer frames starts (:mod:`hw.layered.group_fill`). ``cell_models`` are the simulation models
    that the Verilog needs.
    """
    decoder = cores.one_of(component)
    spec, options = decoder.arithmetic.spec, decoder.options
    in_flight = options.slots * decoder.frames * options.cores
    point, period = operating_point(spec), decoder.schedule.period
    mean = point.mean_of_slowest(decoder.frames)
    found = cores.facts(component, spec.name)
    if decoder.frames > 1:
        found["closes_after_idle_cycles"] = decoder.loader.group.pause_cycles
    return found | {
        "iterations": spec.iterations,
        "frames_in_flight": in_flight,
        "frames_in_lockstep": decoder.frames,
        "llrs_per_beat": options.llrs_per_beat,
        "bits_per_beat": options.bits_per_beat,
        "input_beats_per_frame": decoder.format.input_beats,
        "output_beats_per_frame": decoder.format.output_beats,
        "cycles_per_frame_full": component.cycles_per_frame(spec.iterations),
        "cycles_per_frame_per_iteration": period / in_flight,
        "cycles_per_frame_average": round(component.cycles_per_frame(mean), 1),
        "average_iterations": round(mean, 2),
        "average_ebn0_db": point.ebn0_db,
        "latency_cycles": component.latency_cycles,
        "coded_bits_per_frame": spec.n,
        "info_bits_per_frame": spec.k,
        "message_bits": spec.message_bits,
        "app_bits": spec.app_bits,
        "code": spec.code.name,
        "lifting_size": spec.code.lifting_size,
        "cell_models": list(target.named(options.target).cell_models),
    }
