"""One decoder for several codes: Verilog against golden, what it refuses, what it promises."""

from dataclasses import replace

import compiled_proof
import numpy as np
import pytest
from amaranth.lib import data
from amaranth_bench import simulate
from small_sets import small_set
from small_specs import small_graph, small_spec, uneven_channel

from hw.build import build
from hw.lib.microprogram import Microprogram
from model.errors import InputError
from quant import sources
from quant.code_set.control import Control, Status
from quant.code_set.spec import CodeSetSpec
from quant.spec import Relaxation
from sim import buildfolder, cosim, soak
from sim.code_set import stimulus

ODD = uneven_channel(1, 3, 5, 7, 9, 11, 15, 21)

CASES = {
    "four slots": ({"maps": "edge"}, {}),
    "two slots": ({"z": 5}, {"slots": 2, "regions": 4}),
    "five slots, sixteen regions": ({"z": 4, "ties": 2}, {"slots": 5, "regions": 16}),
    "odd values, one value a beat, ecp5": (
        {"z": 9, "app_bits": 9, "even": True, "channel": ODD},
        {"target": "ecp5", "llrs_per_beat": 1},
    ),
    "the same, twice as wide": (
        {"z": 18, "app_bits": 9, "even": True, "channel": ODD},
        {"target": "ecp5", "llrs_per_beat": 1},
    ),
    "relaxed, FIFO in tables": ({"relaxation": Relaxation(2, 1)}, {"fifo": "distributed"}),
}


MORE = ("four slots", "two slots", "the same, twice as wide")
"""Cases whose features others have, too."""


@pytest.mark.parametrize(
    "case", [pytest.param(c, marks=[pytest.mark.slow] if c in MORE else []) for c in CASES]
)
def test_verilog_equals_golden(case, tmp_path):
    """Random codes and control words, illegal streams, wrong lengths, invalid words, resets."""
    features, options = CASES[case]
    record = build(small_set(**features), tmp_path, options)
    assert list(record["user_fields"]) == ["decoded", "iterations", "code", "id", "dropped"]
    assert len(record["codes"]) == 4
    compiled_proof.prove(tmp_path, frames=600, seed=4)


def test_frames_in_error_are_dropped_with_their_words(tmp_path):
    build(small_set(z=8), tmp_path, {"input_error": True, "bits_per_beat": 32})
    found = soak.run(tmp_path, frames=600, wrong=0.2, seed=4)
    assert found.ok, found.fault
    assert found.counts["in_error"] > 50 and found.results > 200


def test_in_cocotb(tmp_path):
    """The bench that people see; every frame's word comes back, also of those that are dropped."""
    build(small_set(), tmp_path)
    result = cosim.run(tmp_path, frames=60, seed=2)
    assert result.ok and result.fault_frames > 20


def full_iterations(spec, build_says, frames, _, seed):
    """Frames that never stop early, of all codes in turn."""
    rng = np.random.default_rng(seed)
    which = [frame % len(spec.members) for frame in range(frames)]
    codes = [rng.integers(-8, 8, spec.members[n].n).astype(np.int8) for n in which]
    controls = [Control(n, f % 256, 8, stop_on_pass=False) for f, n in enumerate(which)]
    return stimulus.of_frames(spec, build_says, controls, codes, rng)


def test_cycles_are_those_of_build_json(tmp_path):
    """The count of :mod:`hw.code_set.pace` against Verilog, all slots full."""
    spec = small_set()
    spec = replace(spec, members=tuple(_with_iterations(member, 8) for member in spec.members))
    record = build(spec, tmp_path)
    result = cosim.run(tmp_path, frames=400, faults=False, make=full_iterations)
    assert result.ok
    assert result.cycles_per_frame == pytest.approx(record["cycles_per_frame_full"], rel=0.06)


def _with_iterations(member, iterations: int):
    index = member.maps.index + (member.maps.index[-1],) * (iterations - member.iterations)
    return replace(member, iterations=iterations, maps=replace(member.maps, index=index))


