"""The decoder with restarts as a kind of hardware: options, component, facts for build.json."""

from hw.direct import estimate as area
from hw.direct.graph import Graph
from hw.frame import cores
from hw.frame.collect import mark_of
from hw.frame.shell import Shell
from hw.min_sum.facts import frame_facts
from hw.restarts.decoder import RestartDecoder
from hw.restarts.options import Options as OPTIONS
from model.errors import InputError
from quant.restarts.spec import RestartSpec

__all__ = ["OPTIONS", "component", "facts"]


def component(spec: RestartSpec, options: OPTIONS) -> Shell:
    """The top-level component; ``InputError`` for what hardware has not."""
    decoder = spec.decoder
    if not decoder.flooding or decoder.tie_levels or decoder.relaxation:
        raise InputError(
            f"{spec.name}: decoder must be a flooding one without levels for ties and without "
            "relaxation: in hardware only the direct decoder has restarts"
        )
    if len(spec.starts) > 1:
        raise InputError(
            f"{spec.name}: {len(spec.starts)} starts, hardware has one; golden and C model have all"
        )
    direct = options.direct(spec)
    area.check(decoder, Graph(decoder), direct)
    mark = mark_of(options.order)
    decoders = [RestartDecoder(spec, direct, mark) for _ in range(options.cores)]
    return Shell(cores.all_of(decoders, options.order))


def facts(component: Shell) -> dict:
    """Rates and formats of a decoder, or of all cores together."""
    core = cores.one_of(component)
    spec, options = core.whole, core.options
    return frame_facts(component, spec.name, spec.decoder, spec.iterations) | {
        "frames_in_flight": options.cores * options.stages,
    }
