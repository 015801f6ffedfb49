"""Blocks of the datapath: minimum search, OR tree, map look-up, relaxation, memory collisions."""

import random

import numpy as np
import pytest
from amaranth.hdl import Module, Signal, Value
from amaranth_bench import simulate
from small_specs import job_of, small_spec

from hw.build import build
from hw.layered import core, datapath
from hw.layered.map_select import MapSelect
from hw.lib import memory
from hw.lib.delay import delayed
from hw.lib.gray import Gray
from hw.lib.magnitude import Binary, Thermometer
from hw.lib.minsearch import MinSearch
from hw.lib.reduce import AnyOf
from hw.min_sum.relax import RelaxLanes, RoundLanes
from quant.golden.arithmetic import shift_floor, shift_round
from quant.golden.minsearch import two_minima
from quant.spec import Relaxation
from sim import cosim


@pytest.mark.parametrize(("kind", "top"), [(Gray, 3), (Thermometer, 7), (Binary, 15)])
@pytest.mark.parametrize("counts", [False, True], ids=["", "counts"])
def test_minimum_search_row_after_row(kind, top, counts):
    """Rows of any degree without a gap or with garbage in between; results after the latency."""
    lanes, rng = 3, np.random.default_rng(top)
    code = kind(tuple(range(1, top + 1)))
    search = MinSearch(lanes, code, counts)
    stimulus, due = [], {}
    for degree in [1, 2, 3, 1, 1, 5, 2, 7, 1, 4] * 4:
        for _ in range(rng.integers(0, 3)):  # between rows the inputs do not matter
            stimulus.append((rng.integers(0, top + 1, lanes), int(rng.integers(0, 8)), 0, 0, 0))
        index = rng.integers(0, top + 1, (degree, lanes)).astype(np.uint8)
        negative = rng.integers(0, 1 << lanes, degree)
        for e in range(degree):
            stimulus.append((index[e], int(negative[e]), 1, e == 0, e == degree - 1))
        due[len(stimulus) - 1 + search.latency_cycles] = (
            *two_minima(index, top),
            int(np.bitwise_xor.reduce(negative)),
            (index == index.min(axis=0)).sum(axis=0) > 2,
        )
    stimulus += [stimulus[-1][:2] + (0, 0, 0)] * search.latency_cycles

    def coded(index) -> list[int]:
        return [code.patterns[int(x)] for x in index]

    def second(m1: int, m2: int) -> int:
        if kind is Gray:
            return (m1 ^ m2) & 1 | m2 & 2
        return m2

    async def bench(ctx):
        for cycle, (index, negative, valid, first, last) in enumerate(stimulus):
            if cycle in due:
                m1, m2, odd, thrice = due.pop(cycle)
                for lane in range(lanes):
                    assert ctx.get(search.m1[lane]) == coded(m1)[lane]
                    kept = second(coded(m1)[lane], coded(m2)[lane])
                    assert ctx.get(search.second[lane]) == kept
                assert ctx.get(search.odd) == odd
                if counts:
                    assert ctx.get(search.thrice) == sum(map(int, thrice << np.arange(lanes)))
            ctx.set(search.x, coded(index))
            ctx.set(search.negative, negative)
            ctx.set(search.valid, valid)
            ctx.set(search.first, first)
            ctx.set(search.last, last)
            await ctx.tick()

    simulate(search, bench)
    assert not due


@pytest.mark.parametrize("width", [1, 2, 16, 17, 54, 256, 257])
def test_any_of_every_single_bit(width):
    tree = AnyOf(width)
    assert tree.latency_cycles == AnyOf.latency_of(width)

    async def bench(ctx):
        for bit in range(width):
            ctx.set(tree.i, 1 << bit)
            await ctx.tick()
            ctx.set(tree.i, 0)
            for _ in range(tree.latency_cycles - 1):
                assert ctx.get(tree.o) == 0
                await ctx.tick()
            assert ctx.get(tree.o) == 1
            await ctx.tick()
            assert ctx.get(tree.o) == 0

    simulate(tree, bench)


