"""The engine: the chain in a shell, and what build.json says of it."""

from hw.frame import cores, status
from hw.frame.shell import Shell
from model.errors import InputError
from toy_chain.core import Chain
from toy_chain.options import Options as OPTIONS
from toy_chain.spec import ChainSpec

__all__ = ["OPTIONS", "component", "facts"]


def component(spec: ChainSpec, options: OPTIONS) -> Shell:
    """The top-level component; ``InputError`` for a first decoder that keeps no sums."""
    if not spec.first.flooding:
        raise InputError(f"{spec.name}: first must be a flooding decoder: others keep no sums")
    return Shell(Chain(spec, options, status.marks(tagged=False)))


def facts(component: Shell) -> dict:
    """Rates and formats, as every engine says them."""
    core = cores.one_of(component)
    spec = core.spec
    return cores.facts(component, spec.name) | {
        "iterations": spec.iterations,
        "frames_in_flight": core.first.options.stages + 1,
        "llrs_per_beat": core.options.llrs_per_beat,
        "bits_per_beat": core.options.bits_per_beat,
        "cycles_per_frame_full": component.cycles_per_frame(spec.iterations),
        "coded_bits_per_frame": spec.n,
        "info_bits_per_frame": spec.second.k,
    }
