"""The C model against golden: random codewords over AWGN at four Eb/N0, all vector widths."""

from functools import cached_property

from quant.cmodel import CModel
from quant.comparison import Comparer, Unit
from quant.golden import quantise_llr
from quant.min_sum.link import Channel
from quant.monte_carlo import point_number
from quant.restarts.cmodel import RestartModel
from quant.restarts.golden import decode

POINTS_DB = (1.0, 2.5, 4.0, 5.5)


class RestartComparer(Comparer):
    """See the module."""

    @cached_property
    def frames(self) -> CModel:
        """The decoder alone: it makes the frames."""
        return CModel(self.spec.decoder)

    @cached_property
    def model(self) -> RestartModel:
        """The compiled model with every vector width."""
        return RestartModel(self.spec, every_width=True)

    def points_db(self, seed: int) -> list[float]:
        return list(POINTS_DB)

    def compare(self, point_db: float, seed: int, number: int, frames: int) -> Unit:
        spec, model = self.spec, self.model
        model.use_vectors_in_turn(number)
        where = seed, point_number(point_db), number * frames, frames
        words, llr = self.frames.frames(Channel().at(point_db, spec), *where)
        codes = quantise_llr(spec.decoder, llr)
        due = decode(spec, codes)
        different = model.decode(codes).differs(due)
        wrong = (due.bits != words)[:, spec.decoder.information_positions].any(axis=1)
        model.use_vector_bytes(0)
        return Unit(frames, int(different.sum()), int(wrong.sum()), frames)