def test_bad_sets_and_options(tmp_path):
    spec = small_set(z=6)

    def refused(words: str, spec=spec, **options):
        with pytest.raises(InputError, match=words):
            build(spec, tmp_path / "none", options)
        assert not (tmp_path / "none").exists()

    refused("llrs_per_beat is 4, must divide .* one of 1, 2, 3, 6", llrs_per_beat=4)
    refused(r"regions is 4, must be more than slots \(4\)", slots=4, regions=4)
    refused("--cores 2: not an option of kind 'code_set'", cores=2)
    partly = small_spec(z=6, partial=True, graph=None)
    refused("of 6 bits of block column 1 are transmitted", CodeSetSpec("partly", (partly,)))


def test_status_words_say_what_became_of_frames(tmp_path):
    """A frame for each reason to stop, and the words of their results."""
    spec = small_set()
    build(spec, tmp_path)
    rng = np.random.default_rng(1)
    member = spec.members[0]
    codes = [np.full(member.n, 7, np.int8)] * 4  # the all-zero word without noise
    controls = [
        Control(0, 1, 9), Control(0, 2, 3, stop_on_pass=False),
        Control(0, 3, 9, stop_on_pass=False, stop_on_no_change=True),
        Control(0, 4, 9, stop_on_no_change=True, all_bits=False),
    ]  # fmt: skip

    def make(spec, says, frames, ebn0_db, seed):
        return stimulus.of_frames(spec, says, controls, codes, rng)

    words = make(spec, buildfolder.read(tmp_path).record, 4, None, 1).words
    found = [Status.from_word(word) for word in words.expected]
    assert [status.iterations for status in found] == [1, 3, 1, 1]
    assert [status.stopped_on_pass for status in found] == [True, False, False, True]
    assert [status.stopped_on_no_change for status in found] == [False, False, True, True]
    assert all(status.passed for status in found)
    assert cosim.run(tmp_path, frames=4, make=make, faults=False).ok


def test_microprogram_begins_anywhere():
    layout = data.StructLayout({"number": 8})
    block = Microprogram(layout, [{"number": n} for n in range(50)])
    seen = []

    async def bench(ctx):
        for first, steps in ((7, 5), (0, 3), (44, 6), (7, 1)):
            ctx.set(block.first, first)
            ctx.set(block.restart, 1)
            await ctx.tick().repeat(2)
            assert not ctx.get(block.ready) and not ctx.get(block.word.number)
            ctx.set(block.restart, 0)
            await ctx.tick().repeat(block.restart_cycles)
            assert ctx.get(block.ready)
            for step in range(steps):
                assert ctx.get(block.word.number) == first + step
                ctx.set(block.step, 1)
                await ctx.tick()
                ctx.set(block.step, 0)
                if step % 2:
                    await ctx.tick()
            seen.append(first)

    simulate(block, bench)
    assert len(seen) == 4


@pytest.mark.slow
def test_802_11n_codes_of_one_length(tmp_path):
    """Four rates, every frame of a random one: 6,000 of right length and more of wrong ones."""
    build(sources.spec_for("wifi_1296"), tmp_path)
    found = soak.run(tmp_path, frames=7_500, wrong=0.2, seed=5)
    assert found.ok, found.fault
    assert found.results > 5_000


def test_a_set_of_one_code(tmp_path):
    one = CodeSetSpec("one", (small_spec(z=4, graph=small_graph(4)),))
    record = build(one, tmp_path)
    assert [code["code"] for code in record["codes"]] == ["small_z4"]
    compiled_proof.prove(tmp_path, frames=100, seed=1)


def test_registers_count_each_code(tmp_path):
    """Also those of a program, through AXI4-Lite, while frames pass and behind soft resets."""
    record = build(small_set(), tmp_path, {"registers": True, "programs": 1})
    assert record["apart"] == {"code": 5}
    assert {"results_code_0", "decoded_code_4"} <= set(record["registers"])
    result = cosim.run(tmp_path, frames=40, seed=2)
    assert result.ok, result.mismatches
