"""A precoder's C model against golden: bits, saturation, and what its simulation counts."""

from functools import cached_property

import numpy as np

from quant.comparison import Comparer, Unit
from quant.precoder.cmodel import equality
from quant.precoder.monte_carlo import Downstream, PrecoderMonteCarlo

POINTS_DB = (-5.0, 0.0, 5.0, 10.0, 15.0, 20.0)


class PrecoderComparer(Comparer):
    """Symbol vectors: of each unit some are given to both, and coherence blocks are simulated.

    All vector widths of this processor in turn. A block in which golden counts otherwise is one
    difference more.
    """

    rate = "BER"
    link = Downstream()
    unit_frames = equality.BLOCK + PrecoderMonteCarlo.unit_frames * link.vectors

    @cached_property
    def measured(self) -> PrecoderMonteCarlo:
        """Draws the blocks, and counts them with either model."""
        return PrecoderMonteCarlo(self.spec)

    def points_db(self, seed: int) -> list[float]:
        return list(POINTS_DB)

    def unit_size(self, frames: int, points: int) -> int:
        return self.unit_frames

    def compare(self, point_db: float, seed: int, number: int, frames: int) -> Unit:
        measured, blocks = self.measured, self.measured.unit_frames
        model = measured.compiled
        model.use_vectors_in_turn(number)
        channel = number * len(POINTS_DB) + POINTS_DB.index(point_db)
        given = equality.compare_block(model, channel, seed)
        where = self.link, point_db, seed, number * blocks, blocks
        found, due = (measured.count(name, *where).counts for name in ("c", "golden"))
        model.use_vector_bytes(0)
        differs = [np.asarray(found[name]) != np.asarray(due[name]) for name in due]
        different = given.differing + (not given.counts_agree) + int(np.any(differs, axis=0).sum())
        bits = measured.frame_bits(self.link) * blocks
        return Unit(self.unit_frames, different, int(due["bit_errors"].sum()), bits)
