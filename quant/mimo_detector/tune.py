"""The numbers of a detector spec, tuned on the integers themselves.

A compass search (Kolda, Lewis, Torczon, SIAM Review 45 (3), 2003) moves gains, momenta, the
deviations behind the thresholds of eta and h's range one after the other, up, else down, else by
less the next time; many numbers and few trials leave a simplex no time to turn. Channels, symbols
and noise are always the same, and every trial is a whole spec: what is measured is what is built.
What falls is the count of wrong symbols and a smooth count together: there each axis of the last r
counts as a logistic function of its distance from the decision threshold, so that near misses
count, too. The smooth count alone would spread what few vectors that fail altogether get wrong.
"""

import itertools
from dataclasses import dataclass, replace

import numpy as np
from tqdm import tqdm

from model.errors import InputError
from model.mimo_detector.parameters import DetectorParameters
from quant.mimo_detector import fit, golden, host, reference
from quant.mimo_detector.monte_carlo import errors
from quant.mimo_detector.spec import DetectorSpec

_FIRST_STEP = 0.06  # of logarithms, and of momenta
_SOFTNESS = 0.05  # of the count, in half distances of symbols
_CHUNK_BLOCKS = 100


@dataclass(frozen=True)
class TunePlan:
    """What the search sees and how long it goes on.

    Attributes
    ----------
    snr_db, channel : where errors are to fall
    evaluations : trials
    blocks, vectors : channels, and symbol vectors of each
    seed : of channels, symbols and noise
    """

    snr_db: float = 12.0
    channel: str = "iid"
    evaluations: int = 150
    blocks: int = 800
    vectors: int = 80
    seed: int = 1

    def __post_init__(self) -> None:
        for name in ("evaluations", "blocks", "vectors"):
            if getattr(self, name) < 1:
                raise InputError(f"{name} must be at least 1, not {getattr(self, name)}")


class Objective:
    """Counts of symbol errors on the plan's blocks."""

    def __init__(self, parameters: DetectorParameters, plan: TunePlan) -> None:
        self.parameters, self.parts = parameters, []
        rng = np.random.default_rng([plan.seed, 1])  # not those of the calibration
        for first in range(0, plan.blocks, _CHUNK_BLOCKS):
            count = min(_CHUNK_BLOCKS, plan.blocks - first)
            blocks = parameters.system.blocks(count, plan.vectors, plan.channel, plan.snr_db, rng)
            recipe = reference.recipe(parameters)
            floats = host.matrices(recipe, blocks.channel, blocks.noise_power)
            self.parts.append((blocks, floats, blocks.received.swapaxes(1, 2)))
        self.symbols = plan.blocks * plan.vectors * parameters.system.users

    def __call__(self, spec: DetectorSpec) -> tuple[float, int]:
        """What is to fall, and wrong symbols."""
        smooth, wrong = 0.0, 0
        for blocks, floats, received in self.parts:
            y, _ = golden.quantise_received(spec, received)
            found = golden.detect(spec, golden.quantise_matrices(spec, floats), y)
            smooth += _smooth_errors(spec, found.r, blocks.symbols.swapaxes(1, 2))
            wrong += int(errors(spec, blocks, found)["symbol_errors"].sum())
        return smooth + wrong, wrong

    def of_reference(self) -> int:
        """Wrong symbols of the float detector."""
        points, wrong = self.parameters.system.constellation, 0
        for blocks, floats, received in self.parts:
            r = reference.detect(self.parameters, floats, received).swapaxes(1, 2)
            wrong += int((points.decide(r) != blocks.bits).any(axis=-1).sum())
        return wrong


def _smooth_errors(spec: DetectorSpec, r: np.ndarray, symbols: np.ndarray) -> float:
    """r (.., users, 2) values, symbols (.., users) complex as sent."""
    sent = np.stack([symbols.real, symbols.imag], axis=-1) / spec.symbol_size
    error = r / spec.r_unit - sent
    # An outermost level has one neighbour alone.
    outward = error * np.sign(sent) > 0
    outermost = np.abs(sent) > spec.largest_symbol - 1
    beyond = np.where(outward & outermost, -np.inf, np.abs(error) - 1)
    return float((1 / (1 + np.exp(np.minimum(-beyond / _SOFTNESS, 700)))).sum())


def numbers_of(parameters: DetectorParameters) -> np.ndarray:
    """What the search moves: log gamma, momenta from the second on, log theta, log range of h."""
    theta = parameters.theta[:-1]
    if parameters.theta_0 is not None:
        theta = np.concatenate([[parameters.theta_0], theta])
    return np.concatenate(
        [np.log(np.abs(parameters.gamma)), parameters.momentum[1:], np.log(theta), [0.0]]
    )


def with_numbers(
    parameters: DetectorParameters, words: fit.Words, numbers: np.ndarray
) -> tuple[DetectorParameters, fit.Words]:
    """Other numbers (see :func:`numbers_of`); the last theta stays, no x follows it."""
    rounds = parameters.rounds
    gamma = np.sign(parameters.gamma) * np.exp(numbers[:rounds])
    momentum = np.concatenate([[0.0], numbers[rounds : 2 * rounds - 1]])
    theta = np.exp(numbers[2 * rounds - 1 : -1]).tolist()
    theta_0 = None if parameters.theta_0 is None else theta.pop(0)
    clip = words.clip | {"h": words.clip["h"] * float(np.exp(numbers[-1]))}
    changed = replace(
        parameters, gamma=gamma, momentum=momentum, theta=[*theta, parameters.theta[-1]],
        theta_0=theta_0,
    )  # fmt: skip
    return changed, replace(words, clip=clip)


def tune(
    parameters: DetectorParameters,
    seen: fit.Seen,
    words: fit.Words,
    plan: TunePlan,
    progress: tqdm | None = None,
) -> tuple[DetectorSpec, dict]:
    """Search; return the best spec seen, and a record: counts before, after, in floating point."""
    objective = Objective(parameters, plan)
    first = fit.fit(parameters, seen, words)
    before = objective(first)
    best, best_count, at, trials = first, before, numbers_of(parameters), 0
    steps, places = np.full(len(at), _FIRST_STEP), itertools.cycle(range(len(at)))
    while trials < plan.evaluations:
        place = next(places)
        for direction in (1, -1):
            trials += 1
            if progress is not None:
                progress.update()
            moved = at.copy()
            moved[place] += direction * steps[place]
            try:
                spec = fit.fit(*_arguments(parameters, seen, words, moved))
            except InputError:  # a number left the range that the widths hold
                continue
            count = objective(spec)
            if count[0] < best_count[0]:
                best, best_count, at = spec, count, moved
                steps[place] *= 1.5 * direction  # the same way first, the next time
                if progress is not None:
                    progress.set_postfix_str(f"{count[1]} errors", refresh=False)
                break
        else:
            steps[place] *= 0.5
    return best, {
        "count_before": before[0], "count_after": best_count[0],
        "errors_before": before[1], "errors_after": best_count[1],
        "errors_float": objective.of_reference(), "symbols": objective.symbols, "trials": trials,
    }  # fmt: skip


def _arguments(parameters, seen, words, numbers):
    changed, ranges = with_numbers(parameters, words, numbers)
    return changed, seen, ranges
