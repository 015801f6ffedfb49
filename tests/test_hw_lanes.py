# amaranth: UnusedElaboratable=no
# Some decoders here are refused before anybody elaborates them.
"""Frames in lock-step: the code with a smaller lifting size, whole decoders, groups, options."""

from dataclasses import replace

import compiled_proof
import numpy as np
import pytest
from amaranth_bench import simulate
from decoder_bench import cycles_to_frame_end, offer, random_beats
from small_specs import flooding_spec, job_of, small_spec, uneven_channel

from hw.build import build, main
from hw.frame.cores import one_of
from hw.layered.lockstep import block_edges, lifted
from hw.layered.options import Options
from hw.layered.schedule import make_schedule
from hw.min_sum.layered import component
from model.errors import InputError
from quant import golden
from quant.sources import spec_for
from quant.spec import Maps, Relaxation, Spec
from quant.validate import dimension
from sim import cosim

# One feature or more each, so that together every branch is simulated.
CASES = {
    "irregular_punctured_shortened_ties": (
        dict(z=6, partial=True, maps="edge", ties=True), {"lanes": 3},
    ),
    "two_lanes_carry_cells_odd_values": (
        dict(z=6, app_bits=9, even=True, channel=uneven_channel(1, 3, 5, 7, 9, 13, 17, 25)),
        {"lanes": 2, "target": "ecp5"},
    ),
    "full_iterations_partial_distributed": (
        dict(z=9, iterations=8, early_stop=False, partial=True),
        {"lanes": 3, "fifo": "distributed"},
    ),
    "four_orientations_in_memory": (dict(z=34), {"lanes": 17, "target": "ecp5"}),
    "one_slot_relaxed": (
        dict(z=8, rise="mid_tread", relaxation=Relaxation(3, 3)),
        {"lanes": 4, "slots": 1, "bits_per_beat": 32},
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_verilog_equals_golden(case, tmp_path):
    """Stalls, frames of wrong length, resets; the rate that build.json promises."""
    features, options = CASES[case]
    spec = small_spec(**features)
    record = build(spec, tmp_path, options)
    assert record["options"]["lanes"] == options["lanes"]
    compiled_proof.prove(tmp_path, frames=150, seed=3)
    if not spec.early_stop:
        result = cosim.run(tmp_path, frames=60, seed=3)
        assert (result.frames, result.mismatches, result.fault_frames) == (60, 0, 20)
        assert result.cycles_per_frame == pytest.approx(record["cycles_per_frame_full"], rel=0.02)


def lifted_spec(spec: Spec, frames: int) -> Spec:
    """The spec of what the program goes through, as golden decodes it."""
    job = lifted(job_of(spec), frames)
    code = replace(job.code, information_bits=dimension(job.code))
    maps = Maps(spec.maps.codebook, job.map_index)
    return replace(spec, code=code, maps=maps, layer_order=job.layer_order)


@pytest.mark.parametrize(("z", "lanes"), [(6, 2), (6, 3), (12, 4)])
def test_the_lifted_code_is_the_code(z, lanes):
    """Rows and columns of the parity check matrix only change places."""
    spec, frames = small_spec(z), z // lanes
    smaller = lifted_spec(spec, frames)
    assert smaller.code.lifting_size == lanes
    old, new = (s.graph().parity_check_matrix().toarray() for s in (spec, smaller))

    def places(blocks: int) -> np.ndarray:
        """Where bit r + frames * v of a block column went: lane v of column (n, r)."""
        number = np.arange(blocks * z).reshape(blocks, lanes, frames)
        return number.transpose(0, 2, 1).ravel()

    rows, columns = places(len(spec.code.rows)), places(spec.code.columns)
    assert (new == old[np.ix_(rows, columns)]).all()
    assert len(block_edges(job_of(spec), frames)) == frames * spec.n_block_edges


def test_the_lifted_code_decodes_alike():
    """Golden of both codes, whose bits are in different orders, agree to the last iteration."""
    spec, frames = small_spec(6, maps="edge", ties=True), 3
    order = np.arange(spec.n_variables).reshape(-1, 2, frames).transpose(0, 2, 1).ravel()
    codes = np.random.default_rng(1).integers(-8, 8, (50, spec.n))
    wanted = golden.decode(replace(spec, early_stop=False), codes)
    found = golden.decode(replace(lifted_spec(spec, frames), early_stop=False), codes[:, order])
    assert (found.bits == wanted.bits[:, order]).all()


@pytest.mark.parametrize("slots", [1, 2, 3])
@pytest.mark.parametrize(("lanes", "busy"), [(3, 0.99), (6, 0.99), (18, 0.99), (27, 0.98)])
def test_schedules_keep_every_rule(lanes, busy, slots):
    spec = spec_for("qc_ldpc")
    schedule = make_schedule(lifted(job_of(spec), 54 // lanes), slots)  # verifies itself
    edges = slots * spec.n_block_edges * 54 // lanes
    assert len(schedule.operations) == edges <= schedule.period
    if slots == 2:
        assert edges / schedule.period > busy


@pytest.mark.parametrize("lanes", [2, 3])
def test_a_frame_alone_does_not_wait_for_others(lanes):
    """At phases all over the schedule's period; then a few frames, fewer than a group."""
    spec = small_spec(6, iterations=2, early_stop=False)
    decoder = component(spec, Options(lanes=lanes))
    core = one_of(decoder)
    width, seen = decoder.options.llrs_per_beat, []

    async def bench(ctx):
        ctx.set(decoder.m_axis_tready, 1)
        for phase in range(1, core.schedule.period, 29):
            await ctx.tick().repeat(phase)
            await offer(ctx, decoder, random_beats(spec.n, width, phase))
            seen.append(await cycles_to_frame_end(ctx, decoder))
        assert max(seen) <= decoder.latency_cycles < 1.5 * max(seen)
        for _ in range(core.frames - 1):
            await offer(ctx, decoder, random_beats(spec.n, width, 1))
        for _ in range(core.frames - 1):
            await cycles_to_frame_end(ctx, decoder)

    simulate(decoder, bench)


BAD = {
    "not_a_divisor": (dict(lanes=4), r"lanes is 4, must be one of 2, 3 for lifting size 6 of tiny"),
    "one": (dict(lanes=1), r"lanes is 1, must be one of 2, 3"),
    "more": (dict(lanes=12), r"lanes is 12, must be one of 2, 3"),
    "negative": (dict(lanes=-1), r"lanes is -1, must be 1 to"),
    "cores": (dict(lanes=3, cores=2), r"cores is 2, must be 1 with lanes \(3\)"),
}


@pytest.mark.parametrize("case", BAD)
def test_options_out_of_range(case, tmp_path):
    options, message = BAD[case]
    with pytest.raises(InputError, match=message):
        build(small_spec(6), tmp_path, options)


def test_all_lanes_are_one_frame_by_itself():
    spec = small_spec(6)
    assert Options(lanes=6).resolved(spec) == Options().resolved(spec)
    assert Options(lanes=6, cores=2).resolved(spec) == Options(cores=2).resolved(spec)


def test_a_prime_lifting_size_has_no_lanes():
    with pytest.raises(InputError, match="lanes is 3: lifting size 7 of tiny has no divisor"):
        component(small_spec(7), Options(lanes=3))


def test_flooding_and_direct_decoders_have_no_lanes(tmp_path):
    with pytest.raises(InputError, match="lanes is 3: .* not flooding"):
        build(flooding_spec(z=6), tmp_path, {"lanes": 3}, "flooding")
    with pytest.raises(InputError, match="--lanes 3: not an option of kind"):
        build(spec_for("bch_31_16"), tmp_path, {"lanes": 3})


def test_the_command_line_says_one_line(tmp_path, capsys):
    with pytest.raises(InputError) as error:
        main(["--code", "qc_ldpc", "--lanes", "7", "--out", str(tmp_path)])
    assert "\n" not in str(error.value)
    assert "lanes is 7, must be one of 2, 3, 6, 9, 18, 27" in str(error.value)
