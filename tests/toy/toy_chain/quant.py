"""What the family supplies in integers."""

import numpy as np

from model.channel import awgn_llr
from model.encode import Encoder
from quant.comparison import Comparison
from quant.golden import Decoded, quantise_llr
from toy_chain.cmodel import ChainModel
from toy_chain.cmodel import sources as c_model
from toy_chain.golden import golden
from toy_chain.spec import ChainSpec
from toy_chain.spec import ChainSpec as SPEC

__all__ = ["SPEC", "c_model", "compare", "golden", "score", "spec_of_code", "traffic"]

POINTS_DB = (0.0, 2.0, 4.0, 6.0)
BATCH = 500


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


def compare(spec: ChainSpec, frames: int, seed: int = 1, progress=None) -> Comparison:
    """At least ``frames`` random frames in equal parts at four SNR, all vector widths in turn."""
    model = ChainModel(spec, every_width=True)
    rng = np.random.default_rng(seed)
    sizes = model.vector_sizes
    share = -(-frames // len(POINTS_DB))
    result = Comparison(0, 0, [])
    for snr_db in POINTS_DB:
        wrong = 0
        for number, start in enumerate(range(0, share, BATCH)):
            model.use_vector_bytes(sizes[number % len(sizes)])
            sent, codes = traffic(spec, snr_db, rng, min(BATCH, share - start))
            due = golden(spec, codes)
            wrong += int((score(spec, sent, due)["bit_errors"] > 0).sum())
            result.different += int(model.decode(codes).differs(due).sum())
            result.frames += len(codes)
            if progress is not None:
                progress.update(len(codes))
        result.error_rates.append(wrong / share)
    model.use_vector_bytes(0)
    return result
