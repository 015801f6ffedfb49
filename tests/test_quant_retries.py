"""Retries of layered decoders: the spec's field, golden, and the C model."""

from dataclasses import replace

import numpy as np
import pytest
from small_specs import flooding_spec, small_spec, uneven_channel
from test_quant_cmodel import assert_all_equal, assert_equal, widths
from test_quant_golden import decode_one
from test_quant_resume import assert_same

from model.errors import InputError
from quant import golden, kinds
from quant.cmodel import CModel, sources
from quant.golden.channel import initial_app
from quant.min_sum.link import Channel
from quant.retries import Retry, try_of
from quant.spec import Relaxation, Spec

ORDER = (2, 0, 3, 1)


def with_retries(spec: Spec, *retries: Retry) -> Spec:
    return replace(spec, retries=retries)


def other_maps(spec: Spec, rows: int = 1) -> tuple:
    rng = np.random.default_rng(5)
    shape = rows, spec.n_block_edges
    return tuple(map(tuple, rng.integers(0, len(spec.maps.codebook), shape).tolist()))


PLAIN, EXACT = small_spec(3), small_spec(4, app_bits=8)
TABLE = small_spec(4, channel=uneven_channel(), partial=True)
RELAXED = small_spec(4, message_bits=5, relaxation=Relaxation(2, 3))
HALVED = small_spec(5, app_bits=9, even=True, channel=uneven_channel(1, 3, 5, 7, 9, 11, 15, 21))
SPECS = {
    "longer, another order": with_retries(PLAIN, Retry(9, layer_order=ORDER)),
    "other maps, then less channel": with_retries(
        EXACT, Retry(4, map_index=other_maps(EXACT, 2)),
        Retry(6, ORDER, (3, 5, 7, 9, 11, 13, 15, 19)),
    ),
    "a table of channel values": with_retries(
        TABLE, Retry(3, channel_values=(1, 2, 4, 5, 6, 7, 9, 11)), Retry(5, ORDER),
    ),
    "relaxed": with_retries(RELAXED, Retry(8, ORDER, map_index=other_maps(RELAXED))),
    "halved words": with_retries(
        HALVED, Retry(12, channel_values=(1, 3, 3, 7, 9, 11, 13, 13)), Retry(12, ORDER)
    ),
}  # fmt: skip


@pytest.fixture(params=SPECS.values(), ids=SPECS)
def spec(request) -> Spec:
    return request.param


def codes_of(spec: Spec, frames: int) -> np.ndarray:
    """Frames that the first try verifies, that another one does, and that none does."""
    rng = np.random.default_rng(7)
    weak = rng.random((frames, spec.n)) < rng.choice([0.04, 0.1, 0.12], (frames, 1))
    return (rng.integers(0, 8, (frames, spec.n)) - 8 * weak).astype(np.int8)


def test_golden_equals_a_second_reading(spec):
    codes = codes_of(spec, 60)
    found = golden.decode(spec, codes, batch=25)
    numbers = []
    for frame, code in enumerate(codes):
        spent, first = 0, None
        for number, one in enumerate(spec.tries):
            bits, verified, iterations = decode_one(one, code)
            spent += iterations
            first = first or bits
            if verified:
                numbers.append(number)
                break
        else:
            numbers.append(0)
        assert found.bits[frame].tolist() == (bits if verified else first), frame
        assert (bool(found.decoded[frame]), int(found.iterations[frame])) == (verified, spent)
    assert try_of(spec, found.decoded, found.iterations).tolist() == numbers
    assert max(numbers) > 0 and 0 < found.decoded.sum() < 60


def test_a_failed_frame_keeps_everything_of_the_first_try(spec):
    codes = codes_of(spec, 60)
    found, first = golden.decode(spec, codes), golden.decode(spec.tries[0], codes)
    kept = ~found.decoded | first.decoded
    assert (found.soft == first.soft)[kept].all() and not found.decoded.all()
    assert (found.unsatisfied == first.unsatisfied)[kept].all()
    assert (found.iterations[~found.decoded] == spec.most_iterations).all()


def test_stopping_anywhere_changes_nothing(spec):
    codes = codes_of(spec, 40)
    due = golden.decode(spec, codes, batch=25)
    for stop in range(spec.most_iterations + 1):
        state = golden.start(spec, codes)
        golden.iterate(spec, state, stop)
        early = golden.finish(spec, state)
        assert (early.iterations == np.minimum(due.iterations, stop)).all()
        golden.iterate(spec, state, spec.most_iterations)
        assert_same(golden.finish(spec, state), due)


