"""Error rates on record: kept with a spec, read back with intervals, checked."""

from dataclasses import replace

import pytest
from small_precoders import small_precoder
from small_specs import small_spec

from model.errors import InputError
from model.rates import wilson
from quant import kinds, recorded
from quant.min_sum.link import Channel
from quant.monte_carlo import BIT_ERRORS, FRAME_ERRORS, SQUARES
from quant.precoder.monte_carlo import Downstream
from quant.provenance import fitted_for

POINTS = [
    (3.0, 512, {FRAME_ERRORS: 100, "bit_errors": 400, "iterations": 1500, "undetected": 0}),
    (2.0, 512, {FRAME_ERRORS: 200, "bit_errors": 900, "iterations": 2000, "undetected": 1}),
]

POINT = {"ebn0_db": 3.0, "frames": 512, **POINTS[0][2]}


def with_record(spec, link, points, changes=None):
    record = recorded.record_of(spec, link, 1, points) | (changes or {})
    return spec.with_provenance({recorded.WHAT: {"c": record}})


def test_points_come_back_with_intervals():
    spec = with_record(small_spec(4), Channel(), POINTS)
    curve = recorded.recorded_curve(spec)
    assert (curve.model, curve.axis, curve.rate_name) == ("c", "Eb/N0", "frame error rate")
    assert curve.link_title == "BPSK over AWGN"
    assert [point.point_db for point in curve.points] == [2.0, 3.0]
    assert curve.points[1].rate == 100 / 512
    assert (curve.points[1].low, curve.points[1].high) == wilson(100, 512)
    assert recorded.recorded_curve(spec, "float") is None
    assert [each.model for each in recorded.recorded_curves(spec)] == ["c"]
    assert spec.sha == small_spec(4).sha


def test_a_precoder_s_rate_is_that_of_bits():
    counts = {FRAME_ERRORS: 10, BIT_ERRORS.name: 40, SQUARES.name: 300, "saturated": 0,
              "channel_saturated": 0}  # fmt: skip
    spec = with_record(small_precoder(), Downstream(), [(6.0, 64, counts)])
    curve = recorded.recorded_curve(spec)
    bits = 64 * 20 * 4 * 4
    assert (curve.axis, curve.rate_name) == ("SNR", "bit error rate")
    assert curve.points[0].rate == 40 / bits
    # Bits that are wrong together: wider than of independent ones.
    low, high = wilson(40, bits)
    assert curve.points[0].low < low and curve.points[0].high > high


def test_a_spec_made_from_another_has_none():
    spec = with_record(small_spec(4), Channel(), POINTS)
    changed = replace(small_spec(4, iterations=4), provenance=spec.provenance)
    assert recorded.recorded_curve(changed) is None
    assert recorded.recorded_curves(small_spec(4)) == []


def test_what_was_measured_of_the_start_is_not_said_of_what_was_found():
    before = {"loss": {}, "cost": {}, "error_rates": {}, "training": {}}
    assert fitted_for(before, Channel(), 3.0) == {"training": {}}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"seed": -1}, "seed is -1"),
        ({"points": []}, "points is no list of 1 to 1000"),
        ({"link": {"channel": "fibre", "modulation": "bpsk"}}, "link: channel is 'fibre'"),
        ({"link": {}}, "field 'link.channel' is missing"),
        ({"points": [{"ebn0_db": 1.0}]}, r"field 'points\[0\].frames' is missing"),
        ({"points": [POINT | {"frames": 500}]}, r"points\[0\].frames is 500"),
        ({"points": [POINT | {"frames": 513}]}, r"points\[0\].frames is 513, must be a multiple"),
        ({"points": [POINT | {"frame_errors": 513}]}, r"points\[0\].frame_errors is 513"),
        ({"more": 1}, "field 'more' is unknown"),
    ],
)
def test_records_that_no_run_comes_to(changes, message):
    spec = with_record(small_spec(4), Channel(), POINTS, changes)
    with pytest.raises(InputError, match=rf"tiny: provenance.error_rates.c: {message}"):
        recorded.recorded_curve(spec)


@pytest.mark.parametrize("name", kinds.presets())
def test_every_preset_has_a_curve(name):
    curve = recorded.recorded_curve(kinds.load(kinds.presets()[name]))
    assert len(curve.points) >= 5 and set(curve.made) == {"command", "version", "date"}
    wrong = "frame_errors" if curve.rate_name == "frame error rate" else "bit_errors"
    assert all(point.counts[wrong] >= 50 for point in curve.points)
    assert curve.points[0].rate > 0.05 > curve.points[-1].rate
