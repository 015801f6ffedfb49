"""Error rates: frames of the decoder's own C model, decoded with restarts."""

from collections.abc import Callable
from functools import cached_property

import numpy as np

from quant.cmodel import CModel
from quant.golden import Decoded, quantise_llr
from quant.min_sum.link import Channel
from quant.min_sum.monte_carlo import DecoderMonteCarlo
from quant.monte_carlo import FrameCounts
from quant.restarts.cmodel import RestartModel
from quant.restarts.golden import decode


class RestartMonteCarlo(DecoderMonteCarlo):
    """As of decoders; a frame is the same one that the decoder alone gets from the same seed."""

    models = ("c", "golden")

    @cached_property
    def compiled(self) -> CModel:
        """The decoder alone: it makes the frames."""
        return CModel(self.spec.decoder)

    @cached_property
    def restarted(self) -> RestartModel:
        """The compiled model, loaded once."""
        return RestartModel(self.spec)

    def prepare(self, model: str) -> None:
        _ = self.decoder(model), self.information_positions

    @cached_property
    def information_positions(self) -> np.ndarray:
        """Of the decoder's code."""
        return self.spec.decoder.information_positions

    def _decoder(self, model: str) -> Callable[[np.ndarray], Decoded]:
        if model == "c":
            model_in_c = self.restarted
            return lambda llr: model_in_c.decode(self.compiled.quantise(llr))
        return lambda llr: decode(self.spec, quantise_llr(self.spec.decoder, llr))

    def count(
        self, model: str, link: Channel, ebn0_db: float, seed: int, first: int, frames: int
    ) -> FrameCounts:
        return self.decoded_and_counted(
            self.decoder(model), self.information_positions, link, ebn0_db, seed, first, frames
        )

    def title(self, model: str) -> str:
        spec = self.spec
        suffix = "" if len(spec.starts) == 1 else f", {len(spec.starts)} starts"
        name = {"c": "C model", "golden": "golden"}[model]
        return (
            f"{spec.decoder.code.name}, {spec.decoder.message_bits}-bit, {name}, up to "
            f"{spec.blocks} blocks of {spec.decoder.iterations} iterations{suffix}"
        )

    def remarks(self) -> list[str]:
        return []
