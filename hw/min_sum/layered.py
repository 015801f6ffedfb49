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
from hw.min_sum.facts import decoder_facts
from hw.min_sum.layered_estimate import estimate
from hw.min_sum.retries import check_retries
from quant.spec import Spec

__all__ = ["OPTIONS", "component", "estimate", "facts"]


def component(spec: Spec, options: OPTIONS) -> Shell:
    """The top-level component."""
    arithmetic, mark = MinSum(spec, options.target), mark_of(options.order)
    options = options.resolved(arithmetic.job)
    check_retries(spec, options.frames(arithmetic.job))
    decoders = [LayeredCore(arithmetic, options, mark) for _ in range(options.cores)]
    return Shell(cores.all_of(decoders, options.order))


def facts(component: Shell) -> dict:
    """Rates and formats of a decoder, or of all cores together (:mod:`hw.min_sum.facts`).

    At full iterations the schedule's period serves ``slots`` frames, unless a stream is slower.
    ``closes_after_idle_cycles``, only in lock-step, is when a group with fewer frames starts
    (:mod:`hw.layered.group_fill`). ``cell_models`` are the simulation models that the Verilog
    needs.
    """
    decoder = cores.one_of(component)
    spec, options = decoder.arithmetic.spec, decoder.options
    in_flight = options.slots * decoder.frames * options.cores
    found = decoder_facts(component, spec, decoder.frames)
    if decoder.frames > 1:
        found["closes_after_idle_cycles"] = decoder.loader.group.pause_cycles
    return found | {
        "frames_in_flight": in_flight,
        "frames_in_lockstep": decoder.frames,
        "cycles_per_frame_per_iteration": decoder.schedule.period / in_flight,
        "lifting_size": spec.code.lifting_size,
        "cell_models": list(target.named(options.target).cell_models),
    }
