# amaranth: UnusedElaboratable=no
"""Memories and queues of the target layer, each against a plain list, at their extreme sizes."""

import random
from collections import deque

import pytest
from amaranth.hdl import signed, unsigned
from amaranth.lib import data
from amaranth_bench import simulate

from hw.lib.elastic import ElasticQueue
from hw.lib.memory import BlockMemory, PartedMemory, Rom, ShallowMemory
from hw.lib.narrow_memory import NarrowMemory
from hw.lib.queue import BlockQueue


def check_reads(memory, due, write=None, cycles=300):
    """A read in every cycle: ``due(rng)`` gives (address, word or None for "do not look").

    write : (ctx, rng, address that is read now), called before the clock edge; a write that it
        does is seen by the reads of later cycles
    """
    rng = random.Random(cycles)
    seen = []

    async def bench(ctx):
        asked = deque()
        for _ in range(cycles):
            if len(asked) == memory.latency_cycles:
                address, word = asked.popleft()
                got = ctx.get(memory.data if write is None else memory.r_data)
                seen.append(address)
                assert word is None or got == word, (address, len(seen))
            address, word = due(rng)
            ctx.set(memory.addr if write is None else memory.r_addr, address)
            asked.append((address, word))
            if write is not None:
                write(ctx, rng, address)
            await ctx.tick()

    simulate(memory, bench)
    assert len(seen) == cycles - memory.latency_cycles == cycles - 2


@pytest.mark.parametrize("kind", [BlockMemory, ShallowMemory])
@pytest.mark.parametrize(("depth", "shape"), [(1, 1), (2, signed(4)), (13, 9)])
def test_one_word_a_cycle_in_and_out(kind, depth, shape):
    """Initial words, words written in the cycle before, words written over."""
    initial = [n * 5 % 7 - 3 * (shape == signed(4)) for n in range(depth)]
    initial = [word & 1 for word in initial] if shape == 1 else initial
    memory, model = kind(shape, depth, initial[: depth - 1]), initial[: depth - 1] + [0]

    def due(rng):
        address = rng.randrange(depth)
        return address, model[address]

    def write(ctx, rng, read):
        address, enable = rng.randrange(depth), rng.random() < 0.7
        enable = enable and address != read and depth > 1  # what the parent promises
        bits = 1 if shape == 1 else 4 if shape == signed(4) else 9
        word = rng.randrange(1 << bits) - (8 if shape == signed(4) else 0)
        ctx.set(memory.w_en, enable)
        ctx.set(memory.w_addr, address)
        ctx.set(memory.w_data, word)
        if enable:
            model[address] = word

    check_reads(memory, due, write)


@pytest.mark.parametrize("depth", [1, 2, 5, 64])
def test_rom_gives_every_word(depth):
    words = [random.Random(depth + n).randrange(1 << 11) for n in range(depth)]
    rom = Rom(unsigned(11), words)

    def due(rng):
        address = rng.randrange(depth)
        return address, words[address]

    check_reads(rom, due)


@pytest.mark.parametrize(("parts", "depth"), [(1, 4), (3, 5), (6, 2)])
def test_parts_are_written_alone(parts, depth):
    memory = PartedMemory(unsigned(5), parts, depth)
    model = [[0] * parts for _ in range(depth)]

    def due(rng):
        address = rng.randrange(depth)
        return address, list(model[address])

    def write(ctx, rng, read):
        address, word = rng.randrange(depth), [rng.randrange(32) for _ in range(parts)]
        enable = rng.randrange(1 << parts) if address != read else 0
        ctx.set(memory.w_en, enable)
        ctx.set(memory.w_addr, address)
        ctx.set(memory.w_data, word)
        for n in range(parts):
            if enable >> n & 1:
                model[address][n] = word[n]

    def compared(rng):
        address, word = due(rng)
        return address, data.ArrayLayout(5, parts).const(word)

    check_reads(memory, compared, write)


