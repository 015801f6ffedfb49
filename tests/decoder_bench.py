"""Frames to a decoder and from it, in Amaranth's own simulator, without idle cycles."""

import numpy as np
from amaranth_bench import simulate


def random_beats(length: int, width: int, seed: int) -> list[int]:
    """Input beats of a frame of so many random channel codes, ``width`` a beat."""
    codes = np.random.default_rng(seed).integers(-8, 8, length + -length % width)
    return [
        sum((int(code) & 255) << (8 * i) for i, code in enumerate(beat))
        for beat in codes.reshape(-1, width)
    ]


async def offer(ctx, decoder, beats) -> None:
    """One frame without idle cycles."""
    ctx.set(decoder.s_axis_tvalid, 1)
    for number, beat in enumerate(beats):
        ctx.set(decoder.s_axis_tdata, beat)
        ctx.set(decoder.s_axis_tlast, number == len(beats) - 1)
        await ctx.tick().until(decoder.s_axis_tready)
    ctx.set(decoder.s_axis_tvalid, 0)


async def cycles_to_frame_end(ctx, decoder) -> int:
    cycles, last = 0, False
    while not last:
        *_, valid, last = await ctx.tick().sample(decoder.m_axis_tvalid, decoder.m_axis_tlast)
        last, cycles = valid and last, cycles + 1
    return cycles


def timings(decoder, beats: list[int], phases, frames: int = 40) -> tuple[list[int], list[int]]:
    """Cycles of frames into the idle decoder, each offered so many cycles after the last; those
    between ends of ``frames`` at full speed.
    """
    phases, alone, ends = list(phases), [], []

    async def source(ctx):
        ctx.set(decoder.m_axis_tready, 1)
        for phase in phases:
            await ctx.tick().repeat(phase)
            await offer(ctx, decoder, beats)
            alone.append(await cycles_to_frame_end(ctx, decoder))
        for _ in range(frames):
            await offer(ctx, decoder, beats)

    async def sink(ctx):
        while len(alone) < len(phases):
            await ctx.tick()
        for _ in range(frames):
            ends.append(await cycles_to_frame_end(ctx, decoder))

    simulate(decoder, source, sink)
    return alone, ends
