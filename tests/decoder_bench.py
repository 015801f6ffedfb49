"""Frames to a decoder and from it, in Amaranth's own simulator, without idle cycles."""

import numpy as np


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
