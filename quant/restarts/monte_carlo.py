"""Error rates, and the C model against golden."""

from quant.min_sum.wrapped import Wrapper, WrapperComparer, WrapperMonteCarlo
from quant.restarts.cmodel import RestartModel
from quant.restarts.golden import decode

_PARTS = Wrapper(lambda spec: spec.decoder, decode, RestartModel, (1.0, 2.5, 4.0, 5.5))


class RestartMonteCarlo(WrapperMonteCarlo):
    """The decoder alone makes the frames."""

    parts = _PARTS

    def title(self, model: str) -> str:
        spec = self.spec
        suffix = "" if len(spec.starts) == 1 else f", {len(spec.starts)} starts"
        name = {"c": "C model", "golden": "golden"}[model]
        return (
            f"{spec.decoder.code.name}, {spec.decoder.message_bits}-bit, {name}, up to "
            f"{spec.blocks} blocks of {spec.decoder.iterations} iterations{suffix}"
        )


class RestartComparer(WrapperComparer):
    """At four Eb/N0."""

    parts = _PARTS
