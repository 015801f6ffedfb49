"""What both engines of decoders side by side share: options, component, facts for build.json."""

from collections.abc import Callable
from dataclasses import fields

from hw.best_of.core import BestOf
from hw.frame import cores
from hw.frame.collect import mark_of
from hw.frame.options import SOFT
from hw.frame.shell import Shell
from hw.min_sum.facts import frame_facts
from hw.options import BuildOptions
from model.errors import InputError
from quant.best_of.spec import BestOfSpec


def plain(options: BuildOptions, kind: type) -> BuildOptions:
    """A member's own options; ``InputError`` for what no choice among answers is made of."""
    if options.decisions == SOFT:
        raise InputError(
            f"decisions is {SOFT!r}, must be 'hard' side by side: soft values of the members have "
            "scales of their own"
        )
    return kind(**{field.name: getattr(options, field.name) for field in fields(kind)})


def shell(spec: BestOfSpec, options: BuildOptions, decoder: Callable) -> Shell:
    """The top-level component.

    decoder : makes one of a member, a member's options and a mark; the first of them has the mark
    """
    marks = [mark_of(options.order), *({} for _ in spec.members[1:])]

    def one() -> BestOf:
        resolved = options.resolved(spec)
        both = zip(spec.members, marks, strict=True)
        return BestOf(spec, [decoder(member, resolved, mark) for member, mark in both])

    return Shell(cores.all_of([one() for _ in range(options.cores)], options.order))


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