def test_c_model_equals_golden(spec):
    model, codes = CModel(spec, every_width=True), codes_of(spec, 777)
    due = golden.decode(spec, codes)
    for _ in widths(model):
        for frames in (1, 777):
            assert_equal(model.decode(codes[:frames]), golden.decode(spec, codes[:frames]))
        assert_all_equal(model.decode(codes, soft=True), due)
        assert_all_equal(model.decode_values(initial_app(spec, codes)), due)
    link = Channel().at(2.0, spec)
    for first, frames in ((0, 1), (100, 2000)):
        words, llr = model.frames(link, 5, 9, first, frames)
        due = model.decode(model.quantise(llr))
        wrong = (due.bits != words)[:, spec.information_positions].sum(axis=1)
        for _ in widths(model):
            found = model.simulate(link, 5, 9, first, frames)
            assert (found.bit_errors == wrong).all() and (found.decoded == due.decoded).all()
            assert (found.iterations == due.iterations).all()


def test_values_have_to_be_those_of_codes_where_a_try_changes_them():
    spec = SPECS["a table of channel values"]
    values = np.full((1, spec.n_variables), 13)
    with pytest.raises(ValueError, match="one that no code stands for"):
        golden.start(spec, values=values)
    with pytest.raises(ValueError, match="one that no code stands for"):
        CModel(spec).decode_values(values)


def test_round_trip(spec, tmp_path):
    again = kinds.load(spec.save(tmp_path / "spec.json"))
    assert again == spec and again.sha == spec.sha
    assert spec.sha != replace(spec, retries=()).sha


def test_a_spec_without_retries_does_not_know_of_them():
    assert "retries" not in PLAIN.record() and PLAIN.tries == (PLAIN,)
    assert not any("Waiting" in text for text in sources(PLAIN).values())
    assert PLAIN.most_iterations == PLAIN.iterations and "retries" not in PLAIN.describe()


def test_only_as_many_lists_as_there_are_differences():
    record = SPECS["longer, another order"].record()["retries"]
    assert record == [{"iterations": 9, "layer_order": list(ORDER)}]


ODD = small_spec(4, app_bits=8, channel=uneven_channel(1, 3, 5, 7, 9, 11, 15, 21))
REFUSED = {
    "order": (PLAIN, Retry(3, (0, 1, 2, 2)), "0].layer_order is not a permutation of 0..3"),
    "even": (
        ODD, Retry(3, (), (1, 3, 4, 7, 9, 11, 13, 15)), r"0].channel_values[2] is 4, must be odd",
    ),
    "count": (ODD, Retry(3, (), (1, 3)), "0].channel_values has 2 entries, 8 are due"),
    "descending": (
        ODD, Retry(3, (), (1, 3, 5, 7, 9, 11, 15, 13)), "0].channel_values are not ascending",
    ),
    "range": (
        ODD, Retry(3, (), (1, 3, 5, 7, 9, 11, 13, 255)), "0].channel_values[7] is 255, must be",
    ),
    "mid-tread": (
        small_spec(3, rise="mid_tread"), Retry(3, (), (1, 3, 5, 7, 9, 11, 13, 15)),
        "0].channel_values: only for rise 'mid_rise'",
    ),
    "no iteration": (PLAIN, Retry(0), "0].iterations is 0, must be a whole number from 1"),
    "too many": (PLAIN, Retry(123), "128 iterations in all tries together, at most 127 are"),
    "rows": (PLAIN, Retry(1, map_index=other_maps(PLAIN, 2)), "map_index has 2 rows for 1 iter"),
    "edges": (PLAIN, Retry(1, map_index=((0, 0),)), "map_index[0] has 2 entries for"),
    "map": (
        PLAIN, Retry(1, map_index=((9,) * PLAIN.n_block_edges,)), "0].map_index[0][0] is 9, must",
    ),
    "no early stop": (small_spec(3, early_stop=False), Retry(3), "retries: early_stop is false"),
    "flooding": (flooding_spec(z=3), Retry(3), "retries: kind is 'tanner_flooding', only layered"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused(case):
    spec, retry, reason = REFUSED[case]
    with pytest.raises(InputError) as caught:
        with_retries(spec, retry)
    assert reason in str(caught.value) and "\n" not in str(caught.value)
    assert str(caught.value).startswith("retries")


def test_more_retries_than_the_status_counts():
    with pytest.raises(InputError, match="retries: entries is 8, must be"):
        with_retries(PLAIN, *[Retry(1)] * 8)
