"""A detector's C model against golden, on received vectors of all kinds."""

from functools import cached_property

import numpy as np

from quant.comparison import Comparer, Unit
from quant.mimo_detector import golden, preprocess
from quant.mimo_detector.monte_carlo import DetectorMonteCarlo, Upstream, errors, prepared

POINTS_DB = (-5.0, 0.0, 5.0, 10.0, 15.0, 20.0, 40.0)
STRENGTHS = (1.0, 1.0, 3.0, 0.1)
"""Of H and y, unit by unit: the third saturates H, y and tables, the fourth W."""
_FIELDS = ("r", "symbols", "llrs", "z_saturated", "r_saturated")


class DetectorComparer(Comparer):
    """Blocks of i.i.d. channels, all vector widths of this processor in turn.

    Where the groups that saturate are counted otherwise, or W and W0 of the words of H are others,
    that is one difference more.
    """

    rate = "BER"
    link = Upstream()
    unit_frames = DetectorMonteCarlo.unit_frames * link.vectors

    @cached_property
    def measured(self) -> DetectorMonteCarlo:
        """Draws the blocks."""
        return DetectorMonteCarlo(self.spec)

    def points_db(self, seed: int) -> list[float]:
        return list(POINTS_DB)

    def unit_size(self, frames: int, points: int) -> int:
        return self.unit_frames

    def compare(self, point_db: float, seed: int, number: int, frames: int) -> Unit:
        measured, model = self.measured, self.measured.compiled
        model.use_vectors_in_turn(number)
        blocks = measured.blocks(self.link, point_db, seed, number)
        strength = np.float32(STRENGTHS[number % len(STRENGTHS)])
        blocks.channel[:] *= strength
        blocks.received[:] *= strength
        matrices, y, counts = prepared(self.spec, blocks)
        found, due = model.detect(matrices, y), golden.detect(self.spec, matrices, y)
        differs = np.zeros(due.z_saturated.shape, dtype=bool)
        for name in _FIELDS:
            unequal = getattr(found, name) != getattr(due, name)
            differs |= unequal.reshape(*differs.shape, -1).any(axis=-1)
        agrees = model.saturated_groups == counts["table_saturated"].sum()
        if preprocess.serves(self.spec):
            agrees &= self._prepares_alike(matrices.h, blocks.noise_power)
        model.use_vector_bytes(0)
        wrong = errors(self.spec, blocks, due)["bit_errors"].sum()
        bits = measured.frame_bits(self.link) * measured.unit_frames
        return Unit(self.unit_frames, int(differs.sum()) + (not agrees), int(wrong), bits)

    def _prepares_alike(self, h: np.ndarray, noise_power: np.ndarray) -> bool:
        """Of every fourth channel two users are alike, and the noise is none."""
        h, noise_power = h.copy(), np.broadcast_to(noise_power, len(h)).copy()
        h[::4, :, 0] = h[::4, :, -1]
        noise_power[::4] = 0
        n0 = preprocess.noise_of(self.spec, preprocess.noise_code(self.spec, noise_power))
        found = self.measured.compiled.prepare(h, n0)
        due = preprocess.prepare(self.spec, h, n0)
        return all(
            np.array_equal(getattr(found, name), getattr(due, name))
            for name in ("w", "w0", "saturated")
        )
