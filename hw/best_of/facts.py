"""What both engines of decoders side by side have in common: options, facts for build.json."""

from dataclasses import fields

from hw.frame import cores
from hw.frame.options import SOFT
from hw.frame.shell import Shell
from hw.min_sum.facts import frame_facts
from hw.options import BuildOptions
from model.errors import InputError


def plain(options: BuildOptions, kind: type) -> BuildOptions:
    """A member's own options; ``InputError`` for what no choice among answers is made of."""
    if options.decisions == SOFT:
        raise InputError(
            f"decisions is {SOFT!r}, must be 'hard' side by side: soft values of the members have "
            "scales of their own"
        )
    return kind(**{field.name: getattr(options, field.name) for field in fields(kind)})


def facts(component: Shell, frames_in_flight: int) -> dict:
    """Rates and formats, at full iterations; widths are those of the widest member."""
    core = cores.one_of(component)
    spec = core.spec
    return frame_facts(component, spec.name, spec.first, spec.iterations) | {
        "members": len(core.decoders),
        "frames_in_flight": frames_in_flight,
        "message_bits": max(member.message_bits for member in spec.members),
        "app_bits": max(member.app_bits for member in spec.members),
    }
