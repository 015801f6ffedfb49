"""Saturation, rounding and comparison in hardware equal golden's, for every input."""

from dataclasses import replace

import numpy as np
import pytest
from amaranth.hdl import Cat, Module, Signal, signed
from amaranth_bench import evaluate, simulate
from small_specs import small_spec

from hw.lib import arithmetic
from hw.lib.gray import Gray, serial_code
from hw.lib.lookup import ChosenTable
from hw.lib.magnitude import Binary, Thermometer, magnitude_code
from hw.min_sum.channel_word import ChannelWord
from quant.golden import arithmetic as golden
from quant.golden.messages import magnitude_index
from quant.golden.minsearch import extrinsic_index, two_minima
from quant.spec import Channel


def signed_range(bits: int) -> np.ndarray:
    return np.arange(-(1 << (bits - 1)), 1 << (bits - 1))


@pytest.mark.parametrize(("wide", "narrow"), [(4, 4), (5, 4), (8, 7), (9, 4), (3, 5), (6, 3)])
def test_saturate_every_value(wide, narrow):
    values = signed_range(wide)
    got = evaluate(
        lambda v: arithmetic.saturate(v.as_signed(), narrow),
        [wide],
        [(int(v) & ((1 << wide) - 1),) for v in values],
        signed(max(wide, narrow)),
    )
    limit = (1 << (narrow - 1)) - 1
    # A width that already fits is passed through: -2^(bits-1) of a narrower number is in range.
    assert got == golden.saturate(values, limit if narrow <= wide else 1 << wide).tolist()


@pytest.mark.parametrize(("wide", "narrow"), [(4, 4), (5, 4), (10, 8), (3, 5)])
def test_clip_every_value(wide, narrow):
    values = signed_range(wide)
    got = evaluate(
        lambda v: arithmetic.clip(v.as_signed(), narrow),
        [wide],
        [(int(v) & ((1 << wide) - 1),) for v in values],
        signed(max(wide, narrow)),
    )
    assert got == np.clip(values, -(1 << narrow - 1), (1 << narrow - 1) - 1).tolist()


@pytest.mark.parametrize("rise", ["mid_rise", "mid_tread"])
@pytest.mark.parametrize("bits", [3, 4, 5, 7, 8])
def test_every_byte_of_the_stream_becomes_a_channel_code(bits, rise):
    channel = Channel(bits, 1.0, rise, 0)
    word = ChannelWord(replace(small_spec(5, app_bits=10), channel=channel))
    values = signed_range(8)
    got = evaluate(word.saturated, [8], [(int(v) & 255,) for v in values], signed(bits))
    assert got == np.clip(values, channel.minimum_code, channel.maximum_code).tolist()


@pytest.mark.parametrize("bits", range(4))
def test_shift_round_every_value(bits):
    values = signed_range(7)
    got = evaluate(
        lambda v: arithmetic.shift_round(v.as_signed(), bits),
        [7],
        [(int(v) & 127,) for v in values],
        signed(8),
    )
    assert got == golden.shift_round(values, bits).tolist()


@pytest.mark.parametrize("threshold", [*range(1, 34), 63, 64, 65, 100])
def test_reaches_every_value(threshold):
    values = signed_range(7)
    got = evaluate(
        lambda v: arithmetic.reaches(v.as_signed(), threshold),
        [7],
        [(int(v) & 127,) for v in values],
        1,
    )
    assert got == (np.abs(values) >= threshold).astype(int).tolist()


THRESHOLDS = [(3,), (4, 8, 13), (7, 14, 26), (5, 8, 12, 16, 20, 24, 32), tuple(range(2, 32, 2)),
              tuple(range(1, 32))]


def as_code(code, index: int) -> int:
    return (1 << index) - 1 if isinstance(code, Thermometer) else index


