"""Decoders with restarts as hardware: between two blocks, and whole against golden."""

import random
from dataclasses import replace

import numpy as np
import pytest
from amaranth.hdl import Elaboratable, Module, Signal, signed
from amaranth_bench import simulate
from small_restarts import small_restarts

from hw.build import build
from hw.restarts.decoder import whole_values
from hw.restarts.options import Options
from hw.restarts.rotation import Rotation
from model.automorphisms import permutation
from model.errors import InputError
from quant.restarts.family import spec_of_code
from quant.restarts.golden import next_values
from quant.restarts.spec import RestartSpec
from quant.spec import Relaxation
from sim import cosim


class Between(Elaboratable):
    """What a :class:`Rotation` has, with ports."""

    def __init__(self, spec: RestartSpec):
        self.rotation, largest = Rotation(spec), spec.decoder.channel.largest
        self.fields = self.rotation.fields
        self.values = [Signal(range(-largest, largest + 1), name=f"v{i}") for i in range(spec.n)]
        self.sums = [Signal(signed(spec.decoder.app_bits), name=f"s{i}") for i in range(spec.n)]
        self.next_values = [Signal(signed(8), name=f"n{i}") for i in range(spec.n)]
        self.lanes = Signal(spec.n)
        self.block = Signal(range(spec.blocks))
        self.back = Signal(spec.n)

    def elaborate(self, platform):
        m = Module()
        moved = self.rotation.values(m, self.values, self.sums)
        m.d.comb += [to.eq(value) for to, value in zip(self.next_values, moved, strict=True)]
        lanes = self.rotation.put_back(m, list(self.lanes), self)
        m.d.comb += [self.back[i].eq(lane) for i, lane in enumerate(lanes)]
        m.d.sync += Signal().eq(0)
        return m


@pytest.mark.parametrize("damping", [0, 1, 2, 7])
def test_values_between_two_blocks(damping):
    spec, rng = small_restarts(damping=damping), random.Random(damping)
    dut, largest = Between(spec), spec.decoder.channel.largest
    ends, most = [-largest, largest, 0, -1, 1], (1 << spec.decoder.app_bits - 1) - 1

    async def bench(ctx):
        for _ in range(200):
            values = [rng.choice([*ends, rng.randint(-largest, largest)]) for _ in dut.values]
            sums = [rng.randint(-most, most) for _ in dut.sums]
            for to, value in zip([*dut.values, *dut.sums], [*values, *sums], strict=True):
                ctx.set(to, value)
            await ctx.tick()
            due = next_values(spec, np.array([values]), np.array([sums]))[0].tolist()
            assert [ctx.get(value) for value in dut.next_values] == due

    simulate(dut, bench)


@pytest.mark.parametrize("start", ["identity", "times:2"])
def test_bits_of_every_block_go_back_to_their_places(start):
    spec, rng = small_restarts(start=start), random.Random(1)
    dut = Between(spec)

    async def bench(ctx):
        for block in range(spec.blocks):
            place = np.array(spec.starts[0])
            for _ in range(block):
                place = place[list(spec.rotation)]
            for _ in range(20):
                word = rng.getrandbits(spec.n)
                ctx.set(dut.lanes, sum((word >> p & 1) << i for i, p in enumerate(place.tolist())))
                ctx.set(dut.block, block)
                await ctx.tick()
                assert ctx.get(dut.back) == word

    simulate(dut, bench)


def test_the_arrays_take_whole_values():
    spec = small_restarts().decoder
    inner = whole_values(spec)
    assert (inner.channel.rise, inner.channel.largest) == ("mid_tread", spec.channel.largest)
    assert inner.channel.app_lsb_llr == spec.channel.app_lsb_llr


def test_streams_are_as_quick_as_frames_of_two_blocks():
    spec = spec_of_code("bch_63_36_restarts")
    assert Options().direct(spec).llrs_per_beat == 16
    assert Options(llrs_per_beat=4, stages=3).direct(spec).llrs_per_beat == 4


CASES = {
    "frobenius_start_information": (
        small_restarts(start="times:2"), {"output": "information", "stages": 2}
    ),
    "undamped_two_cores": (
        small_restarts(damping=0, blocks=3), {"cores": 2, "order": "out-of-order"}
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_verilog_equals_golden(case, tmp_path):
    spec, options = CASES[case]
    record = build(spec, tmp_path, options)
    assert record["cycles_per_frame_full"] == 3 * spec.blocks / options.get("cores", 1)
    result = cosim.run(tmp_path, frames=300, seed=5)
    assert result.ok, result.fault
    assert (result.frames, result.mismatches) == (300, 0)
    assert result.fault_frames >= 20


@pytest.mark.slow
def test_the_shipped_one_equals_golden(tmp_path):
    build(spec_of_code("bch_63_36_restarts"), tmp_path, {})
    for ebn0_db in (3.0, None):
        result = cosim.run(tmp_path, frames=5000, ebn0_db=ebn0_db, driver=True)
        assert result.ok, result.fault
        assert (result.frames, result.mismatches) == (5000, 0)


def test_what_hardware_has_not_is_said(tmp_path):
    spec = small_restarts()
    two = replace(spec, starts=(*spec.starts, permutation("times:2", 15, "")))
    with pytest.raises(InputError, match="little: 2 starts, hardware has one; golden and C model"):
        build(two, tmp_path / "a", {})
    relaxed = replace(spec, decoder=replace(spec.decoder, relaxation=Relaxation(2, 1)))
    with pytest.raises(InputError, match="little: decoder must be a flooding one without levels"):
        build(relaxed, tmp_path / "b", {})
    assert not list(tmp_path.iterdir())
