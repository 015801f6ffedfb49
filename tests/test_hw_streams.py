"""Frame guard, loader and unloader under random idle cycles and back-pressure."""

import random

import numpy as np
import pytest
from amaranth.hdl import Module
from amaranth_bench import receive, send, simulate
from small_specs import deficient_graph, job_of, scattered_graph, small_spec

from hw.frame.guard import BeatCount, FrameGuard
from hw.frame.options import CODEWORD, INFORMATION
from hw.layered.chunks import FrameChunks
from hw.layered.loader import Loader
from hw.layered.options import Options
from hw.layered.program import Addressing, final_exponents
from hw.layered.unloader import FrameUnloader
from hw.lib.microprogram_rom import MicroprogramRom
from hw.lib.queue import MemoryQueue
from hw.lib.skid import SkidBuffer
from hw.lib.stage import StreamRegister, StreamStage
from hw.min_sum.channel_word import ChannelWord
from quant import golden


def test_guard_passes_whole_frames_and_aborts_others():
    rng, m = random.Random(1), Module()
    m.submodules.guard, m.submodules.count = guard, beats = FrameGuard(8), BeatCount(5)
    m.d.comb += [
        guard.due.eq(beats.due),
        beats.taken.eq(guard.o.valid & guard.o.ready),
        beats.restart.eq(guard.o.payload.abort),
    ]
    lengths = [5, 3, 5, 5, 9, 1, 5, 6, 4, 5]
    sent = [(frame * 16 + i, i == n - 1) for frame, n in enumerate(lengths) for i in range(n)]
    due = []
    for frame, n in enumerate(lengths):
        passed = [(frame * 16 + i, 0) for i in range(min(n, 5))]
        if n != 5:
            passed[-1] = (passed[-1][0], 1)
        due += passed
    drops = []

    async def source(ctx):
        def fill(bits, last):
            return lambda ctx: ctx.set(guard.i.payload, {"bits": bits, "last": last})

        await send(ctx, guard.i, [fill(*beat) for beat in sent], rng, 0.3)

    async def sink(ctx):
        got = await receive(ctx, guard.o, guard.o.payload, len(due), random.Random(2), 0.4)
        assert [(beat.bits, beat.abort) for beat in got] == due

    async def count(ctx):
        async for _, _, dropped in ctx.tick().sample(guard.dropped):
            drops.append(dropped)

    simulate(m, source, sink, background=[count])
    assert sum(drops) == sum(n != 5 for n in lengths)


@pytest.mark.parametrize(("idle", "stall"), [(0, 0), (0.3, 0), (0, 0.5), (0.3, 0.4)])
@pytest.mark.parametrize("kind", [SkidBuffer, StreamRegister])
def test_buffer_keeps_order_and_throughput(kind, idle, stall):
    skid = kind(8)
    words = list(range(200))
    cycles = []

    def fill(value):
        return lambda ctx: ctx.set(skid.i.payload, value)

    async def source(ctx):
        await send(ctx, skid.i, [fill(word) for word in words], random.Random(5), idle)

    async def sink(ctx):
        got = await receive(ctx, skid.o, skid.o.payload, len(words), random.Random(6), stall)
        assert got == words

    async def clock(ctx):
        async for _ in ctx.tick():
            cycles.append(ctx.get(skid.o.valid & skid.o.ready))

    simulate(skid, source, sink, background=[clock])
    if not idle and not stall:
        assert cycles.index(1) <= 2 and sum(cycles[2:190]) >= 187


@pytest.mark.parametrize(("idle", "stall"), [(0, 0), (0.5, 0), (0, 0.5), (0.4, 0.4)])
def test_stage_keeps_order_and_takes_every_other_cycle(idle, stall):
    stage, words, cycles = StreamStage(8), list(range(100)), []

    async def source(ctx):
        fills = [lambda ctx, word=word: ctx.set(stage.i.payload, word) for word in words]
        await send(ctx, stage.i, fills, random.Random(5), idle)

    async def sink(ctx):
        got = await receive(ctx, stage.o, stage.o.payload, len(words), random.Random(6), stall)
        assert got == words

    async def clock(ctx):
        async for _ in ctx.tick():
            cycles.append(ctx.get(stage.o.valid & stage.o.ready))

    simulate(stage, source, sink, background=[clock])
    if not idle and not stall:
        assert sum(cycles[2:190]) == 94


