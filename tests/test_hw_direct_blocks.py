"""Parts of a direct decoder's nodes, each alone: quantiser, search, answers, syndrome."""

import numpy as np
import pytest
from amaranth.hdl import Signal
from amaranth_bench import responses
from small_specs import flooding_spec

from hw.direct.check_node import Answers, Outside
from hw.direct.extrinsic_min import Masks
from hw.direct.graph import Graph
from hw.direct.messages import Values
from hw.direct.quantiser import Quantiser
from hw.direct.relax import splits
from hw.direct.syndrome import Syndrome
from hw.lib.magnitude import Binary, Thermometer, magnitude_code
from quant.golden.messages import magnitude_index
from quant.golden.minsearch import two_minima
from quant.golden.relaxation import updated
from quant.spec import Relaxation

THERMOMETERS = [(1,), (4, 8, 16), (2, 3, 9), (1, 2, 3, 4, 5, 6, 7), (5, 30, 100)]
BINARIES = [tuple(range(1, 16)), tuple(range(4, 64, 4)), (1, 3, 4, *range(9, 33, 2))]


@pytest.mark.parametrize("thresholds", [*THERMOMETERS, *BINARIES], ids=str)
def test_quantiser_of_every_sum(thresholds):
    """All values of the symmetric range at every width, also where no sum reaches a threshold."""
    code = magnitude_code(thresholds)
    widths = list(range(2, 9))
    assert isinstance(code, Thermometer if thresholds in THERMOMETERS else Binary)
    quantiser = Quantiser(widths, code)
    top = (1 << (widths[-1] - 1)) - 1

    def at(value: int, width: int) -> int:
        limit = (1 << (width - 1)) - 1
        return max(-limit, min(limit, value))

    sets = [[at(value, width) for width in widths] for value in range(-top, top + 1)]
    found = responses(quantiser, quantiser.values, quantiser.x, sets, 0)
    for values, got in zip(sets, found, strict=True):
        assert got == [code.patterns[i] for i in magnitude_index(np.array(values), thresholds)]


def random_rows(code, degree: int, count: int, seed: int) -> list[dict]:
    """Rows of magnitude indices and signs; many ties, and rows of one index only."""
    rng, size = np.random.default_rng(seed), len(code.patterns)
    rows = []
    for n in range(count):
        low, high = sorted(rng.integers(0, size, 2).tolist())
        index = rng.integers(0 if n % 3 else low, (high if n % 5 else low) + 1, degree)
        rows.append({"index": index.tolist(), "negative": rng.integers(0, 2, degree).tolist()})
        rows[-1]["seed"] = n
    return rows


def seen_of(ways, code, index: list[int]) -> list[int]:
    """What the edges of a row need to know of the others, in either code."""
    if isinstance(ways, Masks):
        outside = [[x for i, x in enumerate(index) if i not in group] for group in ways.groups]
        return [code.patterns[min(others, default=len(code.patterns) - 1)] for others in outside]
    column = np.array(index, np.uint8)[:, None]
    return [int(m[0]) for m in two_minima(column, len(code.patterns) - 1)]


CODES = {"one bit": (3,), "thermometer": (1, 2, 3), "binary": tuple(range(1, 16))}


@pytest.mark.parametrize("kind", CODES)
@pytest.mark.parametrize(("degree", "cuts"), [(1, 0), (2, 1), (3, 2), (4, 0), (7, 3), (24, 4)])
def test_outside_finds_the_others_and_their_sign(degree, cuts, kind):
    code = magnitude_code(CODES[kind])
    outside = Outside(code, degree, cuts)

    rows = random_rows(code, degree, 100, degree)
    sets = [
        [*(code.patterns[i] for i in row["index"]),
         sum(bit << i for i, bit in enumerate(row["negative"]))]
        for row in rows
    ]  # fmt: skip
    outputs = [*outside.seen, *outside.sign]
    found = responses(outside, [*outside.x, outside.negative], outputs, sets, cuts)
    for row, got in zip(rows, found, strict=True):
        odd = sum(row["negative"]) % 2
        signs = [odd ^ own for own in row["negative"]]
        assert got == [*seen_of(outside.ways, code, row["index"]), *signs], row


ANSWERS = {
    "plain": (None, 1, False),
    "halves of odd levels": (None, 2, True),
    "relaxed in two parts": (Relaxation(2, 3), 3, False),
    "relaxed in one part": (Relaxation(2, 1), 1, False),
}


