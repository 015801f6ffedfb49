"""Schedules whose slots begin their iterations at different places of the period."""

from dataclasses import replace

import pytest
from small_specs import job_of

from hw.layered.pipeline import Pipeline
from hw.layered.schedule import make_schedule, verify
from model.errors import InputError
from quant import sources

JOB, SLOTS = job_of(sources.spec_for("qc_ldpc")), 3
LAST_LAYER = len(JOB.code.rows) - 1


@pytest.fixture(scope="module")
def schedule():
    return make_schedule(JOB, SLOTS)


def first_layers(schedule) -> dict[int, int]:
    """Of each slot, the layer that comes first in the period."""
    return {op.slot: op.layer for op in reversed(schedule.operations)}


def test_the_default_keeps_the_pipeline_full(schedule):
    # Two idle cycles are where a row of 14 edges follows one of 15, whose minima it would replace.
    assert len(schedule.operations) == 264
    assert schedule.period <= 266


@pytest.mark.parametrize(
    "name", ["qc_ldpc_small", "qc_ldpc_4bit", "qc_ldpc_6bit", "ccsds_128_64_layered"]
)
def test_presets_keep_the_pipeline_full(name):
    schedule = make_schedule(job_of(sources.spec_for(name)), SLOTS)
    assert len(schedule.operations) / schedule.period > 0.99


def test_slots_begin_at_different_places(schedule):
    begins = first_layers(schedule)
    assert set(begins.values()) > {0}
    assert begins[0] == 0  # so that there is a verdict in the first period
    verify(JOB, schedule)


def test_the_search_is_the_same_every_time(schedule):
    assert make_schedule(JOB, SLOTS) == schedule


FAULTS = {
    "layer is out of turn": lambda op: replace(op, layer=LAST_LAYER - op.layer),
    "row is not in one piece": lambda op: replace(op, last=False),
    "edge is not due": lambda op: replace(op, edge=op.edge ^ 1),
    "word is too far away": lambda op: replace(op, back=op.back + 266),
    "minimum search is not done": lambda op: replace(op, back=op.back - 1),
}


@pytest.mark.parametrize("message", FAULTS)
def test_broken_schedules_are_refused(schedule, message):
    broken = replace(schedule, operations=tuple(map(FAULTS[message], schedule.operations)))
    with pytest.raises(InputError, match=message):
        verify(JOB, broken)


def test_a_missing_row_is_refused(schedule):
    kept = [op for op in schedule.operations if op.slot or op.layer != LAST_LAYER]
    with pytest.raises(InputError, match="layer is out of turn"):
        verify(JOB, replace(schedule, operations=tuple(kept)))
    kept = [op for op in schedule.operations if op.slot]
    with pytest.raises(InputError, match="88 edges are missing"):
        verify(JOB, replace(schedule, operations=tuple(kept)))


def test_a_slot_that_begins_before_its_verdict_is_refused(schedule, monkeypatch):
    """Also one whose iteration begins inside the period."""
    pauses = {}
    for slot in range(SLOTS):
        own = [op for op in schedule.operations if op.slot == slot]
        begin = next(op.front for op in own if op.layer == 0)
        end = next(op.back for op in own if op.layer == LAST_LAYER and op.last)
        pauses[slot] = (begin - end) % schedule.period
    shortest = min(pauses, key=pauses.get)
    assert first_layers(schedule)[shortest] != 0
    monkeypatch.setattr(Pipeline, "slot_decided", pauses[shortest])
    verify(JOB, schedule)
    monkeypatch.setattr(Pipeline, "slot_decided", pauses[shortest] + 1)
    with pytest.raises(InputError, match=f"slot is read before it is decided.*slot={shortest}"):
        verify(JOB, schedule)
