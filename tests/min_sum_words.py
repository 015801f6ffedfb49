"""Rows of a check as golden computes them, and the words that the min-sum lanes have for them."""

from dataclasses import dataclass

import numpy as np

from hw.lib.gray import Gray
from hw.min_sum.arithmetic import MinSum
from quant.golden import layered
from quant.golden.check import check_messages
from quant.golden.messages import magnitude_index
from quant.golden.minsearch import two_minima
from quant.golden.relaxation import updated, value_used
from quant.golden.rows import block_rows
from quant.spec import Spec


@dataclass
class Visit:
    """A row of an iteration, arrays (degree, Z) of integers in APP LSB.

    before, after : APP values; with flooding the new sums
    old : with flooding the sums of the iteration before
    first_visit : (degree,) bool, ``old`` is ``before`` whatever the memory has
    stored, stored_after : messages as in :class:`quant.golden.state.State`
    told : what the check is told; index : of its magnitude; m1, m2 : (Z,), the row's
    odd : (Z,) bool, how many of ``told`` are negative; thrice : (Z,) bool, m1 is there three times
    maps : (degree,) codebook entries
    """

    before: np.ndarray
    old: np.ndarray
    first_visit: np.ndarray
    stored: np.ndarray
    maps: list[int]

    def __post_init__(self):
        self.told = self.after = self.stored_after = self.index = self.m1 = self.m2 = None

    def search(self, spec: Spec, told: np.ndarray) -> None:
        self.told, self.index = told, magnitude_index(told, spec.thresholds)
        self.m1, self.m2 = two_minima(self.index, len(spec.thresholds))
        self.thrice = (self.index == self.m1).sum(axis=0) > 2
        self.odd = np.logical_xor.reduce(told < 0, axis=0)


def visits(spec: Spec, seed: int, each: int) -> list[Visit]:
    """``each`` visits to every row, with random words and such at the ends of their ranges."""
    rng, found, grid = np.random.default_rng(seed), [], MinSum(spec).grid
    for row in block_rows(spec):
        for _ in range(each):
            iteration = int(rng.integers(spec.iterations))
            maps = [spec.maps.index[iteration][edge] for edge in row.edges]
            shape = row.variables.shape
            stored = _messages(spec, rng, shape, grid.halved)
            first_visit = rng.random(len(maps)) < 0.5
            used = value_used(stored, spec.relaxation)
            before, old = (_sums(spec, rng, used, grid.halved) for _ in range(2))
            old = np.where(first_visit[:, None], before, old)
            visit = Visit(before, old, first_visit, stored, maps)
            (_flooding if spec.flooding else _layered)(spec, visit, row, iteration)
            found.append(visit)
    rng.shuffle(found)
    return found


def _messages(spec: Spec, rng, shape, even: bool) -> np.ndarray:
    largest = spec.level_max << (spec.relaxation.frac_bits if spec.relaxation else 0)
    ends = rng.choice([0, 1, largest - 1, largest], shape) * rng.choice([-1, 1], shape)
    stored = np.where(rng.random(shape) < 0.4, ends, rng.integers(-largest, largest + 1, shape))
    return (stored & ~1 if even else stored).astype(np.int16)


def _sums(spec: Spec, rng, used: np.ndarray, odd: bool) -> np.ndarray:
    """APP values for messages: near thresholds, at the ends, anywhere that sums may be."""
    shape, exact = used.shape, spec.flooding or spec.adds_exactly
    reach = spec.app_max - (spec.level_max if exact else 0)
    edges = rng.choice([0, 1, reach, *spec.thresholds, *(t - 1 for t in spec.thresholds)], shape)
    v2c = np.where(rng.random(shape) < 0.6, edges * rng.choice([-1, 1], shape),
                   rng.integers(-reach, reach + 1, shape))  # fmt: skip
    v2c = v2c - (v2c % 2 == 0) * np.where(v2c > 0, 1, -1) if odd else v2c
    sums = v2c + used
    if not exact:  # then the ends are those of the memory's word
        sums = np.where(rng.random(shape) < 0.2, reach * rng.choice([-1, 1], shape), sums)
    return np.clip(sums, -spec.app_max, spec.app_max).astype(np.int16)