@pytest.mark.parametrize("kind", [Thermometer, Binary])
@pytest.mark.parametrize("thresholds", THRESHOLDS, ids=len)
def test_encode_and_choose(kind, thresholds):
    code, values = kind(thresholds), signed_range(8)
    index = magnitude_index(values, thresholds)
    vectors = [(int(v) & 255,) for v in values]
    got = evaluate(lambda v: code.encode(v.as_signed()), [8], vectors, code.width)
    assert got == [as_code(code, int(x)) for x in index]
    if kind is Binary:
        return
    constants = [3 * i + 1 for i in range(len(thresholds) + 1)]
    every = [(as_code(code, x),) for x in range(len(constants))]
    chosen = evaluate(lambda x: code.choose(x, constants, 8), [code.width], every, 8)
    assert chosen == constants


@pytest.mark.parametrize("kind", [Thermometer, Binary])
@pytest.mark.parametrize("thresholds", THRESHOLDS[:5], ids=len)
def test_minima_and_extrinsic_every_triple(kind, thresholds):
    code, top = kind(thresholds), len(thresholds)
    triples = [(a, b, x) for a in range(top + 1) for b in range(a, top + 1) for x in range(top + 1)]
    vectors = [tuple(as_code(code, value) for value in triple) for triple in triples]
    a, b, x = (np.array(column, dtype=np.uint8) for column in zip(*triples, strict=True))
    width = code.width
    for part, due in ((0, np.minimum(a, x)), (1, np.minimum(b, np.maximum(a, x)))):
        got = evaluate(lambda *s, part=part: code.minima(*s)[part], [width] * 3, vectors, width)
        assert got == [as_code(code, int(value)) for value in due]
    _check_told_of_a_row(code, [code.width] * 3, vectors, a, b, x)


def _check_told_of_a_row(code, widths, vectors, a, b, x):
    """Extrinsic index and tie of ``vectors`` m1, m2 at a search's end, and x."""
    # They are asked for only where m1 is the row's minimum.
    asked = [i for i in range(len(x)) if a[i] <= x[i] and (x[i] == a[i] or x[i] >= b[i])]
    vectors = [vectors[i] for i in asked]

    def told(part):
        return lambda m1, m2, own: code.told(own, code.index_of(m1), code.second(m1, m2))[part]

    got = evaluate(told(0), widths, vectors, code.width)
    assert got == [code.patterns[int(extrinsic_index(x, a, b)[i])] for i in asked]
    got = evaluate(told(1), widths, vectors, 1)
    assert got == [int(a[i] == b[i] and x[i] != a[i]) for i in asked]


def test_ones_complement_is_added_and_subtracted_with_its_sign():
    """Every value of 5 bits, every magnitude of 3 bits with either sign."""
    vectors = [(a, r, s) for a in range(32) for r in range(8) for s in range(2)]
    value = [(a - (a >> 4 << 5), -r if s else r) for a, r, s in vectors]
    got = evaluate(
        lambda a, r, s: arithmetic.add_with_carry(
            a.as_signed(), arithmetic.ones_complement(r, s), s
        ),
        [5, 3, 1], vectors, signed(6),
    )  # fmt: skip
    assert got == [a + r for a, r in value]
    got = evaluate(
        lambda a, r, s: arithmetic.subtract_with_borrow(
            a.as_signed(), arithmetic.ones_complement(r, s), s
        ),
        [5, 3, 1], vectors, signed(6),
    )  # fmt: skip
    assert got == [a - r for a, r in value]


@pytest.mark.parametrize("bits", [2, 3, 6, 8])
def test_reach_in_two_steps_every_value_and_threshold(bits):
    thresholds = tuple(range(1, (1 << (bits - 1)) + 3))
    values = signed_range(bits)[1:]  # the most negative number never comes
    reach = arithmetic.TwoStepReach(thresholds, bits)
    got = evaluate(
        lambda v: reach.first(v.as_signed()),
        [bits],
        [(int(v) & ((1 << bits) - 1),) for v in values],
        len(thresholds),
        then=lambda found: Cat(*reach.second(found)),
    )
    assert got == [(1 << min(abs(int(v)), len(thresholds))) - 1 for v in values]


