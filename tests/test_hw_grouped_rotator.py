# amaranth: UnusedElaboratable=no
"""Rings of several lengths in one shift network: every rotation, against NumPy."""

import numpy as np
import pytest
from amaranth.hdl import Elaboratable, Module, unsigned
from amaranth.lib import data
from amaranth_bench import simulate

from hw.lib.grouped_plan import GroupedPlan
from hw.lib.grouped_rotator import GroupedMemory, GroupedRotator
from hw.lib.ordered_memory import OrderedMemory

SIZES = [(27, 3), (32, 4), (8, 3), (16, 2), (50, 2), (9, 5), (5, 1)]


class Whole(Elaboratable):
    """Memory and rotator."""

    def __init__(self, unit: int, groups: int, width: int, stored_bits: int = 16):
        self.plan = GroupedPlan(unit, groups)
        self.rotator = GroupedRotator(self.plan, width)
        word = data.ArrayLayout(unsigned(width), unit * groups)
        self.memory = GroupedMemory(self.plan, word, 2 * groups + 1, stored_bits)

    def elaborate(self, platform):
        m = Module()
        m.submodules.memory, m.submodules.rotator = self.memory, self.rotator
        m.d.comb += self.rotator.i.eq(self.memory.r_data)
        return m


def lanes_of(unit: int, units: int) -> np.ndarray:
    """Lane of each element of a ring."""
    element = np.arange(units * unit)
    return element % units * unit + element // units


def packed(values, width: int) -> int:
    return sum(int(value) << lane * width for lane, value in enumerate(values))


def unpacked(word: int, lanes: int, width: int) -> np.ndarray:
    return np.array([word >> lane * width & (1 << width) - 1 for lane in range(lanes)])


def joined(ctx, rotator: GroupedRotator) -> np.ndarray:
    """The word with the last stage done."""
    plan = rotator.plan
    lanes = plan.unit * plan.groups
    near, far = (unpacked(ctx.get(word.as_value()), lanes, rotator.width)
                 for word in (rotator.o, rotator.far))  # fmt: skip
    return near | np.roll(far.reshape(plan.groups, plan.unit), -1, axis=1).ravel()


@pytest.mark.parametrize(("unit", "groups"), SIZES)
@pytest.mark.parametrize("stored_bits", [0, 16])
def test_every_rotation_of_every_ring(unit, groups, stored_bits):
    """A word a cycle, each from another address; lanes of no ring hold anything."""
    lanes = unit * groups
    width = (lanes - 1).bit_length()
    top = Whole(unit, groups, width, stored_bits)
    plan, memory, rotator = top.plan, top.memory, top.rotator
    rng = np.random.default_rng(unit)
    words = rng.integers(1 << width, size=(groups, lanes))
    asked = [(units, shift) for units in range(1, groups + 1) for shift in range(units * unit)]
    rng.shuffle(asked)
    seen = []

    async def bench(ctx):
        for address, word in enumerate(words):
            ctx.set(memory.w_en, 1)
            ctx.set(memory.w_addr, address)
            ctx.set(memory.w_data.as_value(), packed(word, width))
            await ctx.tick()
        ctx.set(memory.w_en, 0)
        wait, pending = memory.latency_cycles, []
        for cycle in range(len(asked) + wait + rotator.latency_cycles):
            if cycle < len(asked):
                units, shift = asked[cycle]
                controls = plan.controls(units, shift)
                ctx.set(memory.r_addr, units - 1)
                ctx.set(memory.r_turn, controls >> plan.field(0).start)
                pending.append(controls)
            if wait <= cycle < len(asked) + wait:
                ctx.set(rotator.shift, pending[cycle - wait])
            if cycle >= wait + rotator.latency_cycles:
                seen.append(joined(ctx, rotator))
            await ctx.tick()

    simulate(top, bench)
    assert len(seen) == len(asked)
    for (units, shift), got in zip(asked, seen, strict=True):
        ring = lanes_of(unit, units)
        due = np.roll(words[units - 1][ring], -shift)
        assert np.array_equal(got[ring], due), (units, shift)


@pytest.mark.parametrize(("unit", "groups"), SIZES)
def test_a_late_word_turns_by_less(unit, groups):
    lanes = unit * groups
    width = (lanes - 1).bit_length()
    rotator = GroupedRotator(GroupedPlan(unit, groups), width)
    plan = rotator.plan
    word = np.random.default_rng(unit).integers(1 << width, size=lanes)
    rotations = [
        (units, turn)
        for units in range(1, groups + 1)
        for turn in range(min(unit, plan.late_reach))
    ]

    async def bench(ctx):
        ctx.set(rotator.late.as_value(), packed(word, width))
        for units, turn in rotations:
            controls = plan.controls(units, turn * units)
            ctx.set(rotator.shift, controls & (1 << plan.late_control_bits) - 1)
            await ctx.tick().repeat(rotator.latency_cycles)
            ring = lanes_of(unit, units)
            due = np.roll(word[ring], -turn * units)
            assert np.array_equal(joined(ctx, rotator)[ring], due), (units, turn)

    simulate(rotator, bench)


def test_two_tables_a_bit_serve_three_groups_of_27():
    """And as many registers as a ring of 81 alone has."""
    plan = GroupedPlan(27, 3)
    assert [stage.ways for stage in plan.stages] == [4, 4, 2]
    assert (plan.late_reach, GroupedRotator.latency_of(plan)) == (8, 3)


@pytest.mark.parametrize("wide_writes", [False, True])
@pytest.mark.parametrize("count", [1, 3, 4])
def test_a_word_is_read_in_every_order(count, wide_writes):
    rng = np.random.default_rng(count)
    lanes, width, depth = 7, 3, 4
    orders = [rng.integers(lanes, size=5).tolist() for _ in range(count)]
    memory = OrderedMemory(width, lanes, orders, depth, wide_writes)
    words = rng.integers(1 << width, size=(depth, lanes))

    async def bench(ctx):
        for address, word in enumerate(words):
            ctx.set(memory.w_en, 1)
            ctx.set(memory.w_addr, address)
            ctx.set(memory.w_data.as_value(), packed(word, width))
            await ctx.tick()
        ctx.set(memory.w_en, 0)
        for address, word in enumerate(words):
            for number, order in enumerate(orders):
                ctx.set(memory.r_addr, address)
                ctx.set(memory.r_order, number)
                await ctx.tick().repeat(memory.latency_cycles)
                got = unpacked(ctx.get(memory.r_data.as_value()), len(order), width)
                assert got.tolist() == word[order].tolist()

    simulate(memory, bench)
