"""Detector specs for tests: sizes that run in no time, with plausible numbers."""

from functools import cache

import numpy as np

from model.mimo_detector.parameters import DetectorParameters
from model.mimo_detector.system import Blocks, System
from quant.mimo_detector import fit, golden, host, reference
from quant.mimo_detector.fit import Words
from quant.mimo_detector.spec import DetectorSpec


def small_parameters(
    antennas: int = 8, users: int = 3, modulation: str = "16qam", start: str = "lmmse",
    weights: str = "matched", rounds: int = 3,
) -> DetectorParameters:  # fmt: skip
    """Numbers as training starts with them."""
    system = System(antennas, users, modulation)
    unit = system.constellation.unit
    theta = unit * np.linspace(0.8, 0.5, rounds)
    momentum = np.where(np.arange(rounds) > 0, 0.2, 0.0)
    return DetectorParameters(
        system, start, weights, np.linspace(1.0, 0.9, rounds), momentum, theta,
        unit if start == "lmmse" else None, 0.4 if weights == "whitened" else None, 0.5 * unit,
    )  # fmt: skip


@cache
def small_detector(
    antennas: int = 8, users: int = 3, modulation: str = "16qam", start: str = "lmmse",
    weights: str = "matched", rounds: int = 3, snr_db: float = 12.0, **widths: int,
) -> DetectorSpec:  # fmt: skip
    """A fitted spec; ``widths`` are fields of ``Words``."""
    parameters = small_parameters(antennas, users, modulation, start, weights, rounds)
    blocks, floats, received = drawn(parameters, snr_db)
    seen = fit.calibrate(parameters, floats, received)
    return fit.fit(parameters, seen, Words(**widths), name="small_detector")


def drawn(
    parameters: DetectorParameters, snr_db: float = 12.0, blocks: int = 20, vectors: int = 20,
    channel: str = "iid", seed: int = 1,
) -> tuple[Blocks, host.FloatMatrices, np.ndarray]:  # fmt: skip
    """Blocks, what the host makes of their channels, and y (blocks, vectors, antennas)."""
    system, rng = parameters.system, np.random.default_rng(seed)
    found = system.blocks(blocks, vectors, channel, snr_db, rng)
    floats = host.matrices(reference.recipe(parameters), found.channel, found.noise_power)
    return found, floats, found.received.swapaxes(1, 2)


def given(
    spec: DetectorSpec, channels: int, vectors: int, seed: int = 1
) -> tuple[golden.Matrices, np.ndarray]:
    """Random values of the words, all of them as likely: matrices, and y (.., vectors, N, 2)."""
    rng = np.random.default_rng(seed)

    def values(word, *shape: int) -> np.ndarray:
        codes = rng.integers(-(1 << (word.bits - 1)), 1 << (word.bits - 1), (channels, *shape, 2))
        return golden.values_of_codes(word, codes)[0]

    n, u = spec.antennas, spec.users
    w0 = None if spec.start is None else values(spec.w, u, n)
    matrices = golden.Matrices(values(spec.h, n, u), values(spec.w, u, n), w0, {})
    return matrices, values(spec.y, vectors, n)
