"""Traffic of decoders for a board: the frames of the error-rate simulation, from the C model."""

import numpy as np

from quant.min_sum.link import Channel
from quant.min_sum.soft_output import SoftOutput
from sim import units
from sim.board.traffic import Traffic
from sim.buildfolder import Build
from sim.min_sum import stimulus


def traffic(
    build: Build, link: Channel, ebn0_db: float, seed: int, first: int, frames: int
) -> Traffic:
    """Encoded random frames ``first``, ...; a frame's errors are those of its information bits."""
    measured = units.measured(build.spec.to_json())
    spec, model = build.spec, measured.compiled
    words, llr = measured.frames(link, ebn0_db, seed, first, frames)
    codes = model.quantise(llr)
    record, rng = build.record, np.random.default_rng([seed, first])
    leaving = stimulus.leaving_of(spec, record)
    due = model.decode(codes, soft=stimulus.is_soft(record))
    soft, more = SoftOutput.of(spec), stimulus.more_status(spec, due)
    made = stimulus.of_answers(record, codes, due, rng, leaving, soft, more)
    sent = words[:, leaving]
    # Of the bits that leave, those that carry information: with --output information all do.
    counted = np.isin(np.arange(spec.n_variables)[leaving], spec.information_positions)

    def errors(frame: int, beats: np.ndarray) -> int:
        bits = stimulus.bits_of(record, beats)
        return int((bits[: sent.shape[1]] != sent[frame])[counted].sum())

    return Traffic(made, spec.k, errors)
