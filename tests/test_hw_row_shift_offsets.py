"""Block rows numbered from other checks: the same code, and no turn beyond the rotator's reach."""

import pytest
from small_specs import job_of, small_spec

from hw.layered.program import Addressing
from hw.layered.row_shift_offsets import row_shift_offsets
from hw.layered.schedule import layer_order
from hw.lib.shift_plan import LEAST_LANES, ShiftPlan
from quant import row_offsets, sources


def turns(spec) -> list[int]:
    """How far the columns turn in an iteration, from each of their rows to the next."""
    size, last, first, found = spec.code.lifting_size, {}, {}, []
    for row in layer_order(spec):
        for column, exponent in spec.code.rows[row]:
            if column in last:
                found.append((exponent - last[column]) % size)
            first.setdefault(column, exponent)
            last[column] = exponent
    return found + [(first[column] - last[column]) % size for column in last]


@pytest.mark.parametrize(
    "name",
    ["qc_ldpc", "wifi_648_r12", "wifi_1296_r56", "wifi_1944_r56", "nr5g_bg1_z24",
     "qc_ldpc_flooding"],
)  # fmt: skip
def test_every_turn_is_within_reach(name):
    spec = sources.spec_for(name)
    addressing = Addressing(job_of(spec), 3, 4)
    size, turned = spec.code.lifting_size, addressing.lifted
    assert addressing.plan.copies and size >= LEAST_LANES
    assert max(turns(turned)) < addressing.plan.reach
    for before, after in zip(spec.code.rows, turned.code.rows, strict=True):
        assert [column for column, _ in before] == [column for column, _ in after]
        moved = {(b - a) % size for (_, a), (_, b) in zip(before, after, strict=True)}
        assert len(moved) == 1  # one constant a row: its checks are numbered from another one


def test_a_reach_that_no_code_has_is_refused():
    assert row_shift_offsets(job_of(sources.spec_for("qc_ldpc")), 1) is None


def test_defaults_know_the_reach_of_the_rotator():
    assert row_offsets.LEAST_LANES == LEAST_LANES
    for lanes in range(LEAST_LANES, 513):
        assert row_offsets.reach_of(lanes) == ShiftPlan(lanes, copies=True, open=True).reach


def test_layers_are_in_another_order_only_where_the_rotator_needs_it():
    assert sources.spec_for("wifi_1296_r56").layer_order == (0, 2, 1, 3)
    for name in ("wifi_1296_r34", "wifi_648_r56", "wifi_1944_r56", "nr5g_bg1_z64"):
        order = sources.spec_for(name).layer_order
        assert order == tuple(range(len(order)))  # it fits, none fits, or there are too many


@pytest.mark.parametrize("lanes", [1, 2, 6, LEAST_LANES - 1])
def test_few_lanes_have_stages_of_two_ways(lanes):
    addressing = Addressing(job_of(small_spec(lanes)), 2, 4)
    assert addressing.plan == ShiftPlan(lanes, open=True)
    assert addressing.lifted == addressing.job
