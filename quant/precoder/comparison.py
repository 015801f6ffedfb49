"""A precoder's C model against golden: bits, saturation, and what its simulation counts."""

import numpy as np
from tqdm import tqdm

from quant.comparison import Comparison
from quant.precoder.cmodel import equality
from quant.precoder.monte_carlo import Downstream, PrecoderMonteCarlo
from quant.precoder.spec import PrecoderSpec

POINTS_DB = (-5.0, 0.0, 5.0, 10.0, 15.0, 20.0)


def compare(
    spec: PrecoderSpec, frames: int, seed: int = 1, progress: tqdm | None = None
) -> Comparison:
    """At least ``frames`` symbol vectors, half of them given to both, half simulated.

    Those that the C model simulates are in equal parts at six SNRs, with all vector widths of this
    processor in turn. A block in which golden counts otherwise has one difference more.
    """
    measured = PrecoderMonteCarlo(spec)
    model, link = measured.compiled, Downstream()
    given = equality.compare(spec, -(-frames // 2), seed)
    result = Comparison(given.vectors, given.differing + (not given.counts_agree), [], "BER")
    if progress is not None:
        progress.update(given.vectors)
    sizes = model.vector_sizes
    unit = measured.unit_frames * link.vectors
    units = -(-frames // (2 * unit * len(POINTS_DB)))
    for snr_db in POINTS_DB:
        errors = 0
        for number in range(units):
            model.use_vector_bytes(sizes[number % len(sizes)])
            where = link, snr_db, seed, number * measured.unit_frames, measured.unit_frames
            found, due = (measured.count(name, *where).counts for name in ("c", "golden"))
            differs = [np.asarray(found[name]) != np.asarray(due[name]) for name in due]
            result.different += int(np.any(differs, axis=0).sum())
            result.frames += unit
            errors += int(due["bit_errors"].sum())
            if progress is not None:
                progress.update(unit)
        model.use_vector_bytes(0)
        bits = measured.frame_bits(link) * measured.unit_frames * units
        result.error_rates.append(errors / bits)
    return result
