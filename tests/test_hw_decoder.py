"""Whole decoders with every feature: Verilog against golden, and what build.json promises."""

from dataclasses import replace

import compiled_proof
import numpy as np
import pytest
from decoder_bench import random_beats, timings
from small_specs import flooding_spec, job_of, small_graph, small_spec, uneven_channel

from hw.build import build
from hw.frame.cores import one_of
from hw.layered.options import Options
from hw.layered.program import Addressing, program_words
from hw.layered.schedule import Schedule, layer_edges, make_schedule, verify
from hw.min_sum.grid import Grid
from hw.min_sum.layered import component
from model import catalog
from model.code import TannerGraph
from model.errors import InputError
from quant import sources
from quant.fit import default_spec
from quant.spec import Relaxation
from sim import cosim

# Rows of one block edge, before, between and behind longer ones.
LONELY = [[0, 1, 2, -1, -1], [-1, -1, -1, -1, 1], [2, -1, -1, 0, -1], [-1, 0, 1, 2, 0],
          [-1, -1, 3, -1, -1]]

# One feature or more each, so that together every branch of the generator is simulated.
CASES = {
    "irregular_punctured_shortened": (dict(z=7, partial=True, maps="edge"), {}),
    "no_early_stop_mid_tread_4_bit": (
        dict(z=5, message_bits=4, rise="mid_tread", early_stop=False, maps="one"),
        {"llrs_per_beat": 8, "bits_per_beat": 32},
    ),
    "one_lane_four_slots": (dict(z=1), {"slots": 4, "llrs_per_beat": 1}),
    "binary_messages_one_slot": (dict(z=6, message_bits=6), {"slots": 1, "input_regions": 2}),
    "one_lane_relaxed": (dict(z=1, relaxation=Relaxation(2, 1)), {"llrs_per_beat": 2}),
    "two_lanes_relaxed": (dict(z=2, relaxation=Relaxation(2, 2)), {}),
    "relaxed_with_fraction": (dict(z=4, relaxation=Relaxation(3, 3)), {}),
    "ties_relaxed_rows_of_one_edge": (
        dict(z=5, ties=True, relaxation=Relaxation(2, 1), maps="edge",
             graph=TannerGraph.from_exponents(np.array(LONELY), 5, "lonely")),
        {},
    ),
    "ties_binary_messages": (dict(z=6, message_bits=5, ties=True), {}),
    "ties_of_three_rows_of_one_edge": (
        dict(z=5, ties=2, maps="edge",
             graph=TannerGraph.from_exponents(np.array(LONELY), 5, "lonely")),
        {},
    ),
    "odd_values_ties_of_three": (
        dict(z=6, app_bits=9, even=True, ties=2, maps="edge"), {"target": "ecp5"},
    ),
    "channel_table": (dict(z=7, channel=uneven_channel()), {}),
    "odd_channel_table": (dict(z=6, channel=uneven_channel(1, 3, 5, 7, 9, 13, 17, 25)), {}),
    "narrow_channel_table_and_erasures": (
        dict(z=5, channel=uneven_channel(1, 2, 3, 4, 5, 6, 7, 9), partial=True), {}
    ),
    "nothing_saturates": (dict(z=7, app_bits=8, partial=True, ties=True, maps="edge"), {}),
    "nothing_saturates_relaxed": (dict(z=4, app_bits=8, relaxation=Relaxation(2, 2)), {}),
    "odd_values_ties": (
        dict(z=6, app_bits=9, even=True, ties=True, maps="edge",
             channel=uneven_channel(1, 3, 5, 7, 9, 13, 17, 25)),
        {},
    ),
    "odd_values_4_bit_messages": (dict(z=5, app_bits=9, even=True, message_bits=4), {}),
    "odd_values_binary_messages": (
        dict(z=7, app_bits=9, even=True, message_bits=5, thresholds=tuple(range(2, 32, 2))),
        {"slots": 2},
    ),
    "rows_of_one_edge": (
        dict(z=5, graph=TannerGraph.from_exponents(np.array(LONELY), 5, "lonely")),
        {"slots": 2},
    ),
    "5_bit_mid_tread_punctured": (
        dict(z=8, message_bits=5, rise="mid_tread", partial=True),
        {"slots": 2, "output_regions": 8, "llrs_per_beat": 3},
    ),
}


