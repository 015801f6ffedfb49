# amaranth: UnusedElaboratable=no
# A precoder is only asked for the format of its frames.
"""Symbols into the precoder and bits out of it: loader, store and collector, each alone."""

import random
from collections import deque

import numpy as np
import pytest
from amaranth_bench import receive, simulate
from precoder_bench import Schedule
from small_precoders import small_precoder

from hw.mimo_array.geometry import CELL_VALUES, CELLS_PER_WORD
from hw.mimo_array.stage import stages
from hw.mimo_array.timing import regions
from hw.precoder.collector import Collector, beat_bits
from hw.precoder.geometry import Geometry
from hw.precoder.options import Options
from hw.precoder.precoder import Precoder
from hw.precoder.symbols import NIBBLE_BITS, SymbolLoader, SymbolStore
from hw.precoder.timing import Timing


@pytest.mark.parametrize("form", ["folded", "unfolded"])
@pytest.mark.parametrize(
    ("users", "constellation"), [(4, "16qam"), (5, "64qam"), (3, "qpsk"), (1, "16qam"), (1, "qpsk")]
)
def test_loader_collects_a_vector_and_its_energy(users, constellation, form):
    """Any bytes: bit 0 is taken as 1, large ones saturate; unfinished vectors are forgotten."""
    g = Geometry(small_precoder(8, users, constellation=constellation), Options(form=form))
    rng, top = np.random.default_rng(users), g.spec.largest_symbol
    loader = SymbolLoader(g, Precoder(g, {"dropped": 4}).format)

    async def beat(ctx, parts, abort: bool, mark: int = 0) -> None:
        await ctx.tick().repeat(int(rng.integers(1, 3)))  # at most one every other cycle
        nibbles = (int(part) & 15 for part in parts)
        values = [low | high << NIBBLE_BITS for low, high in zip(nibbles, nibbles, strict=True)]
        payload = {"values": values, "abort": abort, "mark": {"dropped": mark}}
        ctx.set(loader.i.payload, payload)
        ctx.set(loader.i.valid, 1)
        await ctx.tick().until(loader.i.ready)
        ctx.set(loader.i.valid, 0)
        ctx.set(loader.i.payload, {"values": rng.integers(0, 256, g.lanes).tolist()})

    async def bench(ctx):
        for number in range(30):
            values = rng.integers(-8, 8, (g.lanes * g.passes, 2))
            if number % 4 == 0:  # full scale: the largest energy
                values[:] = rng.choice([-7, 7], values.shape)
            if number % 3 == 2:
                garbage = rng.integers(-8, 8, (g.passes, 2 * g.lanes))
                for parts in garbage[: int(rng.integers(g.passes))]:
                    await beat(ctx, parts, False)
                await beat(ctx, garbage[0], True)
            for parts in values.reshape(g.passes, -1):
                assert not ctx.get(loader.ready)
                await beat(ctx, parts, False, number % 16)
            await ctx.tick().until(loader.ready)
            # An admission is two cycles behind ``ready``; then the vector goes to the store.
            await ctx.tick().repeat(1 + int(rng.integers(0, 3)))
            assert ctx.get(loader.ready) and not ctx.get(loader.i.ready)
            ctx.set(loader.taken, 1)
            await ctx.tick()
            ctx.set(loader.taken, 0)
            assert ctx.get(loader.mark.dropped) == number % 16
            odd = np.clip(values[:users] | 1, -top, top)
            found = ctx.get(loader.vector)
            for user, part in np.ndindex(users, 2):
                assert found[user][part] == (odd[user, part] - 1) // 2 % (1 << g.symbol_bits)
            assert ctx.get(loader.reciprocal) == g.spec.reciprocal(int((odd**2).sum())), number
            await ctx.tick().repeat(2)
            assert not ctx.get(loader.ready)

    simulate(loader, bench)


