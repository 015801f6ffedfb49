"""What quantisation costs: Eb/N0 of a spec against floating point on the same frames.

``python -m quant.loss --spec FILE`` of a decoder decodes random codewords with the C model of
the spec and with float normalised min-sum (0.75) or sum-product, the same schedule and iterations,
and reads the distance of the two curves at a frame error rate. Specs of other kinds have modules
of their own.
"""

import itertools
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from tqdm import tqdm

from model import cli
from model.channel import point_generator, random_frames
from model.encode import Encoder
from model.errors import InputError
from model.rates import crossing
from quant.cmodel import CModel
from quant.cmodel.soft import SoftDecoder
from quant.min_sum.link import Channel
from quant.monte_carlo import point_number
from quant.spec import Spec

REFERENCES = ("min-sum", "sum-product")
BATCH = 256
RESAMPLINGS = 1000


@dataclass(frozen=True)
class PairedPoint:
    """Counts at one Eb/N0; ``both`` frames were wrong in float and in integers."""

    ebn0_db: float
    frames: int
    float_errors: int
    integer_errors: int
    both: int


@dataclass(frozen=True)
class Loss:
    """Loss in dB at frame error rate ``target`` with a 95 % interval from resampling."""

    target: float
    loss_db: float
    low_db: float
    high_db: float
    float_db: float
    integer_db: float


def measure(
    spec: Spec,
    ebn0_db: float,
    errors: int = 100,
    most_frames: int = 200_000,
    alpha: float | None = 0.75,
    seed: int = 1,
    progress: tqdm | None = None,
    channel: Channel | None = None,
) -> PairedPoint:
    """Decode the same frames both ways until both have ``errors`` wrong ones.

    ``alpha`` : factor of the float min-sum; None: sum-product. ``channel`` default BPSK over AWGN
    """
    compiled, reference = CModel(spec), SoftDecoder(spec, alpha)
    where, batches = spec.information_positions, _batches(compiled, channel, ebn0_db, seed)
    frames, count = 0, np.zeros(3, dtype=np.int64)
    while count[:2].min() < errors and frames < most_frames:
        words, llr = next(batches)
        words = words[:, where]
        soft = reference.decode(llr).bits[:, where]
        whole = compiled.decode(compiled.quantise(llr)).bits[:, where]
        wrong_soft, wrong_whole = (soft != words).any(axis=1), (whole != words).any(axis=1)
        count += wrong_soft.sum(), wrong_whole.sum(), (wrong_soft & wrong_whole).sum()
        frames += BATCH
        if progress is not None:
            progress.update(BATCH)
    return PairedPoint(ebn0_db, frames, *count.tolist())


def _batches(
    model: CModel, channel: Channel | None, ebn0_db: float, seed: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Codewords (BATCH, n_variables) and LLRs (BATCH, n), without end."""
    if channel is None or channel.usual:  # frames that figures in many places were measured on
        graph, rng = model.spec.graph(), point_generator(seed, ebn0_db)
        encoder = Encoder(graph)
        while True:
            yield random_frames(graph, encoder, BATCH, ebn0_db, rng)
    link, point = channel.at(ebn0_db, model.spec), point_number(ebn0_db)
    for first in itertools.count(0, BATCH):
        yield model.frames(link, seed, point, first, BATCH)


def loss(points: Sequence[PairedPoint], target: float = 1e-2, seed: int = 1) -> Loss:
    """Distance of the two curves; ``InputError`` if the points do not enclose ``target``."""
    points = sorted(points, key=lambda p: p.ebn0_db)
    at = np.array([p.ebn0_db for p in points])
    frames = np.array([p.frames for p in points])
    table = np.array([[p.both, p.float_errors - p.both, p.integer_errors - p.both] for p in points])
    table = np.column_stack([table, frames - table.sum(axis=1)])

    def ends(cells: np.ndarray) -> tuple[float, float]:
        soft, whole = (cells[:, 0] + cells[:, column] for column in (1, 2))
        return crossing(at, soft / frames, target), crossing(at, whole / frames, target)

    soft_db, whole_db = ends(table)
    if not np.isfinite(soft_db + whole_db):
        rates = ", ".join(
            f"{p.ebn0_db:g} dB: {p.float_errors}, {p.integer_errors} of {p.frames}" for p in points
        )
        raise InputError(f"the points do not enclose FER {target:g} for both decoders ({rates})")
    rng = np.random.default_rng(seed)
    drawn = []
    for _ in range(RESAMPLINGS):
        resampled = ends(np.array([rng.multinomial(row.sum(), row / row.sum()) for row in table]))
        drawn.append(resampled[1] - resampled[0])
    low, high = np.nanpercentile(drawn, [2.5, 97.5])
    return Loss(target, whole_db - soft_db, float(low), float(high), soft_db, whole_db)


def main(argv: Sequence[str] | None = None) -> int:
    """Hand the command line to the family of the spec that it names."""
    from quant.sources import hand_over

    return hand_over("loss", sys.argv[1:] if argv is None else list(argv))


if __name__ == "__main__":
    cli.run(main)
