"""In lock-step a frame that is complete never waits for a source that is slow with the next one."""

import numpy as np
import pytest
from amaranth_bench import simulate
from decoder_bench import random_beats
from small_specs import small_spec

from hw.frame.cores import one_of
from hw.frame.shell import Shell
from hw.layered.options import Options
from hw.min_sum.layered import component, facts
from quant import golden

SPEC = small_spec(6, iterations=2)


def frames_of(decoder: Shell, count: int) -> tuple[list[list[int]], list[np.ndarray]]:
    """Random frames: their beats, and the hard decisions that golden has for them."""
    width = decoder.options.llrs_per_beat
    beats = [random_beats(SPEC.n, width, seed) for seed in range(count)]
    codes = np.array([
        [(beat >> 8 * i & 255 ^ 128) - 128 for beat in frame for i in range(width)][: SPEC.n]
        for frame in beats
    ])  # fmt: skip
    return beats, list(golden.decode(SPEC, codes).bits)


async def send(ctx, decoder, beat: int, last: bool) -> None:
    ctx.set(decoder.s_axis_tvalid, 1)
    ctx.set(decoder.s_axis_tdata, beat)
    ctx.set(decoder.s_axis_tlast, last)
    await ctx.tick().until(decoder.s_axis_tready)
    ctx.set(decoder.s_axis_tvalid, 0)


def results(decoder: Shell, sink: list):
    """A background bench that collects (cycle of the last beat, hard decisions)."""

    async def watch(ctx):
        cycle, bits, width = 0, [], decoder.options.bits_per_beat
        ctx.set(decoder.m_axis_tready, 1)
        async for *_, valid, data, last in ctx.tick().sample(
            decoder.m_axis_tvalid, decoder.m_axis_tdata, decoder.m_axis_tlast
        ):
            cycle += 1
            if valid:
                bits += [data >> i & 1 for i in range(width)]
                if last:
                    sink.append((cycle, np.array(bits[: SPEC.n_variables])))
                    bits = []

    return watch


def prove(decoder: Shell, source, wanted: list[np.ndarray], *watching) -> None:
    got: list = []

    async def bench(ctx):
        await source(ctx, got)
        for _ in range(4 * decoder.latency_cycles):
            if len(got) == len(wanted):
                break
            await ctx.tick()

    simulate(decoder, bench, background=[results(decoder, got), *watching])
    assert len(got) == len(wanted)
    for (_, bits), due in zip(got, wanted, strict=True):
        assert (bits == due).all()


@pytest.mark.parametrize("lanes", [2, 3])
def test_a_source_pauses_anywhere_in_the_next_frame(lanes):
    decoder = component(SPEC, Options(lanes=lanes))
    length = -(-SPEC.n // decoder.options.llrs_per_beat)
    cuts = [1, length // 2, length - 1]
    beats, wanted = frames_of(decoder, 2 * len(cuts))

    async def source(ctx, got):
        for number, cut in enumerate(cuts):
            first, second = beats[2 * number : 2 * number + 2]
            for i, beat in enumerate(first):
                await send(ctx, decoder, beat, i == length - 1)
            for beat in second[:cut]:
                await send(ctx, decoder, beat, False)
            await ctx.tick().repeat(decoder.latency_cycles)
            assert len(got) == 2 * number + 1  # while the second frame pauses
            for i, beat in enumerate(second[cut:]):
                await send(ctx, decoder, beat, cut + i == length - 1)
            await ctx.tick().repeat(decoder.latency_cycles)
            assert len(got) == 2 * number + 2

    prove(decoder, source, wanted)


@pytest.mark.parametrize("gap", [1, 31])
def test_a_source_pauses_behind_every_beat(gap):
    """The pauses add up: the frame before comes out as if one had been as long as all of them."""
    decoder = component(SPEC, Options(lanes=3))
    beats, wanted = frames_of(decoder, 5)
    length, closes = len(beats[0]), facts(decoder)["closes_after_idle_cycles"]
    bound = decoder.latency_cycles + closes // gap + 1  # and the beats between the pauses

    async def source(ctx, got):
        for number, frame in enumerate(beats):
            waited = 0
            for i, beat in enumerate(frame):
                await send(ctx, decoder, beat, i == length - 1)
                await ctx.tick().repeat(gap)
                waited += 1 + gap
                assert waited < bound or len(got) >= number

    prove(decoder, source, wanted)


def test_frames_of_wrong_length_do_not_hold_a_whole_one():
    decoder = component(SPEC, Options(lanes=3))
    beats, wanted = frames_of(decoder, 1)

    async def source(ctx, got):
        for i, beat in enumerate(beats[0]):
            await send(ctx, decoder, beat, i == len(beats[0]) - 1)
        for _ in range(decoder.latency_cycles):  # short frames, without a pause
            await send(ctx, decoder, 0, False)
            await send(ctx, decoder, 0, True)
        assert len(got) == 1

    prove(decoder, source, wanted)


@pytest.mark.parametrize("lanes", [2, 3])
def test_a_fast_source_fills_groups(lanes):
    decoder = component(SPEC, Options(lanes=lanes))
    beats, wanted = frames_of(decoder, 4 * one_of(decoder).frames)
    groups = []

    async def source(ctx, got):
        for frame in beats:
            for i, beat in enumerate(frame):
                await send(ctx, decoder, beat, i == len(frame) - 1)

    async def count(ctx):
        loader = one_of(decoder).loader
        async for *_, loaded, last in ctx.tick().sample(loader.loaded, loader.last):
            if loaded:
                groups.append(last + 1)

    prove(decoder, source, wanted, count)
    assert groups == [one_of(decoder).frames] * 4
