# amaranth: UnusedElaboratable=no
"""Codes of several lifting sizes in one decoder: words in their places and back again."""

import random

import numpy as np
import pytest
from amaranth.hdl import Elaboratable, Module, unsigned
from amaranth_bench import evaluate, receive, simulate
from small_specs import small_graph, small_spec
from test_hw_grouped_rotator import packed, unpacked

from hw.build import build
from hw.code_set import kind
from hw.code_set.grouped.channel_memory import GroupedChannelMemory
from hw.code_set.grouped.lanes import Lanes, check_sizes
from hw.code_set.options import Options
from hw.frame import cores
from hw.layered.program import final_exponents
from hw.lib.window_memory import WindowMemory
from model.errors import InputError
from quant.code_set import default
from quant.code_set.spec import CodeSetSpec
from quant.spec import Relaxation
from sim import cosim

CODES = "wifi_648_r56,wifi_1296_r56,wifi_1944_r56"
SETS = [CODES, "wifi_648_r34,wifi_1944_r34", "nr5g_bg2_z8,nr5g_bg2_z16,nr5g_bg2_z24"]


def core_of(codes: str, **options):
    shell = kind.component(default.spec_of_list(codes), Options(**options))
    return cores.one_of(shell)


@pytest.mark.parametrize("sizes", [(27, 54, 81), (27, 81), (32, 64, 96, 128), (16, 40)])
def test_natural_order_is_that_of_the_groups(sizes):
    lanes = Lanes.of_sizes(sizes)
    assert lanes.total == max(sizes)
    for size in sizes:
        units = lanes.units(size)
        places = lanes.natural(units)
        assert sorted(places) == list(range(size))
        for group in range(lanes.groups):
            assert (units in lanes.counts_with(group)) == (group < units)
            if group < units:
                found = [places[value] for value in lanes.values_of(group, units)]
                assert found == list(range(group * lanes.unit, (group + 1) * lanes.unit))


@pytest.mark.parametrize("sizes", [(27, 28), (8, 72), (4, 8)])
def test_sizes_without_a_unit_are_refused(sizes):
    with pytest.raises(InputError, match=f"some_set: lifting sizes {sizes[0]}, {sizes[1]} are"):
        check_sizes("some_set", sizes)
    check_sizes("some_set", sizes[:1])


@pytest.mark.parametrize("width", [1, 3, 9, 27])
def test_channel_words_turn_by_no_more_than_the_plan_says(width):
    """Stages are added for wide beats: a column comes in fewer orientations."""
    core = core_of("wifi_648_r12,wifi_1944_r12", llrs_per_beat=width)
    addressing, unit = core.addressing, core.addressing.lane_layout.unit
    for member in addressing.members:
        units = addressing.units(member)
        for column in member.loaded_columns:
            left = member.first_exponents[column] + addressing.load_place(member, column)
            assert left % units == 0 and left // units % unit < addressing.plan.late_reach
    assert addressing.plan.late_reach == (32 if width == 27 else 8)


def small_sizes(sizes: tuple[int, ...], **features) -> CodeSetSpec:
    """Codes of these lifting sizes with rows of their own."""
    members = []
    for number, z in enumerate(sizes):
        graph = small_graph(z, 3 + number % 2, 9 + number, seed=10 + number)
        members.append(small_spec(z=z, graph=graph, **features))
    return CodeSetSpec("sizes", tuple(members))


@pytest.mark.parametrize(
    ("sizes", "features", "options"),
    [
        ((8, 16, 24), {}, {"target": "ecp5", "rotate_in_ram": 3}),
        ((24, 8, 16), {"relaxation": Relaxation(2, 1)}, {}),
        ((9, 27, 18), {"maps": "edge"}, {"target": "ecp5", "llrs_per_beat": 9}),
        ((24, 16), {}, {}),
    ],
)
def test_sets_of_several_sizes_are_bit_exact(sizes, features, options, tmp_path):
    """In another order than that of their sizes, without the unit itself, with wide beats."""
    build(small_sizes(sizes, **features), tmp_path, options)
    result = cosim.run(tmp_path, frames=40, seed=3)
    assert result.ok, result.fault
    assert (result.frames, result.mismatches) == (40, 0)


def test_columns_that_are_not_whole_are_refused():
    spec = CodeSetSpec("parts", (small_spec(z=8, partial=True),))
    with pytest.raises(InputError, match="transmits 4 of the 8 bits of block column"):
        kind.component(spec, Options())


class Input(Elaboratable):
    """Loader and channel memory."""

    def __init__(self, core):
        self.loader, self.addressing = core.loader, core.addressing
        width = core.arithmetic.channel.bits
        self.memory = GroupedChannelMemory(core.addressing, width, core.options.regions, True)

    def elaborate(self, platform):
        m = Module()
        m.submodules.loader, m.submodules.memory = loader, memory = self.loader, self.memory
        m.d.comb += [
            memory.w_en.eq(loader.write),
            memory.w_addr.eq(loader.address),
            memory.w_data.eq(loader.word),
        ]
        return m


