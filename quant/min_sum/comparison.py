"""A decoder's C model against golden: every bit, verified flag, iteration count, APP value at the
end and number of odd checks.

Random codewords over AWGN, in equal parts at eight Eb/N0, from almost no frame right to one in
10,000 wrong; of frames decoded from codes, from the channel values that these stand for, and of
frames that the C model makes itself, with all vector widths of this processor in turn.
"""

import numpy as np
from tqdm import tqdm

from model.encode import Encoder
from quant import golden
from quant.cmodel import CModel
from quant.comparison import Comparison
from quant.golden.channel import initial_app
from quant.min_sum.link import Channel
from quant.monte_carlo import point_number
from quant.spec import Spec

POINTS = 8
EASIEST_FER, EASIEST_FRAMES = 1e-4, 100_000
BATCH = 500


def compare(spec: Spec, frames: int, seed: int = 1, progress: tqdm | None = None) -> Comparison:
    """Run at least ``frames`` frames through golden and the C model."""
    model = CModel(spec, every_width=True)
    information = Encoder(spec.graph()).information_positions
    points = ladder_db(model, seed)
    sizes = model.vector_sizes
    share = -(-frames // len(points))
    result = Comparison(0, 0, [])
    for ebn0_db in points:
        link = Channel().at(ebn0_db, spec)
        wrong = 0
        for number, first in enumerate(range(0, share, BATCH)):
            count = min(BATCH, share - first)
            model.use_vector_bytes(sizes[number % len(sizes)])
            where = link, seed, point_number(ebn0_db), first, count
            words, llr = model.frames(*where)
            codes = golden.quantise_llr(spec, llr)
            due, counted = golden.decode(spec, codes), model.simulate(*where)
            errors = (due.bits != words)[:, information].sum(axis=1)
            same = counted.bit_errors == errors
            for found in (
                model.decode(codes),
                model.decode(codes, soft=True),
                model.decode_values(initial_app(spec, codes)),
            ):
                same &= ~found.differs(due)
            same &= (counted.decoded == due.decoded) & (counted.iterations == due.iterations)
            result.frames += count
            result.different += int((~same).sum())
            wrong += int((errors > 0).sum())
            if progress is not None:
                progress.update(count)
        result.error_rates.append(wrong / share)
    model.use_vector_bytes(0)
    return result


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
