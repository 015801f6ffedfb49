"""Decoders side by side as hardware: the judge, counts of odd checks, whole against golden."""

import random

import numpy as np
import pytest
from amaranth_bench import simulate
from decoder_bench import random_beats, timings
from small_best import small_best, unlike
from small_specs import flooding_spec, small_spec

from hw.best_of import direct, layered
from hw.best_of.judge import Judge
from hw.build import build
from hw.layered.odd_count import OddCount
from hw.lib.reduce import CountOf
from model.errors import InputError
from quant.best_of.golden import choice
from quant.golden import Decoded
from quant.sources import spec_for
from sim import cosim


@pytest.mark.parametrize("width", [1, 3, 4, 5, 16, 17, 54, 64])
def test_a_count_is_the_number_of_ones(width):
    dut, rng = CountOf(width), random.Random(width)
    words = [0, (1 << width) - 1, *(rng.getrandbits(width) for _ in range(60))]

    async def bench(ctx):
        for step, word in enumerate([*words, *[0] * dut.latency_cycles]):
            if step >= dut.latency_cycles:
                assert ctx.get(dut.o) == words[step - dut.latency_cycles].bit_count()
            ctx.set(dut.i, word)
            await ctx.tick()

    simulate(dut, bench)


@pytest.mark.parametrize("count", [2, 3, 5, 8])
def test_the_judge_chooses_as_golden_does(count):
    dut, rng = Judge(count, 3), np.random.default_rng(count)

    async def bench(ctx):
        for _ in range(300):
            decoded, odd = rng.integers(0, 2, count) > rng.integers(0, 2), rng.integers(0, 8, count)
            odd[decoded] = 0
            for number in range(count):
                ctx.set(dut.odd[number], int(odd[number]))
            ctx.set(dut.verified, sum(int(bit) << i for i, bit in enumerate(decoded)))
            await ctx.tick().repeat(dut.latency_cycles)
            answers = [Decoded(None, decoded[i : i + 1], None, unsatisfied=odd[i : i + 1])
                       for i in range(count)]  # fmt: skip
            assert ctx.get(dut.o) == choice(answers)[0]

    simulate(dut, bench)


@pytest.mark.parametrize(("lanes", "slots"), [(1, 1), (6, 3), (54, 3)])
def test_odd_checks_are_summed_row_by_row(lanes, slots):
    rows, rng = 4, random.Random(lanes)
    dut, due = OddCount(lanes, rows * lanes, slots), [0] * slots
    late = CountOf.latency_of(lanes)

    async def bench(ctx):
        ended = []
        for step in range(400):
            slot, first = rng.randrange(slots), rng.random() < 0.3
            full = due[slot] > (rows - 1) * lanes
            odd, valid = rng.getrandbits(lanes), rng.random() < 0.6
            ctx.set(dut.odd, odd)
            ctx.set(dut.row, {"valid": valid, "slot": slot, "first": first or full})
            if valid:
                due[slot] = odd.bit_count() + (0 if first or full else due[slot])
            ended.append(list(due))
            await ctx.tick()
            if step >= late:
                for number in range(slots):
                    ctx.set(dut.slot, number)
                    await ctx.delay(1e-9)
                    assert ctx.get(dut.total) == ended[step - late][number]

    simulate(dut, bench)


CASES = {
    "layered": (small_best(), {}),
    "layered, two members, information, ecp5": (
        small_best(2, small_spec(z=6, partial=True)), {"output": "information", "target": "ecp5"}
    ),
    "layered, many lanes, in any order": (
        small_best(2, small_spec(z=18)), {"cores": 2, "order": "out-of-order"}
    ),
    "members unlike": (unlike(), {}),
    "flooding in layers": (small_best(2, flooding_spec(z=6, iterations=4)), {}),
    "direct": (small_best(3, flooding_spec(z=4, iterations=4)), {"stages": 5}),
    "direct, unrolled": (small_best(2, flooding_spec(z=3, iterations=2)), {"form": "unrolled"}),
}


@pytest.mark.parametrize("case", CASES)
def test_verilog_equals_golden(case, tmp_path):
    spec, options = CASES[case]
    record = build(spec, tmp_path, options, "flooding" if case == "flooding in layers" else None)
    assert record["members"] == len(spec.members)
    result = cosim.run(tmp_path, frames=300, seed=5)
    assert result.ok, result.fault
    assert (result.frames, result.mismatches) == (300, 0)
    assert result.fault_frames >= 20


TIMED = {
    "layered": (small_best(2, small_spec(z=5, iterations=2, early_stop=False)), layered, {}),
    "unrolled": (
        small_best(2, flooding_spec(z=4, iterations=2, early_stop=False)), direct,
        {"form": "unrolled", "llrs_per_beat": 32, "bits_per_beat": 64},
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", TIMED)
def test_latency_and_cycles_per_frame(case):
    spec, kind, options = TIMED[case]
    decoder = kind.component(spec, kind.OPTIONS(**options))
    beats = random_beats(spec.n, decoder.format.values_per_beat, 1)
    alone, ends = timings(decoder, beats, range(1, 60, 7))
    assert max(alone) <= decoder.latency_cycles < 1.5 * max(alone)
    # In layers members wait for each other's slots: short frames take up to an eighth more.
    due, mean = decoder.cycles_per_frame(spec.iterations), sum(ends[8:]) / len(ends[8:])
    assert due <= mean <= 1.15 * due, str(ends)


@pytest.mark.slow
@pytest.mark.parametrize("target", ["generic", "ecp5"])
def test_the_shipped_one_equals_golden(target, tmp_path):
    build(spec_for("ccsds_128_64_best"), tmp_path, {"target": target})
    result = cosim.run(tmp_path, frames=3000, driver=True)
    assert result.ok, result.fault
    assert (result.frames, result.mismatches) == (3000, 0)


def test_what_hardware_has_not_is_said(tmp_path):
    spec = small_best(2)
    for options, architecture, reason in (
        ({"decisions": "soft"}, None, "decisions is 'soft', must be 'hard' side by side"),
        ({"lanes": 3}, None, "lanes is 3, decoders side by side have all of them"),
        ({}, "direct", "--architecture direct does not compute little_best, whose members are lay"),
    ):
        with pytest.raises(InputError, match=reason):
            build(spec, tmp_path / "a", options, architecture)
    with pytest.raises(InputError, match="COMB for 8 members, .* has"):
        build(small_best(8, spec_for("ccsds_128_64_t20")), tmp_path / "b", {})
    assert not list(tmp_path.iterdir())
