# amaranth: UnusedElaboratable=no
# Rates are asked of decoders that nobody elaborates.
"""Side by side as direct decoders: options, component, facts for build.json."""

from dataclasses import dataclass, replace
from functools import partial

from hw.best_of.facts import facts as of_all
from hw.best_of.facts import plain, shell
from hw.direct import estimate as area
from hw.direct.decoder import DirectDecoder
from hw.direct.graph import Graph
from hw.direct.kind import check_levels, of_engine
from hw.direct.options import Options as DirectOptions
from hw.frame import cores
from hw.frame.shell import Shell
from hw.lib.devices import sized
from model.errors import InputError
from quant.best_of.spec import BestOfSpec

__all__ = ["OPTIONS", "component", "facts"]


@dataclass(frozen=True)
class Options(DirectOptions):
    """Those of one direct decoder; every member has them."""

    def resolved(self, spec: BestOfSpec) -> DirectOptions:
        """A member's, with every number chosen: as many stages as the one needs that needs most."""
        own = plain(self, DirectOptions)
        stages = max(own.resolved(member).stages for member in spec.members)
        return replace(own, stages=stages).resolved(spec.first)


OPTIONS = Options


def component(spec: BestOfSpec, options: Options) -> Shell:
    """The top-level component; ``InputError`` for one that the target device cannot hold."""
    for member in spec.members:
        check_levels(member)
    comb = options.cores * estimated_comb(spec, options.resolved(spec))
    device = sized(options.target)
    if comb > device.comb and not options.oversize:
        raise InputError(
            f"{spec.name}: about {comb} COMB for {len(spec.members)} members, {device.name} has "
            f"{device.comb} (--oversize builds it all the same)"
        )
    return shell(spec, options, partial(DirectDecoder, counted=True))


def estimated_comb(spec: BestOfSpec, options: DirectOptions) -> int:
    """Of all members with the ``options`` of each."""
    return sum(area.estimate(one, Graph(one), options).comb for one in spec.members)


def facts(component: Shell) -> dict:
    """As of one decoder (:mod:`hw.direct.kind`)."""
    core = cores.one_of(component)
    found = [of_engine(one) for one in core.decoders]
    in_flight = sum(each.pop("frames_in_flight") for each in found) // len(found)
    comb = sum(each.pop("estimated_comb") for each in found)
    return of_all(component, in_flight) | found[0] | {"estimated_comb": comb}
