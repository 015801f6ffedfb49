"""Error rates of detectors: coherence blocks of ``model.mimo_detector``, detected in integers."""

import time
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from model.mimo_detector import channels
from model.mimo_detector.system import Blocks, System
from model.options import Options, option
from quant.mimo_detector import golden, preprocess
from quant.mimo_detector.cmodel import DetectorModel
from quant.mimo_detector.golden import Detected, Matrices
from quant.mimo_detector.preprocess import CORE, HOST, MATRICES_FROM
from quant.mimo_detector.spec import DetectorSpec
from quant.monte_carlo import SNR, FrameCounts, Kind, MonteCarlo, point_number

COUNTED = ("symbol_errors", "vector_errors", "y_saturated", "z_saturated", "r_saturated")


@dataclass(frozen=True)
class Upstream(Options):
    """What symbol vectors are received through, and what the host knows of it."""

    channel: str = option("iid", "kind of channel", choices=tuple(channels.CHANNELS))
    vectors: int = option(20, "symbol vectors of a coherence block", low=1, high=1000)
    pilots: int = option(
        0, "pilot symbols a user that the channel is estimated from; 0: it is known", low=0,
        high=10_000,
    )  # fmt: skip
    h_percent: int = option(
        100, "what the host takes H for, in percent of H: amplitude errors", low=1, high=1000
    )
    matrices: str = option(
        HOST, "who makes W and W0 of H: the host in double precision, or the core in integers",
        choices=MATRICES_FROM, later=True,
    )  # fmt: skip


class DetectorMonteCarlo(MonteCarlo):
    """A frame is a coherence block: one channel, and the symbol vectors received over it.

    ``symbol_errors`` and ``vector_errors`` (vectors with any wrong symbol) beside bit errors;
    ``y_saturated`` parts of y, ``z_saturated`` and ``r_saturated`` vectors, ``channel_saturated``
    parts of H, W and W0, ``table_saturated`` groups: see the spec.
    """

    axis = SNR
    models = ("c", "golden")
    link = Upstream
    unit_frames = 16
    frame = "block"
    kinds = (*map(Kind, COUNTED), Kind("channel_saturated"), Kind("table_saturated"))
    frames_decide = False

    @cached_property
    def compiled(self) -> DetectorModel:
        """The compiled model, loaded once."""
        return DetectorModel(self.spec)

    @property
    def system(self) -> System:
        """Antennas, users and modulation."""
        return system_of(self.spec)

    def frame_bits(self, link: Upstream) -> int:
        return link.vectors * self.spec.users * self.spec.bits_per_symbol

    def most(self, link: Upstream) -> dict[str, int]:
        spec, vectors = self.spec, link.vectors
        entries = spec.antennas * spec.users * len(spec.matrices)
        return super().most(link) | {
            "symbol_errors": vectors * spec.users,
            "vector_errors": vectors,
            "y_saturated": 2 * vectors * spec.antennas,
            "z_saturated": vectors,
            "r_saturated": vectors,
            "channel_saturated": 2 * entries,
            "table_saturated": entries,
        }

    def prepare(self, model: str) -> None:
        if model == "c":
            _ = self.compiled

    def blocks(self, link: Upstream, snr_db: float, seed: int, unit: int) -> Blocks:
        """The blocks of a unit, with what the host takes their channels for."""
        rng = np.random.default_rng([seed, point_number(snr_db), unit])
        drawn = self.system.blocks(
            self.unit_frames, link.vectors, link.channel, snr_db, rng, link.pilots
        )
        channel = drawn.channel * np.float32(link.h_percent / 100)
        return Blocks(channel, drawn.noise_power, drawn.received, drawn.symbols, drawn.bits)

    def count(
        self, model: str, link: Upstream, snr_db: float, seed: int, first: int, frames: int
    ) -> FrameCounts:
        rows, seconds = [], 0.0
        for unit in range(first // self.unit_frames, (first + frames) // self.unit_frames):
            blocks = self.blocks(link, snr_db, seed, unit)
            matrices, y, counts = prepared(self.spec, blocks, link.matrices)
            began = time.process_time()
            found = self.detect(model, matrices, y)
            seconds += time.process_time() - began
            rows.append(counts | errors(self.spec, blocks, found))
        counts = {name: np.concatenate([row[name] for row in rows]) for name in rows[0]}
        return FrameCounts(counts, max(seconds, 1e-9))

    def detect(self, model: str, matrices: Matrices, y: np.ndarray) -> Detected:
        """With the C model or golden."""
        if model == "c":
            return self.compiled.detect(matrices, y)
        return golden.detect(self.spec, matrices, y)

    def link_title(self, link: Upstream) -> str:
        known = "" if link.pilots == 0 else f", estimated from {link.pilots} pilots"
        wrong = "" if link.h_percent == 100 else f", H taken for {link.h_percent} %"
        made = "" if link.matrices == HOST else ", W and W0 by the core"
        return f"{link.channel} channel{known}{wrong}{made}, {link.vectors} vectors a block"

    def title(self, model: str) -> str:
        return f"{self.spec.describe()}, {'C model' if model == 'c' else model}"


def system_of(spec: DetectorSpec) -> System:
    """The uplink that a spec is for."""
    return System(spec.antennas, spec.users, spec.constellation)


def prepared(
    spec: DetectorSpec, blocks: Blocks, made_by: str = HOST
) -> tuple[Matrices, np.ndarray, dict]:
    """What the detector is given of blocks: matrices, y (blocks, vectors, antennas, 2).

    And counts by block of what saturated on the way. ``made_by`` : who makes W and W0, of
    ``preprocess.MATRICES_FROM``.
    """
    making = preprocess if made_by == CORE else golden
    matrices = making.channel_matrices(spec, blocks.channel, blocks.noise_power)
    y, over = golden.quantise_received(spec, blocks.received.swapaxes(1, 2))
    counts = {
        "y_saturated": over.sum(axis=1),
        "channel_saturated": sum(matrices.saturated.values()),
        "table_saturated": golden.saturated_groups(spec, matrices),
    }
    return matrices, y, counts


def errors(spec: DetectorSpec, blocks: Blocks, found: Detected) -> dict[str, np.ndarray]:
    """Counts by block: wrong bits, symbols and vectors, and vectors that saturated."""
    points = system_of(spec).constellation
    symbols = (found.symbols[..., 0] + 1j * found.symbols[..., 1]).swapaxes(1, 2) * points.unit
    wrong = points.decide(symbols) != blocks.bits
    wrong_symbols = wrong.any(axis=-1)
    return {
        "bit_errors": wrong.sum(axis=(1, 2, 3)),
        "symbol_errors": wrong_symbols.sum(axis=(1, 2)),
        "vector_errors": wrong_symbols.any(axis=1).sum(axis=1),
        "z_saturated": found.z_saturated.sum(axis=1),
        "r_saturated": found.r_saturated.sum(axis=1),
    }