def prove(spec, folder, options, architecture=None):
    """Build a decoder; its Verilog is golden, at the rate that build.json promises."""
    record = build(spec, folder, options, architecture)
    compiled_proof.prove(folder, frames=150, seed=3)
    if not spec.early_stop:
        result = cosim.run(folder, frames=150, seed=3, faults=False)
        assert (result.frames, result.fault) == (150, None)
        assert result.cycles_per_frame == pytest.approx(record["cycles_per_frame_full"], rel=0.02)


def test_words_are_halved_where_every_app_value_is_odd():
    odd = [name for name, (features, _) in CASES.items() if Grid(small_spec(**features)).halved]
    assert odd == [name for name in CASES if name.startswith("odd_values")]
    halved, whole = (Grid(small_spec(6, app_bits=9, even=even)) for even in (True, False))
    assert (halved.app_bits, whole.app_bits) == (8, 9)
    assert halved.code().row.thresholds == tuple(t // 2 for t in halved.spec.thresholds)


@pytest.mark.parametrize("case", CASES)
def test_verilog_equals_golden(case, tmp_path):
    features, options = CASES[case]
    prove(small_spec(**features), tmp_path / case, options)


FLOODING_CASES = {
    "irregular_punctured_shortened_ties": (
        dict(z=7, partial=True, maps="edge", ties=True), {"target": "ecp5"},
    ),
    "relaxed_no_early_stop": (
        dict(z=4, relaxation=Relaxation(2, 1), early_stop=False), {"slots": 2},
    ),
    "one_lane_binary_messages": (dict(z=1, message_bits=5, maps="one"), {"slots": 4}),
    "one_lane_relaxed": (dict(z=1, relaxation=Relaxation(2, 1)), {"llrs_per_beat": 2}),
    "one_iteration_rows_of_one_edge": (
        dict(z=5, iterations=1, rise="mid_tread",
             graph=TannerGraph.from_exponents(np.array(LONELY), 5, "lonely")),
        {},
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", FLOODING_CASES)
def test_flooding_verilog_equals_golden(case, tmp_path):
    features, options = FLOODING_CASES[case]
    prove(flooding_spec(**features), tmp_path / case, options, "flooding")


@pytest.mark.parametrize("slots", [1, 2, 3, 4])
@pytest.mark.parametrize(
    "name", ["wifi_1296_r34", "wifi_648_r12", "nr5g_bg2_z8", "ccsds_128_64", "bch_31_16"]
)
def test_schedules_keep_every_rule(name, slots):
    spec = default_spec(catalog.get(name))
    schedule = make_schedule(job_of(spec), slots)  # verifies itself
    edges = slots * spec.n_block_edges
    assert len(schedule.operations) == edges <= schedule.period
    words = program_words(schedule, Addressing(job_of(spec), slots, 4))
    assert sum(word.get("front", 0) for word in words) == edges
    assert sum(word.get("back", 0) for word in words) == edges
    served = {(op.slot, op.edge) for op in schedule.operations}
    assert len(served) == edges
    assert {op.layer for op in schedule.operations} == set(range(len(layer_edges(job_of(spec)))))


TIMING_CASES = {
    "plain": (dict(z=5), dict(slots=2)),
    "partial_columns": (dict(z=6, partial=True), dict(slots=2)),
    "beats_of_many_columns": (dict(z=1), dict(slots=1, llrs_per_beat=16)),
    "narrow_input": (dict(z=7, iterations=1), dict(slots=3, llrs_per_beat=1, bits_per_beat=8)),
    "slow_output": (  # with four regions all wait at times for the output, and a slot for its turn
        dict(z=25, iterations=1),
        dict(slots=3, llrs_per_beat=16, bits_per_beat=8, output_regions=8),
    ),
    "five_slots": (dict(z=3), dict(slots=5)),
}


@pytest.fixture(scope="module", params=TIMING_CASES)
def timed(request):
    """A decoder that uses all iterations; the cycles of frames into the idle decoder, offered at
    phases all over the schedule's period; those between ends of frames at full speed.
    """
    features, options = TIMING_CASES[request.param]
    spec = small_spec(**{"iterations": 2, "early_stop": False} | features)
    decoder = component(spec, Options(**options))
    beats = random_beats(spec.n, decoder.options.llrs_per_beat, 1)
    return decoder, *timings(decoder, beats, range(1, one_of(decoder).schedule.period, 11))


def test_latency_is_within_its_bound(timed):
    decoder, alone, _ = timed
    assert max(alone) <= decoder.latency_cycles < 1.5 * max(alone)


def test_cycles_per_frame_at_full_speed(timed):
    decoder, _, ends = timed
    due = decoder.cycles_per_frame(one_of(decoder).job.iterations)
    assert sum(ends[8:]) / len(ends[8:]) == pytest.approx(due, rel=0.05), str(ends)


def test_verify_finds_a_read_before_the_write():
    spec = small_spec(7)
    schedule = make_schedule(job := job_of(spec), 2)
    with pytest.raises(InputError, match="before"):
        verify(job, Schedule(2, schedule.period - 1, schedule.operations))


def test_verify_finds_minima_that_are_replaced_too_early():
    features = CASES["rows_of_one_edge"][0] | {"layer_order": (0, 1, 2, 3, 4)}
    spec = small_spec(**features)
    schedule = make_schedule(job := job_of(spec), 2)
    early = [
        replace(op, front=op.front - 1) if op.layer == 1 else op for op in schedule.operations
    ]
    with pytest.raises(InputError, match="minima are replaced"):
        verify(job, Schedule(2, schedule.period, tuple(early)))


@pytest.mark.parametrize(("spec", "slots"), [
    (small_spec(7), 2), (small_spec(7), 3), (sources.spec_for("qc_ldpc"), 3)
])  # fmt: skip
def test_relative_shifts_add_up_to_the_exponents(spec, slots):
    addressing, z = Addressing(job_of(spec), slots, 4), spec.code.lifting_size
    schedule = make_schedule(addressing.lifted, slots)
    shifts = {addressing.plan.controls(s): s for s in range(addressing.plan.reach)}
    words = program_words(schedule, addressing)
    loaded = [-4 * addressing.first_group(column) for column in range(spec.code.columns)]
    orientation = np.zeros((slots, spec.code.columns), int)
    iteration = [-1] * slots  # a slot has no frame before its layer 0
    for _ in range(3):
        for op in schedule.operations:
            word = words[op.front]
            iteration[op.slot] += word["first_layer"] and word["first"]
            if iteration[op.slot] < 0:
                continue
            fresh = iteration[op.slot] == 0 and word["fresh"]
            turned = loaded[op.column] if fresh else orientation[op.slot, op.column]
            shift = shifts[word["fresh_shift"] if fresh else word["shift"]]
            assert not fresh or shift < 4
            orientation[op.slot, op.column] = (turned + shift) % z
            assert orientation[op.slot, op.column] == op.exponent


@pytest.mark.parametrize(
    ("field", "value"),
    [("slots", 0), ("llrs_per_beat", 65), ("bits_per_beat", 12), ("input_regions", 3)],
)
def test_options_out_of_range(field, value):
    with pytest.raises(InputError, match=f"{field} is {value}"):
        Options(**{field: value})


def test_small_graph_is_what_the_cases_need():
    graph = small_graph(7)
    assert len(set((graph.block.exponents >= 0).sum(axis=1).tolist())) > 1