@pytest.mark.parametrize("thresholds", [(2, 4, 8), (2, 5, 9), (1, 3, 6, 9, 12, 15, 20)])
def test_reach_of_a_folded_value_asks_its_complement_where_it_is_negative(thresholds):
    values = signed_range(7)
    reach = arithmetic.TwoStepReach(thresholds, 7, folded=True)
    got = evaluate(
        lambda v: reach.first(v.as_signed()),
        [7],
        [(int(v) & 127,) for v in values],
        len(thresholds),
        then=lambda found: Cat(*reach.second(found)),
    )
    reached = np.searchsorted(thresholds, np.where(values < 0, ~values, values), side="right")
    assert got == [(1 << int(count)) - 1 for count in reached]


@pytest.mark.parametrize(
    "thresholds",
    [(4, 8, 14), (1, 3, 6, 9, 12, 15, 20), tuple(range(2, 32, 2)), (1, *range(3, 31, 2))],
)
def test_the_two_steps_of_a_code_give_its_index(thresholds):
    code, values = serial_code(thresholds), signed_range(8)[1:]
    first, second = code.two_steps(8)
    vectors = [(int(v) & 255,) for v in values]
    got = evaluate(lambda v: first(v.as_signed()), [8], vectors, code.width, then=second)
    assert got == evaluate(lambda v: code.encode(v.as_signed()), [8], vectors, code.width)


def test_two_minima_against_sorting():
    rng = np.random.default_rng(1)
    for degree in range(1, 12):
        index = rng.integers(0, 8, (degree, 200)).astype(np.uint8)
        ordered = np.sort(np.concatenate([index, np.full((1, 200), 7, np.uint8)]), axis=0)
        m1, m2 = two_minima(index, 7)
        assert (m1 == ordered[0]).all() and (m2 == ordered[1]).all()


def test_the_smaller_code_is_chosen():
    assert isinstance(magnitude_code((1, 2, 3)), Thermometer)
    assert isinstance(magnitude_code(tuple(range(1, 8))), Thermometer)
    assert isinstance(magnitude_code(tuple(range(1, 16))), Binary)


def test_gray_code_of_three_thresholds_every_triple():
    thresholds = (4, 8, 13)
    code, values = serial_code(thresholds), signed_range(8)
    assert isinstance(code, Gray)
    index = magnitude_index(values, thresholds)
    vectors = [(int(v) & 255,) for v in values]
    got = evaluate(lambda v: code.encode(v.as_signed()), [8], vectors, code.width)
    assert got == [code.patterns[int(x)] for x in index]
    triples = [(a, b, x) for a in range(4) for b in range(a, 4) for x in range(4)]
    row = code.row.patterns
    vectors = [(row[a], row[b], code.patterns[x]) for a, b, x in triples]
    a, b, x = (np.array(column, dtype=np.uint8) for column in zip(*triples, strict=True))
    for part, due in ((0, np.minimum(a, x)), (1, np.minimum(b, np.maximum(a, x)))):
        got = evaluate(lambda *s, part=part: code.minima(*s)[part], [3, 3, 2], vectors, 3)
        assert got == [row[int(value)] for value in due]
    _check_told_of_a_row(code, [3, 3, 2], vectors, a, b, x)
    got = evaluate(code.index_of, [3], [(pattern,) for pattern in row], 2)
    assert got == list(code.patterns)


@pytest.mark.parametrize("patterns", [range(8), (0, 1, 3, 2), (0, 1, 3, 7, 15)])
def test_chosen_table_every_choice_and_entry(patterns):
    tables = np.random.default_rng(len(patterns)).integers(0, 64, (5, len(patterns)))
    tables[3, 1:] = tables[0, 1:]  # tables that agree in some bits
    table = ChosenTable(tables.tolist(), list(patterns), 6)
    m, choice, address = Module(), Signal(3), Signal(max(patterns).bit_length())
    word = Signal(6)
    m.d.comb += word.eq(table.word(table.select(m, choice), address))

    async def bench(ctx):
        for number, row in enumerate(tables):
            ctx.set(choice, number)
            await ctx.tick()
            for pattern, due in zip(patterns, row, strict=True):
                ctx.set(address, pattern)
                assert ctx.get(word) == due

    simulate(m, bench)