@pytest.mark.parametrize("kind", CODES)
@pytest.mark.parametrize("case", ANSWERS)
@pytest.mark.parametrize(("degree", "apart"), [(1, True), (2, False), (3, True), (7, False)])
def test_answers_choose_map_and_move(degree, apart, case, kind):
    """Smallest index of the others, level of the class, sign, relaxation; every edge's own map."""
    relaxation, classes, odd = ANSWERS[case]
    code, rng = magnitude_code(CODES[kind]), np.random.default_rng(degree)
    size, fraction = len(code.patterns), relaxation.frac_bits if relaxation else 0
    steps = rng.integers(0, 3, (degree, classes, size)).cumsum(axis=2)
    levels = (2 * steps + 1 if odd else steps).tolist()
    largest = [max(table[-1] for table in tables) for tables in levels]
    answers = Answers(code, [[tuple(table) for table in tables] for tables in levels],
                      [Values(most, odd) for most in largest], relaxation, apart)  # fmt: skip
    assert (answers.classes is None) == (classes == 1)
    rows = random_rows(code, degree, 120, degree + size)
    for row in rows:
        row["class"] = int(rng.integers(classes))
        row["stored"] = [int(rng.integers(-m << fraction, (m << fraction) + 1)) for m in largest]

    def signs(row) -> list[int]:
        return [sum(row["negative"]) % 2 ^ own for own in row["negative"]]

    def left(old: int) -> int:
        return old + (-old >> relaxation.shift) if splits(relaxation) else old

    sets, due = [], []
    for row in rows:
        sets.append([
            *seen_of(answers.ways, code, row["index"]),
            *(code.patterns[index] for index in row["index"]),
            *signs(row),
            *(left(old) for old in row["stored"] if relaxation),
            *([1 << row["class"]] if classes > 1 else []),
        ])  # fmt: skip
        due.append([])
        for e in range(degree):
            others = [x for i, x in enumerate(row["index"]) if i != e]
            level = levels[e][row["class"]][min(others, default=size - 1)]
            new = -level if signs(row)[e] else level
            if relaxation:
                new = int(updated(np.array(row["stored"][e]), np.array(new), relaxation))
            due[-1].append(new >> odd)
    inputs = [*answers.seen, *answers.x, *answers.sign]
    inputs += answers.left if relaxation else []
    inputs += [answers.classes] if classes > 1 else []
    assert responses(answers, inputs, answers.messages, sets, int(apart)) == due


@pytest.mark.parametrize("cuts", [0, 1, 2, 4])
def test_syndrome_sees_every_check_and_every_bit(cuts):
    """Codewords, words that break one check only, words with one wrong bit, in any order."""
    spec, rng = flooding_spec(z=3), np.random.default_rng(cuts)
    bits = [Signal(name=f"bit{v}") for v in range(spec.n_variables)]
    syndrome = Syndrome(Graph(spec), bits, cuts)
    matrix = spec.graph().parity_check_matrix().toarray().astype(np.int64)
    words = rng.integers(0, 2, (1 << 17, spec.n_variables))
    parities = words @ matrix.T % 2
    breaks = parities.sum(axis=1)
    one = [np.flatnonzero((breaks == 1) & (parities[:, c] == 1))[0] for c in range(len(matrix))]
    good = words[np.flatnonzero(breaks == 0)[:10]]
    wrong = good[0] ^ np.eye(spec.n_variables, dtype=np.int64)
    sent = rng.permutation(np.concatenate([good, words[one], wrong]))
    due = (sent @ matrix.T % 2).any(axis=1)
    assert (due.sum(), (~due).sum()) == (len(matrix) + spec.n_variables, 10)

    found = responses(syndrome, bits, [syndrome.broken], sent.tolist(), syndrome.latency_cycles)
    assert [broken for (broken,) in found] == due.tolist()


@pytest.mark.parametrize(("cuts", "wanted"), [(0, 2), (1, 4), (2, 2), (3, 9)])
def test_odd_checks_are_counted(cuts, wanted):
    spec, rng = flooding_spec(z=3), np.random.default_rng(cuts)
    bits = [Signal(name=f"bit{v}") for v in range(spec.n_variables)]
    syndrome = Syndrome(Graph(spec), bits, cuts, wanted)
    sent = rng.integers(0, 2, (200, spec.n_variables))
    due = (sent @ spec.graph().parity_check_matrix().toarray().astype(np.int64).T % 2).sum(axis=1)
    cycles = wanted + Syndrome.count_is_late(Graph(spec), cuts, wanted)
    found = responses(syndrome, bits, [syndrome.odd], sent.tolist(), cycles)
    assert [odd for (odd,) in found] == due.tolist()
