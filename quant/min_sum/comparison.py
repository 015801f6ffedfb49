"""A decoder's C model against golden: every bit, verified flag, iteration count, APP value at the
end and number of odd checks.

Random codewords over AWGN, in equal parts at eight Eb/N0, from almost no frame right to one in
10,000 wrong; of frames decoded from codes, from the channel values that these stand for, and of
frames that the C model makes itself, with all vector widths of this processor in turn.
"""

from functools import cached_property

import numpy as np

from quant import golden
from quant.cmodel import CModel
from quant.comparison import Comparer, Unit
from quant.golden.channel import initial_app
from quant.min_sum.link import Channel
from quant.monte_carlo import point_number

POINTS = 8
EASIEST_FER, EASIEST_FRAMES = 1e-4, 100_000


class DecoderComparer(Comparer):
    """See the module."""

    @cached_property
    def model(self) -> CModel:
        """The compiled model with every vector width."""
        return CModel(self.spec, every_width=True)

    def points_db(self, seed: int) -> list[float]:
        return ladder_db(self.model, seed)

    def compare(self, point_db: float, seed: int, number: int, frames: int) -> Unit:
        spec, model = self.spec, self.model
        model.use_vectors_in_turn(number)
        link = Channel().at(point_db, spec)
        where = link, seed, point_number(point_db), number * frames, frames
        words, llr = model.frames(*where)
        codes = golden.quantise_llr(spec, llr)
        due, counted = golden.decode(spec, codes), model.simulate(*where)
        errors = (due.bits != words)[:, spec.information_positions].sum(axis=1)
        same = counted.bit_errors == errors
        for found in (
            model.decode(codes),
            model.decode(codes, soft=True),
            model.decode_values(initial_app(spec, codes)),
        ):
            same &= ~found.differs(due)
        same &= (counted.decoded == due.decoded) & (counted.iterations == due.iterations)
        model.use_vector_bytes(0)
        return Unit(frames, int((~same).sum()), int((errors > 0).sum()), frames)


def ladder_db(model: CModel, seed: int) -> list[float]:
    """Eb/N0 in dB of the points: from 0.8 dB below half the frames wrong to one in 10,000."""
    middle = _wrong_db(model, seed, 0.5, 512, -2.0)
    easiest = _wrong_db(model, seed, EASIEST_FER, EASIEST_FRAMES, middle)
    return np.linspace(middle - 0.8, easiest, POINTS).round(3).tolist()


def _wrong_db(model: CModel, seed: int, rate: float, frames: int, low: float) -> float:
    """Eb/N0 in dB, from ``low`` on, where frames have a wrong information bit at about ``rate``."""
    high = 14.0
    while high - low > 0.1:
        middle = (low + high) / 2
        link = Channel().at(middle, model.spec)
        counted = model.simulate(link, seed, point_number(middle), 0, frames)
        low, high = (middle, high) if (counted.bit_errors > 0).mean() > rate else (low, middle)
    return (low + high) / 2
