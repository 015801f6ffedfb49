# amaranth: UnusedElaboratable=no
"""Uplinks: Verilog against golden from channel to decoded bits, blocks that end early."""

import pytest
from amaranth.sim import Simulator
from small_detectors import small_detector
from small_specs import small_spec

from hw.build import build
from hw.mimo_detector.block_ends import BlockEnds
from hw.uplink import kind
from hw.uplink.options import Options
from model.errors import InputError
from quant import kinds
from quant.uplink.joined import joined
from sim import cosim

OVERLOADED = dict(antennas=6, users=9, modulation="qpsk", start="zero", weights="whitened",
                  rounds=4, snr_db=20.0, h=7, w=7, y=9, z=8, x=5, r=7)  # fmt: skip


def uplink(*detector, **words):
    return joined("small_uplink", small_detector(*detector, **words), small_spec(8))


def test_verilog_equals_golden(tmp_path):
    options = dict(output="information", bits_per_beat=32, tkeep=True, cores=2, registers=True)
    record = build(uplink(), tmp_path, options)
    result = cosim.run(tmp_path, frames=30, seed=3)
    assert result.ok, result.fault
    assert (result.frames, result.mismatches, result.summary["channels"]) == (30, 0, 10)
    assert result.fault_frames >= 20
    assert result.summary["decoded"] > 0 and result.summary["not_decoded"] > 0
    assert record["decoders"] == 2
    assert result.context_change["service_cycles"] <= record["context_cycles"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("spec", "options"),
    [
        (uplink(**OVERLOADED), {"frame_end": "count", "input_error": True}),
        (uplink(**OVERLOADED), {"slots": 2}),
        (uplink(8, 3, "64qam", rounds=1, x=6, r=8), {"passes": 2}),
    ],
    ids=["frames counted", "two slots", "64-QAM, two passes"],
)
def test_more_options(spec, options, tmp_path):
    build(spec, tmp_path, options)
    result = cosim.run(tmp_path, frames=60)
    assert result.ok, result.fault


def passing(told: dict[int, int], vectors: set[int], cycles: int = 60) -> list[tuple[int, int]]:
    """(cycle, vectors) of every end.

    told : cycle to vectors ; vectors : cycles at which one passes
    """
    ends, found = BlockEnds(5, 8), []

    async def bench(ctx):
        for cycle in range(cycles):
            ctx.set(ends.put, cycle in told)
            ctx.set(ends.i.vectors, told.get(cycle, 0))
            ctx.set(ends.vector, cycle in vectors)
            await ctx.tick()
            if ctx.get(ends.ends):
                found.append((cycle + 1, ctx.get(ends.block.vectors)))
            if ctx.get(ends.ends) or not found:
                assert ctx.get(ends.inside)

    simulator = Simulator(ends)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
    return found


def test_blocks_end_behind_their_last_vector():
    """Told before their vectors pass, between two of them, or behind the last one."""
    assert passing({0: 3}, {0, 9, 18}) == [(20, 3)]
    assert passing({12: 2}, {0, 9}) == [(14, 2)]
    assert passing({0: 1, 1: 2, 15: 1}, {0, 10, 20, 30}) == [(2, 1), (22, 2), (32, 1)]


def test_as_many_decoders_as_keep_up():
    spec = kinds.resolve("uplink")
    core = kind.component(spec, Options()).core
    assert core.options.cores == 1 and core.deinterleaver.values == 2
    assert core.cycles_per_frame(spec.decoder.iterations) == 324 * 48
    found = kind.estimate(spec, Options())
    assert found.cycles_per_frame == 324 * 48 and found.ebr <= 208  # of an ECP5-85k
    slow = joined("slow", small_detector(), small_spec(8, iterations=30))
    more = kind.component(slow, Options()).core
    assert more.options.cores == 3 and more.cycles_per_frame(30) == more.block_cycles
    assert kind.component(slow, Options(cores=1)).cycles_per_frame(30) > 2 * more.block_cycles


def test_eb_n0_means_nothing_here(tmp_path):
    build(uplink(), tmp_path)
    with pytest.raises(InputError, match="--ebn0 is 3, but an uplink's noise belongs to"):
        cosim.run(tmp_path, frames=4, ebn0_db=3.0)
    with pytest.raises(InputError, match="--driver: its core has a second input stream"):
        cosim.run(tmp_path, frames=4, driver=True)


@pytest.mark.slow
def test_shipped_uplink_is_bit_exact(tmp_path):
    """From channel to decoded bits: 66 blocks of 324 vectors over 22 channels."""
    build(kinds.resolve("uplink"), tmp_path)
    result = cosim.run(tmp_path, frames=66)
    assert result.ok, result.fault
    assert result.frames == 66 and result.summary["channels"] == 22
    assert result.summary["decoded"] > 500