@pytest.mark.parametrize(("size", "readers"), [((8, 4, 2), 1), ((8, 5, 1), 2), ((8, 2, 1), 3)])
def test_store_keeps_every_slot(size, readers):
    """Vectors are written pass by pass; every reader reads any of them at any time."""
    g = Geometry(small_precoder(*size), Options())
    timing, rng = Timing(g), np.random.default_rng(readers)
    store, model, written = SymbolStore(g, timing, readers), {}, 0
    assert store.latency_cycles == 2
    most = g.spec.reciprocal(2 * g.spec.users)
    rest = g.passes + 4  # cycles until a vector can be read

    async def bench(ctx):
        nonlocal written
        coming, asked = None, deque()
        for cycle in range(600):
            if len(asked) == store.latency_cycles:
                for reader, (slot, pass_) in enumerate(asked.popleft()):
                    if slot in model and cycle - model[slot][2] > rest + 2:
                        parts, reciprocal, _ = model[slot]
                        word = ctx.get(store.word[reader])
                        due = parts[pass_ * g.lanes : (pass_ + 1) * g.lanes].tolist()
                        assert [[word.parts[n][p] for p in range(2)] for n in range(g.lanes)] == due
                        assert word.reciprocal == reciprocal, cycle
            garbage = rng.integers(0, 1 << g.symbol_bits, (g.lanes * g.passes, 2))
            ctx.set(store.vector, garbage.tolist())
            ctx.set(store.reciprocal, int(rng.integers(most + 1)))
            slot, admit = int(rng.integers(timing.slots)), cycle % rest == 0
            ctx.set(store.admit, admit)
            if coming is not None:  # a cycle after ``admit``
                parts = rng.integers(0, 1 << g.symbol_bits, (g.lanes * g.passes, 2))
                model[coming] = parts, int(rng.integers(most + 1)), cycle
                ctx.set(store.vector, parts.tolist())
                ctx.set(store.reciprocal, model[coming][1])
                slot, coming, written = coming, None, written + 1
            elif admit:
                coming = slot
            ctx.set(store.slot, slot)
            reads = [(int(rng.integers(timing.slots)), int(rng.integers(g.passes)))
                     for _ in range(readers)]  # fmt: skip
            ctx.set(store.read_slot, [slot for slot, _ in reads])
            ctx.set(store.read_pass, [pass_ for _, pass_ in reads])
            asked.append(reads)
            await ctx.tick()

    simulate(store, bench)
    assert written > 40 and len(model) == timing.slots


COLLECTORS = {
    "a word, folded": ((8, 4, 2), {}),
    "two words": ((20, 2, 1), {}),
    "three words, unfolded": ((36, 4, 1), {"form": "unfolded"}),
    "int16 pairs, three cells": ((12, 4, 1), {"output": "iq", "amplitude": 32767}),
    "int16 pairs, five cells, unfolded": ((20, 2, 1), {"output": "iq", "form": "unfolded"}),
}


@pytest.mark.parametrize("stall", [0.0, 0.9])
@pytest.mark.parametrize("case", COLLECTORS)
def test_collector_sends_whole_vectors_in_order(case, stall):
    """Bytes of the last round's windows whose slot holds a vector; a slow reader loses nothing."""
    size, options = COLLECTORS[case]
    g = Geometry(small_precoder(*size), Options(**options))
    timing, stage = Timing(g), stages(g)[-1]
    collector, schedule = Collector(g, timing, stage), Schedule(g, timing, stage)
    rng, coin, vectors = np.random.default_rng(5), random.Random(6), 30
    sent, finished, begun, gone = [], 0, 0, 0
    per_beat = beat_bits(g) // (2 * 16 if options.get("output") == "iq" else 2)
    beats = -(-4 * g.cells // per_beat)
    assert collector.regions == regions(timing) >= timing.slots + 2

    async def chain(ctx):
        """What comes out of the array, and which slots hold a vector."""
        nonlocal finished, begun, gone
        time, leaving, holds = 0, deque(), 0
        while gone < vectors:
            cycle, slot, round_ = schedule.place(time, timing.bits_out)
            begins = cycle == 0 and round_ == stage.final and holds >> slot & 1
            assert ctx.get(collector.finished) == begins, time
            if begins:
                assert ctx.get(collector.finished_slot) == slot
                finished += 1
                leaving = deque(rng.integers(0, 1 << CELL_VALUES, g.cells).tolist())
                sent.append(list(leaving)[::-1])  # the last cell's byte comes first
            ctx.set(collector.signs, leaving.popleft() if leaving else coin.getrandbits(8))
            # The slots' vectors, as a place in the output memory allows.
            holds = 0
            if len(sent) < vectors and len(sent) - gone < collector.regions:
                holds = coin.getrandbits(timing.slots)
            ctx.set(collector.valid, holds)
            time += 1
            *_, done, begins = await ctx.tick().sample(collector.sent, collector.begun)
            gone, begun = gone + done, begun + begins
            assert gone <= begun <= len(sent)

    async def reader(ctx):
        # Alternately at once and hardly ever, so that the memory fills up.
        taken = []
        while len(taken) < vectors * beats:
            slow = stall if len(taken) // 40 % 2 == 0 else 0.0
            count = min(20, vectors * beats - len(taken))
            taken += await receive(ctx, collector.o, collector.o.payload, count, coin, slow)
        for number, bytes_ in enumerate(sent):
            bits = [byte >> n & 1 for byte in bytes_ for n in range(CELL_VALUES)]
            bits += [0] * (-len(bits) % (CELL_VALUES * CELLS_PER_WORD))
            for b, beat in enumerate(taken[number * beats : (number + 1) * beats]):
                own = bits[b * 2 * per_beat : (b + 1) * 2 * per_beat]
                due = sum(bit << n for n, bit in enumerate(own))
                if options.get("output") == "iq":
                    a = g.options.amplitude
                    due = sum((-a & 65535 if bit else a) << 16 * n for n, bit in enumerate(own))
                assert beat.bits == due, (number, b)
                assert beat.last == (b == beats - 1), (number, b)

    simulate(collector, chain, reader, cycles=20_000)
    assert len(sent) == finished == begun == gone == vectors