def test_queue_keeps_order():
    queue = MemoryQueue(4, 4)

    async def bench(ctx):
        waiting = []
        rng = random.Random(4)
        for step in range(200):
            put, take = len(waiting) < 4 and rng.random() < 0.5, waiting and rng.random() < 0.5
            if waiting:
                assert ctx.get(queue.o) == waiting[0]
            ctx.set(queue.put, put)
            ctx.set(queue.i, step % 16)
            ctx.set(queue.take, bool(take))
            await ctx.tick()
            waiting = waiting[1:] if take else waiting
            waiting += [step % 16] if put else []

    simulate(queue, bench)


CASES = [(7, 4, None), (5, 8, None), (6, 3, None), (7, 1, None), (1, 2, None), (6, 4, "partial")]


@pytest.mark.parametrize(("z", "width", "partial"), CASES)
def test_the_chunks_of_a_frame_take_its_beats_and_fill_its_columns(z, width, partial):
    spec = small_spec(z, partial=bool(partial))
    chunks = FrameChunks(Addressing(job_of(spec), 2, width))
    assert sum(chunk.need for chunk in chunks.all) == spec.n
    words, (helds, needs) = chunks.words(), chunks.counts
    held, filled = 0, 0
    for word in words:
        assert helds[word["held"]] == held
        held += width * word["takes"] - needs[word["need"]]
        assert 0 <= held < width
        assert not filled & word["here"]
        filled |= word["here"]
        if word["ends_column"]:
            assert filled == (1 << chunks.addressing.groups) - 1
            filled = 0
    taking = [word["due"] for word in words if word["takes"]]
    assert taking == [0] * (len(taking) - 1) + [1] and len(taking) == -(-spec.n // width)
    assert [word["ends_frame"] for word in words] == [0] * (len(words) - 1) + [1]


@pytest.mark.parametrize(("z", "width", "partial"), CASES)
def test_loader_writes_the_channel_word_of_every_lane(z, width, partial):
    spec = small_spec(z, partial=bool(partial))
    options = Options(slots=2, llrs_per_beat=width).resolved(spec)
    addressing, word = Addressing(job_of(spec), 2, width), ChannelWord(spec)
    loader = Loader(options, addressing, word)
    rng = random.Random(z * 100 + width)
    codes = [[rng.randint(-8, 7) for _ in range(spec.n)] for _ in range(6)]
    columns = addressing.loaded_columns
    written: dict[int, list[int]] = {}
    mask, frames_loaded = (1 << word.bits) - 1, []

    def beats(frame):
        padded = frame + [0] * (-len(frame) % width)
        for i in range(0, len(padded), width):
            lanes = [code & (1 << spec.channel.bits) - 1 for code in padded[i : i + width]]
            yield lambda ctx, lanes=lanes: ctx.set(
                loader.i.payload, {"lanes": lanes, "abort": 0}
            )

    def abort(ctx):
        ctx.set(loader.i.payload, {"lanes": [0] * width, "abort": 1})

    async def source(ctx):
        everything = []
        for number, frame in enumerate(codes):
            if number in (2, 3):  # aborts before anything, and in the middle of a frame
                everything += [abort, *list(beats(frame))[: number - 1], abort]
            everything += list(beats(frame))
        await send(ctx, loader.i, everything, rng, 0.2)

    async def sink(ctx):
        for number in range(len(codes)):
            await ctx.tick().until(loader.loaded)
            frames_loaded.append(number)
            await ctx.tick()  # the last word is written in the cycle of the strobe
            app = golden.channel.initial_app(spec, [codes[number]])[0] >> spec.channel.app_shift
            region = number % options.input_regions
            for index, column in enumerate(columns):
                got = written[region << addressing.channel_bits | index]
                natural = app[column * z : (column + 1) * z]
                due = np.roll(natural, addressing.first_group(column) * width)
                value = [v if word.bits > spec.channel.bits else 2 * v + 1 for v in got]
                assert value == due.tolist(), (number, column)
            ctx.set(loader.released, 1)
            await ctx.tick()
            ctx.set(loader.released, 0)

    async def memory(ctx):
        sample = ctx.tick().sample(loader.write, loader.address, loader.word.as_value())
        async for _, _, write, address, lanes in sample:
            if write:
                values = [lanes >> (i * word.bits) & mask for i in range(z)]
                sign = 1 << (word.bits - 1)
                written[address] = [(v ^ sign) - sign for v in values]

    simulate(loader, source, sink, background=[memory])
    assert frames_loaded == list(range(len(codes)))


@pytest.mark.parametrize("stall", [0, 0.3, 0.9])
@pytest.mark.parametrize(
    ("z", "beat", "graph"),
    [*((z, beat, None) for z, beat in ((7, 8), (5, 8), (1, 8), (8, 8), (17, 8), (54, 8), (17, 16),
                                       (20, 16), (3, 32))),
     (6, 8, deficient_graph), (15, 16, deficient_graph), (15, 64, deficient_graph),
     (1, 8, lambda z: scattered_graph())],
)  # fmt: skip
def test_unloader_sends_bits_in_graph_order(z, beat, graph, stall):
    """All bits, or those of the information where they are not the first ones."""
    spec = small_spec(z, graph=graph and graph(z))
    output = INFORMATION if graph else CODEWORD
    options = Options(slots=2, bits_per_beat=beat, output=output).resolved(job_of(spec))
    sent = spec.information_positions if graph else np.arange(spec.n_variables)
    assert (sent == np.arange(len(sent))).all() == (graph is None)
    addressing = Addressing(job_of(spec), 2, options.llrs_per_beat)
    unloader = FrameUnloader(options, addressing)
    rng = random.Random(z * 100 + beat)
    frames = [[rng.randint(0, 1) for _ in range(spec.n_variables)] for _ in range(5)]
    memory, pieces, width = {}, unloader.pieces, unloader.piece_lanes
    for region, bits in enumerate(frames[: options.output_regions]):
        for column, exponent in enumerate(final_exponents(addressing.lifted)):
            lanes = [bits[column * z + (lane + exponent) % z] for lane in range(z)]
            word = sum(lanes[lane % z] << lane for lane in range((pieces + 1) * width))
            memory[region << addressing.hard_bits | column] = word
    beats = -(-len(sent) // beat)

    async def control(ctx):
        await ctx.tick().repeat(4)  # after a reset its table is not ready at once
        for region in range(options.output_regions):
            ctx.set(unloader.region, region)
            ctx.set(unloader.start, 1)
            cycles = 0
            async for _, _, done in ctx.tick().sample(unloader.done):
                cycles += 1
                if done:
                    break
            # Every other frame waits already when the one before it is done.
            if not stall:
                rested = 0 if region % 2 else MicroprogramRom.restart_cycles
                assert cycles == unloader.cycles_per_frame - rested
            if region % 2:
                ctx.set(unloader.start, 0)
                await ctx.tick().repeat(MicroprogramRom.restart_cycles)

    async def sink(ctx):
        for bits in frames[: options.output_regions]:
            got = await receive(ctx, unloader.o, unloader.o.payload, beats, rng, stall)
            assert [word.last for word in got] == [0] * (beats - 1) + [1]
            value = sum(word.bits << (i * beat) for i, word in enumerate(got))
            assert value == sum(bits[place] << i for i, place in enumerate(sent))

    async def storage(ctx):
        pipeline, mask = [0, 0], (1 << width) - 1
        async for _, _, address, piece in ctx.tick().sample(unloader.address, unloader.piece):
            word, odd = memory.get(address, 0), piece % 2
            even, odd = (word >> (piece + half) * width & mask for half in (odd, 1 - odd))
            pipeline = [pipeline[1], even | odd << width]
            ctx.set(unloader.word, pipeline[0])

    simulate(unloader, control, sink, background=[storage])
