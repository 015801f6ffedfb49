"""The shift network: every lifting size up to 96, every shift."""

import itertools
import random

import pytest
from amaranth_bench import simulate

from hw.lib.rotator import Rotator
from hw.lib.shift_plan import LEAST_LANES, ShiftPlan
from hw.lib.window import CircularWindow
from hw.lib.window_memory import WindowMemory


def words(rotator: Rotator) -> int:
    """A word whose lane i holds i."""
    return sum(lane << (lane * rotator.width) for lane in range(rotator.lanes))


def turned_by_parent(ctx, rotator: Rotator) -> list[int]:
    """Lanes of an open plan's word with its last stage done."""
    near, far = (ctx.get(word.as_value()) for word in (rotator.o, rotator.far))
    mask, lanes = (1 << rotator.width) - 1, rotator.lanes
    return [(near >> i * rotator.width | far >> (i + 1) % lanes * rotator.width) & mask
            for i in range(lanes)]  # fmt: skip


@pytest.mark.parametrize("part", range(8))
def test_every_lifting_size_and_shift(part):
    for lanes in range(2 + part, 97, 8):
        width = max(1, (lanes - 1).bit_length())
        rotator = Rotator(ShiftPlan(lanes), width)
        # Lanes hold their own number, so one word per shift shows the whole permutation.
        seen = []

        async def bench(ctx, rotator=rotator, seen=seen):
            ctx.set(rotator.i.as_value(), words(rotator))
            for shift in range(rotator.lanes + rotator.latency_cycles):
                ctx.set(rotator.shift, min(shift, rotator.lanes - 1))
                await ctx.delay(1e-9)
                if shift >= rotator.latency_cycles:
                    seen.append(ctx.get(rotator.o.as_value()))
                await ctx.tick()

        simulate(rotator, bench)
        mask = (1 << width) - 1
        for shift, word in enumerate(seen):
            got = [word >> (lane * width) & mask for lane in range(lanes)]
            assert got == [(lane + shift) % lanes for lane in range(lanes)], (lanes, shift)


@pytest.mark.parametrize("lanes", [3, 5, 27, 54])
def test_open_stage_is_a_rotation_by_one(lanes):
    width = max(1, (lanes - 1).bit_length())
    plan = ShiftPlan(lanes, open=True)
    rotator = Rotator(plan, width)

    async def bench(ctx):
        ctx.set(rotator.i.as_value(), words(rotator))
        for shift in range(lanes):
            ctx.set(rotator.shift, plan.controls(shift))
            await ctx.tick().repeat(rotator.latency_cycles)
            assert turned_by_parent(ctx, rotator) == [(i + shift) % lanes for i in range(lanes)]

    simulate(rotator, bench)


@pytest.mark.parametrize("lanes", [LEAST_LANES, 24, 27, 32, 54, 81, 96, 130])
def test_copies_turn_a_word_a_cycle(lanes):
    """Every shift below the plan's reach, with a stage less for every one of four ways."""
    plan, width = ShiftPlan(lanes, copies=True, open=True), (lanes - 1).bit_length()
    fours = sum(stage.ways == 4 for stage in plan.stages)
    assert len(plan.stages) == len(ShiftPlan(lanes).stages) - 1 - fours
    assert plan.reach >= 3 * lanes // 4
    rotator = Rotator(plan, width)
    shifts = [shift * 7 % plan.reach for shift in range(plan.reach)]
    assert len(set(shifts)) == plan.reach
    seen = []

    async def bench(ctx):
        ctx.set(rotator.i.as_value(), words(rotator))
        for cycle in range(len(shifts) + rotator.latency_cycles):
            ctx.set(rotator.shift, plan.controls(shifts[min(cycle, len(shifts) - 1)]))
            await ctx.delay(1e-9)
            if cycle >= rotator.latency_cycles:
                seen.append(turned_by_parent(ctx, rotator))
            await ctx.tick()

    simulate(rotator, bench)
    for shift, got in zip(shifts, seen, strict=True):
        assert got == [(lane + shift) % lanes for lane in range(lanes)], (lanes, shift)


def test_one_lane_needs_no_network():
    assert Rotator.latency_of(1) == 0