@pytest.mark.parametrize("codes", SETS)
def test_frames_are_loaded_nearly_as_their_first_rows_want_them(codes):
    """Of every column every value, behind the rotation that the program says."""
    core = core_of(codes)
    image, addressing = core.image, core.addressing
    top = Input(core)
    loader, memory, plan = top.loader, top.memory, addressing.plan
    layout, width = addressing.lane_layout, len(loader.i.payload.lanes[0])
    rng = np.random.default_rng(1)
    order = rng.permutation(np.repeat(np.arange(len(image.jobs)), 2)).tolist()
    frames = [rng.integers(1 << width, size=image.jobs[code].n) for code in order]
    per_beat, channel = core.options.llrs_per_beat, core.arithmetic.channel
    every = [(value,) for value in range(1 << width)]
    stored = np.array(evaluate(channel.stored, [width], every, unsigned(channel.bits)))

    async def load(ctx, code: int, frame) -> None:
        ctx.set(loader.first, image.code_words[code]["chunk"])
        ctx.set(loader.valid, 1)
        await ctx.tick()
        ctx.set(loader.open, 1)
        for beat in frame.reshape(-1, per_beat):
            ctx.set(loader.i.payload.lanes.as_value(), packed(beat, width))
            ctx.set(loader.i.valid, 1)
            await ctx.tick().until(loader.i.ready)
        ctx.set(loader.i.valid, 0)
        ctx.set(loader.open, 0)
        await ctx.tick()

    async def bench(ctx):
        for code, frame in zip(order, frames, strict=True):
            await load(ctx, code, frame)
        await ctx.tick().repeat(6)
        for region, (code, frame) in enumerate(zip(order, frames, strict=True)):
            member = addressing.members[code]
            size, units = member.job.code.lifting_size, addressing.units(member)
            for column, values in zip(
                member.loaded_columns, frame.reshape(-1, size), strict=True
            ):
                address = addressing.channel_index(member, column)
                ctx.set(memory.r_addr, address | region << addressing.channel_bits)
                await ctx.tick().repeat(memory.latency_cycles)
                lanes = unpacked(ctx.get(memory.r_data.as_value()), layout.total, channel.bits)
                # Each group turns by itself, the last stage by one lane less than all say.
                turn = _turn(plan, addressing.fresh_controls(member, column), units)
                natural = lanes.reshape(layout.groups, -1)
                turned = np.roll(natural, -turn, axis=1).ravel()[layout.natural(units)]
                due = np.roll(stored[values], -member.first_exponents[column])
                assert turned.tolist() == due.tolist(), (code, column)

    simulate(top, bench)


def _turn(plan, controls: int, units: int) -> int:
    """Lanes by which a late word with these controls turns in the groups that are in use."""
    mask = (1 << plan.late_control_bits) - 1
    turns = range(min(plan.unit, plan.late_reach))
    return next(turn for turn in turns if plan.controls(units, turn * units) & mask == controls)


class Output(Elaboratable):
    """Memory of decisions and unloader."""

    def __init__(self, core):
        self.unloader, addressing = core.unloader, core.addressing
        depth = core.options.regions << addressing.hard_bits
        self.memory = WindowMemory(
            addressing.lanes, core.options.bits_per_beat, depth, True,
            orders=addressing.natural_orders,
        )  # fmt: skip

    def elaborate(self, platform):
        m = Module()
        m.submodules.unloader, m.submodules.memory = unloader, memory = self.unloader, self.memory
        m.d.comb += [
            memory.r_addr.eq(unloader.address),
            memory.r_piece.eq(unloader.piece),
            unloader.word.eq(memory.r_data),
        ]
        return m


@pytest.mark.parametrize("codes", SETS)
@pytest.mark.parametrize("bits_per_beat", [8, 32])
def test_decisions_leave_in_their_natural_order(codes, bits_per_beat):
    """All of them, and those of the information, of a frame of each code."""
    core = core_of(codes, bits_per_beat=bits_per_beat)
    image, addressing, layout = core.image, core.addressing, core.addressing.lane_layout
    top = Output(core)
    unloader, memory = top.unloader, top.memory
    rng, stalls = np.random.default_rng(2), random.Random(2)
    frames = [rng.integers(2, size=job.n_variables) for job in image.jobs]

    async def store(ctx, region: int, member, frame) -> None:
        units, size = addressing.units(member), member.job.code.lifting_size
        exponents = final_exponents(member.lifted)
        for column, bits in enumerate(frame.reshape(-1, size)):
            lanes = rng.integers(2, size=layout.total)
            lanes[layout.natural(units)] = np.roll(bits, -exponents[column])
            ctx.set(memory.w_en, 1)
            ctx.set(memory.w_addr, region << addressing.hard_bits | column)
            ctx.set(memory.w_data, packed(lanes, 1))
            await ctx.tick()
        ctx.set(memory.w_en, 0)

    async def bench(ctx):
        for code, (member, frame) in enumerate(zip(addressing.members, frames, strict=True)):
            await store(ctx, code, member, frame)
            positions = core.spec.members[code].information_positions
            answers = {"all_bits": frame, "information": frame[list(positions)]}
            for name, bits in answers.items():
                ctx.set(unloader.first, image.code_words[code][name])
                ctx.set(unloader.region, code)
                await ctx.tick().repeat(2)
                ctx.set(unloader.start, 1)
                count = -(-len(bits) // bits_per_beat)
                beats = await receive(
                    ctx, unloader.o, unloader.o.payload.bits, count, stalls, stall=0.2
                )
                await ctx.tick().until(unloader.done)
                ctx.set(unloader.start, 0)
                await ctx.tick().repeat(2)
                got = np.concatenate([unpacked(beat, bits_per_beat, 1) for beat in beats])
                assert np.array_equal(got[: len(bits)], bits), (code, name)
                assert not got[len(bits) :].any()

    simulate(top, bench)