@pytest.mark.parametrize("wide_writes", [True, False])
@pytest.mark.parametrize(("parts", "depth"), [(1, 3), (2, 1), (4, 5), (8, 2)])
def test_wide_words_are_read_in_parts(parts, depth, wide_writes):
    """Every part of every word, initial and written, while other words are written."""
    part = signed(6)
    initial = [[(7 * n + 3 * d) % 64 for n in range(parts)] for d in range(depth - 1)]
    memory = NarrowMemory(part, parts, depth, wide_writes, initial)
    model = [[p - (p >> 5 << 6) for p in word] for word in initial] + [[0] * parts]

    def due(rng):
        word, number = rng.randrange(depth), rng.randrange(parts)
        return word << memory.part_bits | number, model[word][number]

    def write(ctx, rng, read):
        address, word = rng.randrange(depth), [rng.randrange(-32, 32) for _ in range(parts)]
        enable = address != read >> memory.part_bits
        ctx.set(memory.w_en, enable)
        ctx.set(memory.w_addr, address)
        ctx.set(memory.w_data, word)
        if enable:
            model[address] = word

    check_reads(memory, due, write)


def test_narrow_memory_takes_powers_of_two_only():
    with pytest.raises(ValueError, match="3 parts of a word, not a power of two"):
        NarrowMemory(unsigned(4), 3, 8, True)


@pytest.mark.parametrize("depth", [2, 4, 16])
def test_block_queue_shows_its_head_after_the_latency(depth):
    """Filled to the brim and emptied many times; a put into the empty queue is read again."""
    queue, rng = BlockQueue(unsigned(10), depth), random.Random(depth)
    taken, filled, emptied, coming = [], 0, 0, iter(range(1000))

    async def bench(ctx):
        nonlocal filled, emptied
        entries, head_since, sent = deque(), 0, 0
        for cycle in range(1500):
            due_at = max(head_since, entries[0][1]) + queue.latency_cycles if entries else cycle + 1
            settled = cycle >= due_at
            if settled:
                assert ctx.get(queue.o) == entries[0][0], cycle
            eager = cycle // 100 % 2
            put = len(entries) < depth and rng.random() < (0.9 if eager else 0.1)
            take = settled and (rng.random() < (0.1 if eager else 0.9))
            ctx.set(queue.put, put)
            ctx.set(queue.take, take)
            ctx.set(queue.i, rng.randrange(1024))  # not looked at without ``put``
            if take:
                taken.append(entries.popleft()[0])
                head_since = cycle
            if put:
                sent = next(coming)
                ctx.set(queue.i, sent)
                entries.append((sent, cycle))
            filled += len(entries) == depth
            emptied += not entries
            await ctx.tick()

    simulate(queue, bench)
    assert queue.latency_cycles == 3
    assert taken == list(range(len(taken))) and len(taken) > 100 and filled > 20 < emptied


@pytest.mark.parametrize("way", [0, 1, 3, 6])
def test_elastic_queue_has_room_for_what_was_begun(way):
    """Everything begun with ``room`` comes out in order, however long the output stalls."""
    queue, rng = ElasticQueue(unsigned(12), way), random.Random(way)
    taken, put_at, most = [], {}, 0

    async def bench(ctx):
        nonlocal most
        pipeline, number, stalls, last_valid = deque([None] * way), 0, 0, None
        for cycle in range(3000):
            begin = ctx.get(queue.room) and (cycle < 500 or rng.random() < 0.8)
            pipeline.append(number if begin else None)
            number += bool(begin)
            due = pipeline.popleft()
            ctx.set(queue.put, due is not None)
            ctx.set(queue.i, due if due is not None else rng.randrange(4096))
            if due is not None:
                put_at[due] = cycle
            if not stalls and rng.random() < 0.02 and cycle >= 500:
                stalls = rng.randrange(1, 60)
            stalls = max(0, stalls - 1)
            ready = stalls == 0
            valid, payload = ctx.get(queue.o.valid), ctx.get(queue.o.payload)
            if last_valid is not None:  # an entry offered stays
                assert valid and payload == last_valid
            ctx.set(queue.o.ready, ready)
            if valid:
                assert cycle >= put_at[payload] + queue.latency_cycles
            if valid and ready:
                taken.append(payload)
                if cycle < 500 and payload:  # nothing waits: the latency is exact, no bubbles
                    assert cycle == put_at[payload] + queue.latency_cycles
                    assert put_at[payload] == put_at[payload - 1] + 1
            last_valid = payload if valid and not ready else None
            most = max(most, len(put_at) - len(taken))
            await ctx.tick()

    simulate(queue, bench)
    assert taken == list(range(len(taken))) and len(taken) > 1000
    assert queue.depth // 2 < most <= queue.depth  # the stalls filled it as far as it goes


def test_elastic_queue_knows_its_limit():
    with pytest.raises(ValueError, match="no room for what is begun in 7 cycles"):
        ElasticQueue(unsigned(4), 7)
