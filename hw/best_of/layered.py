# amaranth: UnusedElaboratable=no
# Rates are asked of decoders that nobody elaborates.
"""Side by side on block-serial engines: options, component, facts for build.json."""

from dataclasses import dataclass, replace

from hw.best_of.facts import facts as of_all
from hw.best_of.facts import plain, shell
from hw.estimates import Estimate
from hw.frame import cores
from hw.frame.shell import Shell
from hw.layered.core import LayeredCore
from hw.layered.options import Options as LayeredOptions
from hw.lib import target
from hw.min_sum import layered_estimate
from hw.min_sum.arithmetic import MinSum
from model.errors import InputError
from quant.best_of.spec import BestOfSpec
from quant.spec import Spec

__all__ = ["OPTIONS", "component", "estimate", "facts"]


@dataclass(frozen=True)
class Options(LayeredOptions):
    """Those of one block-serial decoder; every member has them."""

    def resolved(self, spec: BestOfSpec) -> LayeredOptions:
        """A member's, with every size and width chosen."""
        if self.lanes is not None:
            raise InputError(f"lanes is {self.lanes}, decoders side by side have all of them")
        return plain(self, LayeredOptions).resolved(spec.first)


OPTIONS = Options


def component(spec: BestOfSpec, options: Options) -> Shell:
    """The top-level component."""
    def decoder(member: Spec, resolved: LayeredOptions, mark: dict[str, int]) -> LayeredCore:
        return LayeredCore(MinSum(member, options.target), resolved, mark, counted=True)

    return shell(spec, options, decoder)


def estimate(spec: BestOfSpec, options: Options) -> Estimate | None:
    """Of all members together; None where there is none of one."""
    resolved = options.resolved(spec)
    found = [layered_estimate.estimate(member, resolved) for member in spec.members]
    if None in found:
        return None
    return replace(
        found[0],
        comb=sum(one.comb for one in found),
        ebr=sum(one.ebr for one in found),
        cycles_per_frame=max(one.cycles_per_frame for one in found),
    )


def facts(component: Shell) -> dict:
    """As of one decoder (:mod:`hw.min_sum.layered`)."""
    core = cores.one_of(component)
    options = core.decoders[0].options
    return of_all(component, options.slots * options.cores) | {
        "lifting_size": core.spec.first.code.lifting_size,
        "cell_models": list(target.named(options.target).cell_models),
    }
