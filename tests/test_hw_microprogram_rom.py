"""Tables that are gone through word after word, in the order of a shift register."""

import random

import pytest
from amaranth.lib import data
from amaranth_bench import simulate

from hw.lib.microprogram_rom import MicroprogramRom, ring


@pytest.mark.parametrize("count", [*range(3, 70), 127, 128, 336, 511, 512, 1000])
def test_addresses_are_a_circle_of_a_shift_register(count):
    addresses = ring(count)
    assert len(set(addresses)) == count
    half = (1 << count.bit_length() - 1) - 1
    for address, following in zip(addresses, addresses[1:] + addresses[:1], strict=True):
        assert following >> 1 == address & half


@pytest.mark.parametrize("count", [1, 2, 3, 4, 7, 8, 30, 336])
@pytest.mark.parametrize("idle", [0, 0.5])
def test_words_come_in_order_again_and_again_and_after_restarts(count, idle):
    rng = random.Random(count)
    words = [{"number": number, "odd": number % 2} for number in range(count)]
    walk = MicroprogramRom(data.StructLayout({"number": 9, "odd": 1}), words)

    async def bench(ctx):
        await ctx.tick().until(walk.ready)
        for part in (2 * count + 3, count // 2 + 1, 1, 0, 2 * count):
            for step in range(part):
                assert ctx.get(walk.ready)
                for name, value in words[step % count].items():
                    assert ctx.get(walk.word[name]) == value, (part, step)
                go = rng.random() >= idle
                while not go:
                    await ctx.tick()
                    assert ctx.get(walk.word.number) == step % count
                    go = rng.random() >= idle
                ctx.set(walk.step, 1)
                await ctx.tick()
                ctx.set(walk.step, 0)
            ctx.set(walk.restart, 1)
            await ctx.tick()
            ctx.set(walk.restart, 0)
            await ctx.tick().until(walk.ready)

    simulate(walk, bench)