def _layered(spec: Spec, visit: Visit, row, iteration: int) -> None:
    app = np.zeros((spec.n_variables, 1), dtype=np.int16)
    messages = np.zeros((spec.n_block_edges, spec.code.lifting_size, 1), dtype=np.int16)
    app[row.variables, 0], messages[row.edges, :, 0] = visit.before, visit.stored
    visit.search(spec, visit.before - value_used(visit.stored, spec.relaxation))
    layered._update_layer(spec, row, iteration, app, messages)
    visit.after, visit.stored_after = app[row.variables, 0], messages[row.edges, :, 0]


def _flooding(spec: Spec, visit: Visit, row, iteration: int) -> None:
    used = value_used(visit.stored, spec.relaxation)
    visit.search(spec, visit.old - used)
    new = check_messages(spec, iteration, row.edges, visit.told[:, :, None])[:, :, 0]
    visit.stored_after = updated(visit.stored, new, spec.relaxation)
    visit.after = visit.before - used + value_used(visit.stored_after, spec.relaxation)


class Words:
    """Words of all lanes, as the docstrings of :class:`MinSum` say; a 0 may be a negative one."""

    def __init__(self, arithmetic: MinSum, seed: int):
        self.arithmetic, self.spec = arithmetic, arithmetic.spec
        self.halved, self.code = arithmetic.grid.halved, arithmetic.code()
        self.rng = np.random.default_rng(seed)

    def app(self, visit: Visit, edge: int) -> list:
        """Of ``arithmetic.app_word``, before the update."""
        new = [self._sum(v) for v in visit.before[edge]]
        if not self.spec.flooding:
            return new
        # The old sum of a first visit is that of an iteration ago.
        old = self.rng.permutation(new) if visit.first_visit[edge] else visit.old[edge]
        return [{"new": n, "old": int(o)} for n, o in zip(new, old, strict=True)]

    def _sum(self, value) -> int:
        return int(value) >> self.halved

    def stored(self, values) -> list[int]:
        """Of ``arithmetic.stored_word``."""
        if self.spec.relaxation:
            return [int(v) for v in values]
        return [self._message(int(v) >> self.halved) for v in values]

    def _message(self, value: int) -> int:
        bits = self.arithmetic.c2v_bits
        negative = value < 0 or (value == 0 and self.rng.random() < 0.5)
        if self.arithmetic.signs_apart:
            word = abs(value) | negative << (bits - 1)
            return word - (negative << bits)
        return ~abs(value) if negative else value

    def messages(self, lanes) -> list[int]:
        """Values of ``stored``, in the spec's units."""
        return [self._value(lane) for lane in lanes]

    def _value(self, word: int) -> int:
        if self.spec.relaxation:
            return word
        if self.arithmetic.signs_apart:
            top = 1 << (self.arithmetic.c2v_bits - 1)
            magnitude = word & (top - 1)
        else:
            magnitude = ~word if word < 0 else word
        return (-magnitude if word < 0 else magnitude) << self.halved

    def edge(self, visit: Visit, edge: int) -> list[dict]:
        """Of ``arithmetic.edge_lane``, all lanes."""
        lanes = []
        for lane, told in enumerate(visit.told[edge].tolist()):
            before, old = int(visit.before[edge, lane]), int(visit.old[edge, lane])
            fields = {"index": self.code.patterns[int(visit.index[edge, lane])]}
            if self.spec.flooding:
                fields |= {"value": before - old + told, "old": old, "told": int(told < 0)}
            else:
                fields |= {"value": self._sum(told), "bit": int(before < 0)}
            if self.spec.relaxation:
                fields["state"] = int(visit.stored[edge, lane])
            lanes.append(fields)
        return lanes

    def row(self, visit: Visit) -> dict:
        """What the search says of it."""
        m1, m2 = ([self.code.patterns[int(x)] for x in index] for index in (visit.m1, visit.m2))
        if isinstance(self.code, Gray):  # the lower bit says where it differs from that of m1
            m2 = [two & 2 | (one ^ two) & 1 for one, two in zip(m1, m2, strict=True)]
        odd, thrice = (
            sum(int(bit) << lane for lane, bit in enumerate(bits))
            for bits in (visit.odd, visit.thrice)
        )
        row = {"m1": m1, "second": m2, "odd": odd}
        return row | ({"thrice": thrice} if self.arithmetic.counts else {})
