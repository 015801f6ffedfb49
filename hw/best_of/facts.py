"""What both engines of decoders side by side have in common: options, facts for build.json."""

from dataclasses import fields

from hw.frame import cores
from hw.frame.options import SOFT
from hw.frame.shell import Shell
from hw.options import BuildOptions
from model.errors import InputError
from model.ranges import runs


def plain(options: BuildOptions, kind: type) -> BuildOptions:
    """A member's own options; ``InputError`` for what no choice among answers is made of."""
    if options.decisions == SOFT:
        raise InputError(
            f"decisions is {SOFT!r}, must be 'hard' side by side: soft values of the members have "
            "scales of their own"
        )
    return kind(**{field.name: getattr(options, field.name) for field in fields(kind)})


def facts(component: Shell, frames_in_flight: int) -> dict:
    """Rates and formats, at full iterations."""
    core = cores.one_of(component)
    spec, options = core.spec, core.decoders[0].options
    return cores.facts(component, spec.name) | {
        "iterations": spec.iterations,
        "members": len(core.decoders),
        "frames_in_flight": frames_in_flight,
        "llrs_per_beat": options.llrs_per_beat,
        "bits_per_beat": options.bits_per_beat,
        "cycles_per_frame_full": component.cycles_per_frame(spec.iterations),
        "coded_bits_per_frame": spec.n,
        "info_bits_per_frame": spec.k,
        "information_positions": [list(run) for run in runs(spec.first.information_positions)],
        "message_bits": max(member.message_bits for member in spec.members),
        "app_bits": max(member.app_bits for member in spec.members),
        "code": spec.first.code.name,
    }
