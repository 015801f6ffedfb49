"""A quick frame error rate of the integer decoder at one Eb/N0, on the C model."""

from pathlib import Path

import numpy as np
from tqdm import tqdm

import quant.spec
from model.channel import random_frames
from model.encode import Encoder
from quant.cmodel import CModel

_BATCH = 200


def error_point(
    spec_file: Path, ebn0_db: float, *, errors: int = 100, most_frames: int = 10_000, seed: int = 1
) -> dict:
    """Decode random codewords over AWGN until ``errors`` frames are wrong or ``most_frames`` done.

    A frame is wrong if any of its information bits is. Returns {"fer", "errors", "frames",
    "ebn0_db", "message_bits", "mean_iterations"}.
    """
    spec = quant.spec.load(spec_file)
    graph = spec.graph()
    encoder, compiled = Encoder(graph), CModel(spec)
    rng = np.random.default_rng(seed)
    wrong = frames = iterations = 0
    with tqdm(total=errors, desc=f"frame errors at {ebn0_db:g} dB", leave=False) as bar:
        while wrong < errors and frames < most_frames:
            words, llr = random_frames(graph, encoder, _BATCH, ebn0_db, rng)
            decoded = compiled.decode(compiled.quantise(llr))
            missed = (decoded.bits != words)[:, encoder.information_positions].any(axis=1)
            wrong += int(missed.sum())
            frames += len(missed)
            iterations += int(decoded.iterations.sum(dtype=np.int64))
            bar.update(int(missed.sum()))
    return {
        "fer": wrong / frames,
        "errors": wrong,
        "frames": frames,
        "ebn0_db": ebn0_db,
        "message_bits": spec.message_bits,
        "mean_iterations": iterations / frames,
    }
