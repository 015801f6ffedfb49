"""Parts of a direct decoder's nodes, each alone: quantiser, search, answers, syndrome."""

import numpy as np
import pytest
from amaranth.hdl import Signal, signed
from amaranth_bench import evaluate, pipelined
from small_specs import flooding_spec

from hw.direct.check_node import Answers, Outside
from hw.direct.extrinsic_min import Masks
from hw.direct.graph import Graph
from hw.direct.messages import Values
from hw.direct.quantiser import Quantiser
from hw.direct.relax import splits
from hw.direct.syndrome import Syndrome
from hw.lib.magnitude import Binary, Thermometer, magnitude_code
from model.encode import Encoder
from quant.golden.messages import magnitude_index
from quant.golden.minsearch import two_minima
from quant.golden.relaxation import updated
from quant.golden.rows import block_rows
from quant.spec import Relaxation

THERMOMETERS = [(1,), (4, 8, 16), (2, 3, 9), (1, 2, 3, 4, 5, 6, 7), (5, 30, 100)]
BINARIES = [tuple(range(1, 16)), tuple(range(4, 64, 4)), (1, 3, 4, *range(9, 33, 2))]


REGULAR = BINARIES[:2]  # multiples of a power of two: clipped, not compared


def unfit(thresholds) -> int:
    """Sums of this width or less the code cannot be made for: see the test below."""
    return thresholds[-1].bit_length() if thresholds in REGULAR else 0


@pytest.mark.xfail(
    strict=True,
    raises=IndexError,
    reason="hw.lib.magnitude._clipped_magnitude slices value[top:-1] before it asks whether the "
    "value is that wide: 5-bit messages with thresholds 4, 8, .. and a 4-bit channel do not build",
)
@pytest.mark.parametrize("thresholds", REGULAR, ids=str)
def test_regular_thresholds_of_narrow_sums(thresholds):
    code = magnitude_code(thresholds)
    for width in range(2, unfit(thresholds) + 1):
        code.encode(Signal(signed(width)))  # raises
        values = list(range(1 - (1 << (width - 1)), 1 << (width - 1)))
        got = evaluate(lambda v: code.encode(v.as_signed()), [width],
                       [(v & ((1 << width) - 1),) for v in values], code.width)  # fmt: skip
        assert got == magnitude_index(np.array(values), thresholds).tolist()


@pytest.mark.parametrize("thresholds", [*THERMOMETERS, *BINARIES], ids=str)
def test_quantiser_of_every_sum(thresholds):
    """All values of the symmetric range at every width, also where no sum reaches a threshold."""
    code = magnitude_code(thresholds)
    widths = [w for w in range(2, 9) if w > unfit(thresholds)]
    assert isinstance(code, Thermometer if thresholds in THERMOMETERS else Binary)
    quantiser = Quantiser(widths, code)
    top = (1 << (widths[-1] - 1)) - 1

    def at(value: int, width: int) -> int:
        limit = (1 << (width - 1)) - 1
        return max(-limit, min(limit, value))

    def drive(ctx, value):
        for signal, width in zip(quantiser.values, widths, strict=True):
            ctx.set(signal, at(value, width))

    def check(ctx, value):
        for x, width in zip(quantiser.x, widths, strict=True):
            index = int(magnitude_index(np.array(at(value, width)), thresholds))
            assert ctx.get(x) == code.patterns[index], (value, width)

    pipelined(quantiser, list(range(-top, top + 1)), 0, drive, check)


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

    def drive(ctx, row):
        for wire, index in zip(outside.x, row["index"], strict=True):
            ctx.set(wire, code.patterns[index])
        ctx.set(outside.negative, sum(bit << i for i, bit in enumerate(row["negative"])))

    def check(ctx, row):
        seen = [ctx.get(wire) for wire in outside.seen]
        assert seen == seen_of(outside.ways, code, row["index"]), row
        odd = sum(row["negative"]) % 2
        assert [ctx.get(sign) for sign in outside.sign] == [odd ^ own for own in row["negative"]]

    pipelined(outside, random_rows(code, degree, 100, degree), cuts, drive, check)


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

    def drive(ctx, row):
        for wire, value in zip(answers.seen, seen_of(answers.ways, code, row["index"]),
                               strict=True):  # fmt: skip
            ctx.set(wire, value)
        for e, index in enumerate(row["index"]):
            ctx.set(answers.x[e], code.patterns[index])
            ctx.set(answers.sign[e], signs(row)[e])
            if relaxation:
                old = row["stored"][e]
                left = old + (-old >> relaxation.shift) if splits(relaxation) else old
                ctx.set(answers.left[e], left)
        if classes > 1:
            ctx.set(answers.classes, 1 << row["class"])

    def check(ctx, row):
        for e in range(degree):
            others = [x for i, x in enumerate(row["index"]) if i != e]
            level = levels[e][row["class"]][min(others, default=size - 1)]
            new = -level if signs(row)[e] else level
            if relaxation:
                new = int(updated(np.array(row["stored"][e]), np.array(new), relaxation))
            assert ctx.get(answers.messages[e]) == new >> odd, (e, row)

    pipelined(answers, rows, int(apart), drive, check)


@pytest.mark.parametrize("cuts", [0, 1, 2, 4])
def test_syndrome_of_codewords_and_of_every_wrong_bit(cuts):
    spec = flooding_spec(z=3)
    graph = Graph(spec)
    encoder, rng = Encoder(spec.graph()), np.random.default_rng(cuts)
    words = encoder.encode(rng.integers(0, 2, (12, encoder.k), dtype=np.uint8))
    wrong = words[0] ^ np.eye(spec.n_variables, dtype=np.uint8)
    both = [*words, *wrong, *rng.integers(0, 2, (20, spec.n_variables))]
    both = [both[i] for i in rng.permutation(len(both))]
    bits = [Signal(name=f"bit{v}") for v in range(spec.n_variables)]
    syndrome = Syndrome(graph, bits, cuts)
    found = []

    def drive(ctx, word):
        for signal, bit in zip(bits, word, strict=True):
            ctx.set(signal, int(bit))

    def check(ctx, word):
        parities = [np.bitwise_xor.reduce(word[row.variables], axis=0) for row in block_rows(spec)]
        found.append(int(np.concatenate(parities).any()))
        assert ctx.get(syndrome.broken) == found[-1]

    pipelined(syndrome, both, syndrome.latency_cycles, drive, check)
    assert found.count(0) >= 12 and found.count(1) >= spec.n_variables
