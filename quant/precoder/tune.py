"""The coefficients of a precoder spec, tuned on the integers themselves.

Quantised words want other step sizes than real numbers do. A simplex search (Nelder, Mead,
Comput. J. 7, 1965) moves the coefficients and the channel's step so that golden's bit error rate
falls, always on the same random channels and symbols and with the noise integrated out. Every
trial is a whole spec, its coefficients rounded to signed powers of two: what is measured is what is
built, and no gradient has to be invented for a rounding.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.linalg import block_diag
from scipy.optimize import minimize
from tqdm import tqdm

from model.errors import InputError
from model.precoder import link
from model.precoder.system import System
from quant.precoder import golden
from quant.precoder.fit import rounded
from quant.precoder.spec import PrecoderSpec

_FIRST_STEP = 0.1
_SMALLEST_STEP = 2e-3
_CHUNK_BLOCKS = 50


@dataclass(frozen=True)
class TunePlan:
    """What the search sees and how long it goes on.

    Attributes
    ----------
    snr_db : P / N0 at which the bit error rate is to fall
    evaluations : trials, cut into four searches, each from the best point of those before
    blocks, vectors : random channels, and symbol vectors of each
    smooth : True: the first two of them only among :func:`smooth_basis`
    receiver : see model.precoder.receiver
    seed : of channels and symbols
    """

    snr_db: float = 10.0
    evaluations: int = 600
    blocks: int = 600
    vectors: int = 20
    smooth: bool = False
    receiver: str = "genie"
    seed: int = 1

    def __post_init__(self) -> None:
        for name in ("evaluations", "blocks", "vectors"):
            if getattr(self, name) < 1:
                raise InputError(f"{name} must be at least 1, not {getattr(self, name)}")
        if self.seed < 0:
            raise InputError(f"seed must not be negative: {self.seed}")


class Objective:
    """Bit error rate of a spec on the plan's blocks."""

    def __init__(self, system: System, plan: TunePlan) -> None:
        self.system, self.plan = system, plan
        rng = np.random.default_rng(plan.seed)
        sizes = [min(_CHUNK_BLOCKS, plan.blocks - k) for k in range(0, plan.blocks, _CHUNK_BLOCKS)]
        self.parts = [system.blocks(size, plan.vectors, "rayleigh", rng) for size in sizes]

    def __call__(self, spec: PrecoderSpec) -> float:
        plan, total = self.plan, 0.0
        for blocks in self.parts:
            sent = golden.transmit(spec, blocks.channel, blocks.symbols)
            rate = link.expected_ber(self.system, blocks, sent, plan.snr_db, plan.receiver)
            total += rate * len(blocks.channel)
        return total / plan.blocks


def numbers_of(spec: PrecoderSpec) -> np.ndarray:
    """Logarithms of what the search moves: channel step, start, gains, steps relative to gains.

    The gain of the last round changes no sign and is left out.
    """
    gains = [step.keep.value for step in spec.rounds]
    steps = [-step.step.value / step.keep.value for step in spec.rounds]
    numbers = np.array([spec.h_step, spec.start.value, *gains[:-1], *steps])
    if not (numbers > 0).all():
        raise InputError(f"{spec.name}: coefficients other than gains and descents are not tuned")
    return np.log(numbers)


def with_numbers(spec: PrecoderSpec, numbers: np.ndarray, coefficient_bits: int) -> PrecoderSpec:
    """The spec with other numbers (see :func:`numbers_of`), rounded to signed powers of two."""
    h_step, start, *rest = np.exp(numbers).tolist()
    gains, steps = rest[: len(spec.rounds) - 1], rest[len(spec.rounds) - 1 :]
    first, rounds = rounded(start, gains, steps, coefficient_bits)
    return replace(spec, h_step=h_step, start=first, rounds=rounds)


def smooth_basis(rounds: int) -> np.ndarray:
    """Columns that span numbers whose gains and steps are polynomials of the round, cubic at most.

    A simplex of many corners learns slowly; many rounds start better on such curves.
    """
    gains = np.vander(np.linspace(-1, 1, rounds - 1), min(3, rounds - 1), increasing=True)
    steps = np.vander(np.linspace(-1, 1, rounds), min(4, rounds), increasing=True)
    return block_diag(np.eye(2), gains, steps)


def tune(
    spec: PrecoderSpec,
    plan: TunePlan,
    coefficient_bits: int = 18,
    progress: tqdm | None = None,
) -> tuple[PrecoderSpec, dict]:
    """Search; return the best spec seen, and a record: bit error rate before and after."""
    objective = Objective(spec.system, plan)
    first = objective(spec)
    best, best_rate, trials = spec, first, 0

    def rate_of(numbers: np.ndarray) -> float:
        nonlocal best, best_rate, trials
        trials += 1
        if progress is not None:
            progress.update()
        try:
            trial = with_numbers(spec, numbers, coefficient_bits)
        except InputError:  # a coefficient left the range that the widths hold
            return 0.0
        rate = objective(trial)
        if rate < best_rate:
            best, best_rate = trial, rate
            if progress is not None:
                progress.set_postfix_str(f"BER {rate:.3e}", refresh=False)
        return np.log(max(rate, 1e-30))

    curves = smooth_basis(len(spec.rounds))
    while trials < plan.evaluations:
        part, at = 4 * trials // plan.evaluations, numbers_of(best)
        smooth = plan.smooth and part < 2
        if smooth:
            at = np.linalg.lstsq(curves, at, rcond=None)[0]
        # A fresh simplex around the best point, alternately up and down: a restart leaves the
        # flat simplex that steps of the rounding produce.
        size = _FIRST_STEP * 0.6**part
        steps = np.diag([size if place % 2 else -size for place in range(len(at))])
        left = plan.evaluations - trials
        minimize(
            (lambda weights: rate_of(curves @ weights)) if smooth else rate_of,
            at, method="Nelder-Mead",
            options={
                "initial_simplex": np.vstack([at, at + steps]), "adaptive": True,
                "maxfev": max(1, min(left, -(-plan.evaluations // 4))),
                "xatol": _SMALLEST_STEP, "fatol": 1e-5,
            },
        )  # fmt: skip
    return best, {"ber_before": first, "ber_after": best_rate, "trials": trials}
