"""Blocks around a core, alone: registers at the pins with their queue, the count of beats."""

import random

import pytest
from amaranth_bench import receive, send, simulate

from hw.frame.guard import BeatCount
from hw.frame.pins import PinQueue


@pytest.mark.parametrize(("idle", "stall"), [(0, 0), (0.4, 0), (0, 0.5), (0.3, 0.4), (0, 0.95)])
def test_pin_queue_keeps_order_and_throughput(idle, stall):
    queue, words = PinQueue(8), [(7 * i + i // 16) % 256 for i in range(200)]
    moves = []

    async def source(ctx):
        fills = [lambda ctx, word=word: ctx.set(queue.i.payload, word) for word in words]
        await send(ctx, queue.i, fills, random.Random(5), idle)

    async def sink(ctx):
        got = await receive(ctx, queue.o, queue.o.payload, len(words), random.Random(6), stall)
        assert got == words
        for _ in range(20):
            assert not ctx.get(queue.o.valid)
            await ctx.tick()

    async def clock(ctx):
        sampled = queue.i.valid, queue.i.ready, queue.o.valid, queue.o.ready
        async for *_, i_valid, i_ready, o_valid, o_ready in ctx.tick().sample(*sampled):
            moves.append((i_valid and i_ready, o_valid and o_ready))

    simulate(queue, source, sink, background=[clock])
    taken, given = ([bool(move[side]) for move in moves] for side in (0, 1))
    assert sum(taken) == sum(given) == len(words)
    if not idle and not stall:
        first = given.index(True)
        assert first - taken.index(True) == queue.latency_cycles
        assert all(given[first : first + len(words)])


def test_pin_queue_takes_what_there_is_room_for_and_no_more():
    """Nobody takes anything: what has gone in is all there, in order, when somebody does."""
    queue, rng = PinQueue(5), random.Random(2)

    async def bench(ctx):
        taken, given = [], []
        for cycle in range(120):
            ctx.set(queue.i.valid, 1)
            ctx.set(queue.i.payload, value := rng.randrange(32))
            ctx.set(queue.o.ready, cycle >= 60)
            # A register: it says so whatever comes out in this cycle.
            ready = ctx.get(queue.i.ready)
            if ready:
                taken.append(value)
            if cycle >= 60 and ctx.get(queue.o.valid):
                given.append(ctx.get(queue.o.payload))
            if cycle == 59:
                assert not ready and 8 <= len(taken) <= 17
            await ctx.tick()
        assert given == taken[: len(given)] and len(given) > 40

    simulate(queue, bench)


@pytest.mark.parametrize("beats", [1, 2, 3, 5, 8])
def test_beat_count_says_which_beat_is_the_last(beats):
    count, rng = BeatCount(beats), random.Random(beats)
    seen = set()

    async def bench(ctx):
        place = 0
        for _ in range(1500):
            taken, restart = rng.random() < 0.7, rng.random() < 0.1
            ctx.set(count.taken, taken)
            ctx.set(count.restart, restart)  # alone it means nothing
            assert ctx.get(count.due) == (place == beats - 1)
            seen.add((place, taken, restart))
            if taken:
                place = 0 if restart else (place + 1) % beats
            await ctx.tick()

    simulate(count, bench)
    assert len(seen) == 4 * beats
