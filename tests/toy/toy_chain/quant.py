"""What the family supplies in integers."""

from functools import cached_property

import numpy as np

from model.channel import awgn_llr
from model.encode import Encoder
from quant.comparison import Comparer, Unit
from quant.golden import Decoded, quantise_llr
from toy_chain.cmodel import ChainModel
from toy_chain.cmodel import sources as c_model
from toy_chain.golden import golden
from toy_chain.spec import ChainSpec
from toy_chain.spec import ChainSpec as SPEC

__all__ = ["SPEC", "c_model", "compare", "golden", "score", "spec_of_code", "traffic"]

POINTS_DB = (0.0, 2.0, 4.0, 6.0)


def spec_of_code(code: str, architecture: str | None = None) -> ChainSpec:
    """The spec that ``--code chain`` stands for: flooding, then layers with wider messages."""
    from model import catalog
    from quant.fit import default_spec

    graph = catalog.get("bch_31_16")
    first = default_spec(graph, iterations=2, schedule="flooding")
    return ChainSpec("chain", first, default_spec(graph, iterations=6, message_bits=5))


def traffic(
    spec: ChainSpec, snr_db: float, rng: np.random.Generator, frames: int
) -> tuple[np.ndarray, np.ndarray]:
    """Random information (frames, k) and the codes that a receiver sees of it through AWGN."""
    encoder = Encoder(spec.second.graph())
    sent = rng.integers(0, 2, (frames, encoder.k), dtype=np.uint8)
    words = encoder.encode(sent)[:, spec.second.transmitted]
    # At rate 1/2 the Eb/N0 of real symbols is their SNR.
    return sent, quantise_llr(spec.first, awgn_llr(words, snr_db, 0.5, rng))


def score(spec: ChainSpec, sent: np.ndarray, got: Decoded) -> dict[str, np.ndarray]:
    """Wrong information bits of each frame."""
    information = Encoder(spec.second.graph()).information_positions
    return {"bit_errors": (sent != got.bits[:, information]).sum(axis=1)}


class ChainComparer(Comparer):
    """Random frames in equal parts at four SNR, all vector widths in turn."""

    @cached_property
    def model(self) -> ChainModel:
        return ChainModel(self.spec, every_width=True)

    def points_db(self, seed: int) -> list[float]:
        return list(POINTS_DB)

    def compare(self, point_db: float, seed: int, number: int, frames: int) -> Unit:
        spec, model = self.spec, self.model
        model.use_vectors_in_turn(number)
        rng = np.random.default_rng([seed, POINTS_DB.index(point_db), number])
        sent, codes = traffic(spec, point_db, rng, frames)
        due = golden(spec, codes)
        wrong = int((score(spec, sent, due)["bit_errors"] > 0).sum())
        return Unit(frames, int(model.decode(codes).differs(due).sum()), wrong, frames)


def compare() -> type:
    """The class of :mod:`quant.comparison`."""
    return ChainComparer
