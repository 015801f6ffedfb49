"""The point at which a spec has a given frame error rate, from the fastest model of its family."""

import math

from model.errors import InputError
from model.rates import crossing
from quant import kinds, monte_carlo
from sim import units
from sim.tally import Enough, Tally
from sim.units import Job

STEP_DB = 0.1
_ERRORS, _MOST_FRAMES = 100, 2_000_000
_LOW_DB, _HIGH_DB = -2.0, 14.0
_LEAST_DB = -30.0  # where a search begins that finds too few errors at the low end


def point_at(spec, fer: float, seed: int = 1) -> float:
    """Eb/N0 or SNR in dB where the frame error rate of ``spec`` over its plainest link is ``fer``.

    For decoders: Eb/N0, AWGN, BPSK; frame errors count information bits. From points 0.1 dB apart
    with 100 frame errors each, log10 of the rate interpolated. ``InputError`` if the rate is not
    within reach, or the family has none.
    """
    monte_carlo.of_frames(kinds.family_of(spec))
    if not 1e-4 <= fer < 1:
        raise InputError(f"--fer is {fer:g}, must be 1e-4 up to 1")
    at = [_LOW_DB]
    rates = [_rate(spec, at[0], seed)]
    while rates[0] <= fer and at[0] > _LEAST_DB:
        at[0] = max(_LEAST_DB, at[0] - 4)
        rates[0] = _rate(spec, at[0], seed)
    while rates[-1] > fer and at[-1] < _HIGH_DB:
        # A wide step from where nearly every frame fails does not reach the other end.
        at.append(round(at[-1] + STEP_DB * (4 if rates[-1] > 0.99 else 1), 3))
        rates.append(_rate(spec, at[-1], seed))
    found = crossing(at, rates, fer)
    if not math.isfinite(found):
        raise InputError(f"--fer {fer:g}: not reached between {at[0]:g} and {_HIGH_DB:g} dB")
    return round(found, 2)


def _rate(spec, point_db: float, seed: int) -> float:
    measured = units.measured(spec.to_json())
    job = Job(spec.to_json(), measured.models[0], measured.link(), point_db, seed)
    enough, tally = Enough(_ERRORS, _MOST_FRAMES), Tally(type(measured), point_db)
    while not enough(tally):
        for count in units.count(job, tally.units, max(1, tally.units)):
            if not enough(tally):
                tally.add(count)
    return tally.frame_errors / tally.frames