@pytest.mark.parametrize("maps", ["iteration", "edge"])
def test_map_of_every_iteration_and_edge(maps):
    spec = small_spec(5, maps=maps)
    select = MapSelect(job_of(spec))
    asked = [(i, e) for i in range(spec.iterations) for e in range(spec.n_block_edges)]

    async def bench(ctx):
        wait = select.latency_cycles
        for cycle, (iteration, edge) in enumerate(asked + [(0, 0)] * wait):
            if cycle >= wait:
                before = asked[cycle - wait]
                assert ctx.get(select.map) == spec.maps.index[before[0]][before[1]], before
            ctx.set(select.iteration, iteration)
            ctx.set(select.kind, select.kinds.of_edge[edge])
            await ctx.tick()

    simulate(select, bench)


@pytest.mark.parametrize(("shift", "frac_bits"), [(1, 0), (2, 2), (3, 3)])
def test_relaxation_of_every_state_and_level(shift, frac_bits):
    spec = small_spec(2, relaxation=Relaxation(shift, frac_bits))
    relaxer, rounder, top = RelaxLanes(spec), RoundLanes(spec), spec.level_max
    reach = top << frac_bits
    states = sorted({*range(-reach, reach + 1, 7), -reach, -1, 0, 1, reach})
    pairs = [(state, level) for state in states for level in range(-top, top + 1, 3)]

    async def bench(ctx):
        for state, level in pairs:
            ctx.set(relaxer.state, [state, -state])
            ctx.set(relaxer.level, [level, -level])
            await ctx.tick().repeat(relaxer.latency_cycles)
            for lane, sign in enumerate((1, -1)):
                step = shift_floor(np.array(sign * ((level << frac_bits) - state)), shift)
                assert ctx.get(relaxer.o[lane]) == sign * state + step

    async def round_bench(ctx):
        for state in states:
            ctx.set(rounder.i, [state, -state])
            await ctx.tick().repeat(rounder.latency_cycles)
            for lane, sign in enumerate((1, -1)):
                assert ctx.get(rounder.o[lane]) == shift_round(np.array(sign * state), frac_bits)

    simulate(relaxer, bench)
    simulate(rounder, round_bench)


def test_memory_latency_and_read_after_write():
    block, rng, model = memory.BlockMemory(8, 16), random.Random(7), [0] * 16

    async def bench(ctx):
        asked = []
        for cycle in range(200):
            if cycle >= block.latency_cycles:
                assert ctx.get(block.r_data) == asked[cycle - block.latency_cycles]
            write, read = rng.randrange(16), rng.randrange(16)
            enable = int(write != read)  # what the parent promises
            ctx.set(block.w_en, enable)
            ctx.set(block.w_addr, write)
            ctx.set(block.w_data, cycle)
            ctx.set(block.r_addr, read)
            asked.append(model[read])
            if enable:
                model[write] = cycle
            await ctx.tick()

    simulate(block, bench)


class CollidingMemory(memory.BlockMemory):
    """Gives a wrong word for an address that is read in the cycle in which it is written."""

    def elaborate(self, platform):
        m = Module()
        m.submodules.inner = inner = memory.BlockMemory(self.shape, self.depth, self.init)
        collided = Signal()
        m.d.sync += collided.eq(self.w_en & (self.w_addr == self.r_addr))
        wrong = delayed(m, collided, self.latency_cycles - 1, "wrong")
        word = Value.cast(inner.r_data)
        m.d.comb += [
            inner.w_en.eq(self.w_en),
            inner.w_addr.eq(self.w_addr),
            inner.w_data.eq(self.w_data),
            inner.r_addr.eq(self.r_addr),
            Value.cast(self.r_data).eq(word ^ wrong.replicate(len(word))),
        ]
        return m


@pytest.mark.parametrize("slots", [1, 3])
def test_no_answer_depends_on_a_memory_collision(tmp_path, monkeypatch, slots):
    """Devices differ in what such a read returns; simulators return the old word."""
    for module in (core, datapath):
        monkeypatch.setattr(module, "BlockMemory", CollidingMemory)
    build(small_spec(7, partial=True, maps="edge"), tmp_path, {"slots": slots})
    result = cosim.run(tmp_path, frames=60)
    assert result.ok, result.fault
