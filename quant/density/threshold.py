"""The lowest Eb/N0 at which densities say that a decoder decodes."""

from collections.abc import Callable
from itertools import islice

from model.errors import InputError
from quant.density.evolution import Evolution

TARGET = 1e-5
LOWEST_DB, HIGHEST_DB = -2.0, 16.0
NEAR_DB, ACCURACY_DB = 0.1, 0.002
STUCK_ITERATIONS, STUCK = 20, 1e-3


def error_rate(evolution: Evolution, iterations: int, target: float = 0.0) -> float:
    """Bit error rate of the information bits after so many iterations.

    It ends sooner where it has met ``target``, or does not fall any more: by less than one in a
    thousand over twenty iterations.
    """
    rates: list[float] = []
    for rate in islice(evolution, iterations):
        rates.append(rate)
        before = rates[-1 - STUCK_ITERATIONS] if len(rates) > STUCK_ITERATIONS else None
        if rate <= target or (before is not None and rate > (1 - STUCK) * before):
            break
    return rates[-1]


def threshold_db(
    at: Callable[[float], Evolution], iterations: int, target: float = TARGET,
    near_db: float | None = None,
) -> float:  # fmt: skip
    """Eb/N0 in dB where the rate after ``iterations`` meets ``target``: bisection to 0.002 dB.

    at : a decoder's densities before its first iteration, by Eb/N0
    near_db : about where

    ``InputError`` if it does not at 16 dB.
    """

    def fails(ebn0_db: float) -> bool:
        return error_rate(at(ebn0_db), iterations, target) > target

    low, high = _around(fails, near_db, target)
    while high - low > ACCURACY_DB:
        middle = (low + high) / 2
        low, high = (middle, high) if fails(middle) else (low, middle)
    return (low + high) / 2


def _around(
    fails: Callable[[float], bool], near_db: float | None, target: float
) -> tuple[float, float]:
    """Points of which the lower one fails, and the higher one does not."""
    if near_db is not None:
        width, failing = NEAR_DB, fails(near_db)
        while True:
            other = near_db + width if failing else near_db - width
            if fails(other) != failing:
                return min(near_db, other), max(near_db, other)
            near_db, width = other, 2 * width
            if not LOWEST_DB < near_db < HIGHEST_DB:
                break
    if fails(HIGHEST_DB):
        raise InputError(f"the bit error rate stays above {target:g} at {HIGHEST_DB:g} dB")
    return LOWEST_DB, HIGHEST_DB