@pytest.mark.parametrize("lanes", [1, 2, 3, 7, 8, 16, 27, 54, 81, 96])
def test_window_every_offset(lanes):
    window = CircularWindow(lanes, min(8, lanes))
    word = 0x9E3779B97F4A7C15F39CC0605CEDC834 >> 3 & ((1 << lanes) - 1)

    async def bench(ctx):
        ctx.set(window.word, word)
        ctx.set(window.takes, (1 << window.width) - 1)
        for offset in range(lanes):
            ctx.set(window.offset, offset)
            await ctx.tick().repeat(window.latency_cycles)
            due = [word >> ((offset + j) % lanes) & 1 for j in range(window.width)]
            got = ctx.get(window.o)
            assert [got >> j & 1 for j in range(window.width)] == due

    simulate(window, bench)


@pytest.mark.parametrize("wide_writes", [False, True])
@pytest.mark.parametrize(
    ("lanes", "width"), [(1, 1), (5, 5), (7, 4), (16, 8), (54, 8), (54, 16), (81, 32)]
)
def test_memory_reads_the_pieces_of_every_window(lanes, width, wide_writes):
    memory, rng = WindowMemory(lanes, width, 3, wide_writes), random.Random(lanes)
    words, bits = [rng.getrandbits(lanes) for _ in range(3)], memory.piece_lanes

    async def bench(ctx):
        ctx.set(memory.w_en, 1)
        for address, word in enumerate(words):
            ctx.set(memory.w_addr, address)
            ctx.set(memory.w_data, word)
            await ctx.tick()
        ctx.set(memory.w_en, 0)
        for address, offset in itertools.product(range(3), range(lanes)):
            ctx.set(memory.r_addr, address)
            ctx.set(memory.r_piece, offset // bits)
            await ctx.tick().repeat(memory.latency_cycles)
            ring, begin = ctx.get(memory.r_data), offset % (2 * bits)
            got = [ring >> (begin + j) % (2 * bits) & 1 for j in range(width)]
            assert got == [words[address] >> (offset + j) % lanes & 1 for j in range(width)]

    simulate(memory, bench)


def test_window_keeps_the_bits_that_it_does_not_take():
    window = CircularWindow(54, 8)

    async def bench(ctx):
        ctx.set(window.word, 0xFF)
        ctx.set(window.takes, 0xFF)
        await ctx.tick().repeat(2)
        ctx.set(window.takes, 0xF0)
        ctx.set(window.word, 0)
        ctx.set(window.offset, 13)
        for _ in range(3):
            await ctx.tick()
            assert ctx.get(window.o) & 0xF == 0xF
        assert ctx.get(window.o) == 0xF

    simulate(window, bench)


@pytest.mark.parametrize(
    ("lanes", "late_reach", "copies"),
    [(3, 16, False), (7, 2, False), (27, 4, False), (54, 4, False), (54, 8, False),
     (96, 2, False), (27, 4, True), (27, 12, True), (54, 8, True), (81, 16, True), (130, 2, True)],
)  # fmt: skip
def test_a_late_word_is_turned_by_the_last_stages(lanes, late_reach, copies):
    """Words of one cycle, so that ``late_cycles`` must be right too."""
    width, plan = max(1, (lanes - 1).bit_length()), ShiftPlan(lanes, copies, open=True)
    rotator = Rotator(plan, width, late_reach=late_reach)

    async def bench(ctx):
        for late in (True, False):
            for shift in range(min(lanes, late_reach)):
                ctx.set(rotator.shift, plan.controls(shift))
                for cycle in range(rotator.latency_cycles + 1):
                    early = not late and cycle == 0
                    ctx.set(rotator.i.as_value(), words(rotator) if early else 0)
                    joins = late and cycle == rotator.late_cycles
                    ctx.set(rotator.late.as_value(), words(rotator) if joins else 0)
                    if cycle < rotator.latency_cycles:
                        await ctx.tick()
                await ctx.delay(1e-9)
                got = turned_by_parent(ctx, rotator)
                assert got == [(lane + shift) % lanes for lane in range(lanes)]
                await ctx.tick()

    simulate(rotator, bench)
