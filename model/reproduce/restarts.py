"""Restarts along symmetries (mRRD) in floating point, plain and learned, on BCH (63, 36).

Dimnik and Be'ery 2009; Nachmani et al. 2018, section VII, which trains the inner decoder: 0.6, 0.3
and 0.2 dB for 1, 3 and 5 starts (published, undamped).
"""

from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np

from model.automorphisms import cyclic_group
from model.code import TannerGraph
from model.decoder import UnfoldedDecoder
from model.parameters import Parameters
from model.reproduce.entry import Budget, trained
from model.reproduce.side_by_side import Made, Row, SideBySide, digest
from model.restarts.decoder import RestartDecoder
from model.restarts.ordered_statistics import OrderedStatistics

BLOCKS, BLOCK_ITERATIONS, DAMPING, SHIFT = 30, 2, 0.25, 10
ITERATIONS = 5
STARTS = (1, 3, 5)
GAIN_BER = {1: 1.5e-2, 3: 3e-3, 5: 1e-3}
"""Where gains are read, by starts: both curves cross it between 3.5 and 5 dB."""


@dataclass(frozen=True)
class Case:
    """A cyclic code and where it is measured; see ``model.reproduce.side_by_side``."""

    name: str
    title: str
    ebn0_db: tuple[float, ...]
    frames: int


class Training:
    """Inner decoders of one code.

    Args:
        case: The code.
        graph: The code.
        budget: Where training runs and what it leaves.
    """

    def __init__(self, case: Case, graph: TannerGraph, budget: Budget) -> None:
        self.case, self.graph, self.budget = case, graph, budget

    @cached_property
    def group(self) -> np.ndarray:
        """All shifts, each after each Frobenius power."""
        return cyclic_group(self.graph)

    @cached_property
    def learned(self) -> Parameters:
        """Belief propagation of a block, a weight an edge, the same in all its iterations."""
        options = (
            f"--schedule flooding --iterations {BLOCK_ITERATIONS} --rule weighted-sum-product "
            "--sharing edge --tied --codewords zero --ebn0 2:5 --alpha 0.7 --lr 0.02 --batch 200 "
            "--steps 600"
        )
        return trained(self.case.name, "restarts_block", options, self.budget)

    def plain(self, rule: str, iterations: int = BLOCK_ITERATIONS, **options) -> UnfoldedDecoder:
        """Return a decoder that nothing was trained of."""
        return UnfoldedDecoder(self.graph, iterations, rule=rule, schedule="flooding", **options)

    def half_min_sum(self) -> UnfoldedDecoder:
        """Return the min-sum decoder of a block with half the magnitudes, as hardware has it."""
        return self.plain("normalised-offset", alpha=0.5)


def rows(case: Case) -> list[Row]:
    """Return decoders without restarts, damped and undamped restarts, and ordered statistics."""
    found = [
        Row("bp", f"belief propagation, {ITERATIONS} iterations",
            lambda w: _without(w.plain("sum-product", ITERATIONS), "bp")),
        Row("min_sum", f"min-sum, half magnitudes, {ITERATIONS} iterations",
            lambda w: _without(w.plain("normalised-offset", ITERATIONS, alpha=0.5), "ms")),
        Row("fixed_1", f"restarts, one fixed shift by {SHIFT}, min-sum, damped by 1/4", _fixed),
    ]  # fmt: skip
    for starts in STARTS:
        found.append(Row(f"damped_{starts}", f"restarts, m = {starts}, min-sum, damped by 1/4",
                         partial(_damped, starts=starts)))  # fmt: skip
    for starts in STARTS:
        found += [
            Row(f"plain_{starts}", f"restarts, m = {starts}, belief propagation, undamped",
                partial(_plain, starts=starts)),
            Row(f"learned_{starts}", f"**the same, learned**, m = {starts}",
                partial(_learned, starts=starts), f"plain_{starts}", GAIN_BER[starts]),
        ]  # fmt: skip
    return [*found, Row("osd", "ordered statistics, order 2", _ordered)]


def _without(decoder: UnfoldedDecoder, name: str) -> Made:
    return Made(decoder, decoder.iterations, decoder.iterations, name)


def _fixed(training: Training) -> Made:
    rotation = (np.arange(training.graph.n) + SHIFT) % training.graph.n
    return _restarted(training.half_min_sum(), rotation[None], 1, DAMPING, f"fixed {SHIFT}")


def _damped(training: Training, starts: int) -> Made:
    return _restarted(training.half_min_sum(), training.group, starts, DAMPING, "damped")


def _plain(training: Training, starts: int) -> Made:
    return _restarted(training.plain("sum-product"), training.group, starts, 1.0, "plain")


def _learned(training: Training, starts: int) -> Made:
    decoder = UnfoldedDecoder.from_parameters(training.learned)
    return _restarted(decoder, training.group, starts, 1.0, digest(training.learned.alpha))


def _restarted(inner, permutations, starts: int, damping: float, what: str) -> Made:
    decoder = RestartDecoder(inner, permutations, starts, BLOCKS, damping)
    in_a_row = BLOCKS * inner.iterations
    return Made(decoder, in_a_row, starts * in_a_row, [what, starts, BLOCKS, damping])


def _ordered(training: Training) -> Made:
    return Made(OrderedStatistics(training.graph), 0, 0, "order 2", "near maximum likelihood")


TABLE = SideBySide(
    name="restarts",
    about="restarts along a code's symmetries (mRRD), plain and learned, and ordered statistics",
    example="""  python -m model.reproduce restarts
  python -m model.reproduce restarts --only plain_1 learned_1 --ebn0 4.0 4.5
""",
    cases=(
        Case("bch_63_36_cycle_reduced", "BCH (63, 36), cycle-reduced checks",
             (3.5, 4.0, 4.5, 5.0), 1_000_000),
    ),
    rows=rows,
    training=Training,
)  # fmt: skip
