"""Error rates, and the C model against golden."""

from quant.best_of.cmodel import BestOfModel
from quant.best_of.golden import decode
from quant.min_sum.wrapped import Wrapper, WrapperComparer, WrapperMonteCarlo

_PARTS = Wrapper(lambda spec: spec.first, decode, BestOfModel, (1.0, 2.5, 3.5, 4.5))


class BestOfMonteCarlo(WrapperMonteCarlo):
    """The first member alone makes the frames."""

    parts = _PARTS

    def title(self, model: str) -> str:
        spec, name = self.spec, {"c": "C model", "golden": "golden"}[model]
        return (
            f"{spec.first.code.name}, {spec.first.message_bits}-bit, {name}, "
            f"{spec.iterations} iterations, best of {len(spec.members)}"
        )


class BestOfComparer(WrapperComparer):
    """At four Eb/N0."""

    parts = _PARTS
