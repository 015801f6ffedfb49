"""In lock-step: frames into their words and out of them, between the streams and the memories."""

import random

import pytest
from amaranth_bench import receive, send, simulate
from small_specs import deficient_graph, job_of, small_spec

from hw.frame.options import CODEWORD, INFORMATION
from hw.layered.group_loader import GroupLoader
from hw.layered.options import Options
from hw.layered.program import Addressing, final_exponents
from hw.layered.unloader import GroupUnloader
from hw.lib.microprogram_rom import MicroprogramRom
from hw.min_sum.channel_word import ChannelWord
from quant import golden

CASES = {
    "three_frames_partial": (dict(z=6, partial=True), dict(lanes=2, llrs_per_beat=4)),
    "two_frames_wide_beats": (dict(z=6), dict(lanes=3, llrs_per_beat=8)),
    "beats_that_are_no_power": (dict(z=4, even=True, app_bits=9), dict(lanes=2, llrs_per_beat=3)),
}


def loaded_words(spec, addressing, codes) -> dict[int, list[int]]:
    """Lane v of word (n, r) is bit r + v * frames of column n, turned to its first layer."""
    channel, z = ChannelWord(spec), spec.code.lifting_size
    frames, lanes = addressing.frames, z // addressing.frames
    app = golden.channel.initial_app(spec, [codes])[0] >> spec.channel.app_shift
    words = {}
    for number, column in enumerate(addressing.loaded_columns):
        bits = (app[column * z : (column + 1) * z] >> channel.appends_one).tolist()
        for part in range(frames):
            turn = addressing.first_exponents[column * frames + part]
            words[number * frames + part] = [
                bits[part + (lane + turn) % lanes * frames] for lane in range(lanes)
            ]
    return words


@pytest.mark.parametrize("target", ["generic", "ecp5"])
@pytest.mark.parametrize("case", CASES)
def test_group_loader_writes_the_words_of_every_frame(case, target):
    """Groups that are full and that are not; aborts; a memory that is full for a while."""
    features, chosen = CASES[case]
    spec = small_spec(**features)
    options = Options(slots=2, target=target, **chosen).resolved(job_of(spec))
    frames, width = options.frames(job_of(spec)), options.llrs_per_beat
    addressing = Addressing(job_of(spec), options.slots, width, frames)
    word = ChannelWord(spec)
    loader, rng = GroupLoader(options, addressing, word), random.Random(5)
    codes = [[rng.randint(-8, 7) for _ in range(spec.n)] for _ in range(4 * frames + 1)]
    groups, sizes, strobes = [], [], []
    written: dict[tuple, list[int]] = {}  # by place in the group and address

    def beats(frame):
        for i in range(0, len(frame), width):
            part = frame[i : i + width]
            part = [*part, *(rng.randint(-8, 7) for _ in range(width - len(part)))]
            lanes = [code & (1 << spec.channel.bits) - 1 for code in part]
            yield lambda ctx, lanes=lanes: ctx.set(
                loader.i.payload, {"lanes": lanes, "abort": 0}
            )

    def abort(ctx):
        ctx.set(loader.i.payload, {"lanes": [rng.randrange(16)] * width, "abort": 1})

    async def source(ctx):
        for number, frame in enumerate(codes):
            sent = list(beats(frame))
            if number in (1, 4):  # an abort at once, and one in the middle of a frame
                sent = [abort, *sent[: number // 2], abort, *sent]
            await send(ctx, loader.i, sent, rng, 0.2)
            # Two pauses, and in the second one a group is closed.
            ctx.set(loader.hungry, number > frames)
            if number in (frames, 2 * frames):
                await ctx.tick().repeat(200 if number == frames else 1500)

    async def sink(ctx):
        first = 0
        while first < len(codes):
            while not groups:
                await ctx.tick()
            region, last, there = groups.pop(0)
            sizes.append(last + 1)
            # At first all regions stay taken, while frames come.
            await ctx.tick().repeat(rng.choice([1, 300]) if len(sizes) > 1 else 1000)
            for place in range(last + 1):
                for index, lanes in loaded_words(spec, addressing, codes[first + place]).items():
                    key = place, region << addressing.channel_bits | index
                    # When the group was loaded, and still so until its region is released.
                    assert there[key] == written[key] == lanes, (len(sizes), place, index)
            first += last + 1
            ctx.set(loader.released, 1)
            await ctx.tick()
            ctx.set(loader.released, 0)

    async def memory(ctx):
        sampled = loader.w_en, loader.w_addr, loader.w_data, loader.frame_loaded
        loaded, sign = 0, 1 << (word.bits - 1)
        ends = loader.loaded, loader.last
        async for *_, enable, address, data, there, whole, last in ctx.tick().sample(
            *sampled, *ends
        ):
            strobes.append(there)
            for place in range(frames):
                if enable >> place & 1:
                    lanes = (data[lane] for lane in range(len(loader.w_data)))
                    written[place, address] = [(v ^ sign) - sign for v in lanes]
            if whole:
                groups.append((loaded % options.input_regions, last, dict(written)))
                loaded += 1

    async def due(ctx):  # the beat that is taken next is a frame's last
        taken, beats = 0, -(-spec.n // width)
        sampled = loader.i.valid, loader.i.ready, loader.i.payload.abort, loader.due
        async for *_, valid, ready, aborts, ends in ctx.tick().sample(*sampled):
            if valid and ready:
                assert aborts or ends == (taken == beats - 1)
                taken = 0 if aborts else (taken + 1) % beats

    simulate(loader, source, sink, background=[memory, due])
    assert sum(strobes) == len(codes) == sum(sizes)
    assert sizes[:3] == [frames, frames, 1] and sizes[3] == frames


@pytest.mark.parametrize("stall", [0, 0.9])
@pytest.mark.parametrize(
    ("z", "lanes", "beat", "output"),
    [(6, 2, 8, CODEWORD), (27, 9, 8, CODEWORD), (10, 5, 16, CODEWORD), (4, 2, 32, CODEWORD),
     (15, 5, 8, INFORMATION)],
)  # fmt: skip
def test_group_unloader_sends_the_bits_of_one_frame(z, lanes, beat, output, stall):
    spec = small_spec(z, graph=deficient_graph(z) if output == INFORMATION else None)
    frames, rng = z // lanes, random.Random(z * lanes)
    options = Options(slots=2, lanes=lanes, bits_per_beat=beat, output=output)
    options = options.resolved(job_of(spec))
    leaving = spec.information_positions if output == INFORMATION else range(spec.n_variables)
    addressing = Addressing(job_of(spec), options.slots, options.llrs_per_beat, frames)
    unloader, regions = GroupUnloader(options, addressing), options.output_regions
    stored, finals = unloader.order.stored_bits, final_exponents(addressing.lifted)
    sent = [(rng.randrange(regions), rng.randrange(frames)) for _ in range(5)]
    bits = {place: [rng.randint(0, 1) for _ in range(spec.n_variables)] for place in sent}
    memory = {}  # of a frame: region, word, lane
    for (region, frame), values in bits.items():
        for column in range(spec.code.columns * frames):
            block, part = divmod(column, frames)
            for lane in range(lanes):
                bit = part + (lane + finals[column]) % lanes * frames
                place = (region << addressing.hard_bits | column) * stored + lane
                memory[frame, place] = values[block * z + bit]
    beats = -(-len(leaving) // beat)

    async def control(ctx):
        await ctx.tick().repeat(MicroprogramRom.restart_cycles)
        for number, (region, frame) in enumerate(sent):
            ctx.set(unloader.region, region)
            ctx.set(unloader.frame, 1 << frame)
            ctx.set(unloader.start, 1)
            cycles = 1
            async for *_, done in ctx.tick().sample(unloader.done):
                if done:
                    break
                cycles += 1
            assert stall or cycles <= unloader.cycles_per_frame
            if number % 2:
                ctx.set(unloader.start, 0)
                await ctx.tick().repeat(rng.randrange(1, 9))

    async def sink(ctx):
        for place in sent:
            got = await receive(ctx, unloader.o, unloader.o.payload, beats, rng, stall)
            assert [word.last for word in got] == [0] * (beats - 1) + [1]
            value = sum(word.bits << (i * beat) for i, word in enumerate(got))
            assert value == sum(bits[place][v] << i for i, v in enumerate(leaving))

    async def storage(ctx):
        # Two cycles from the places to their bits, of all frames.
        pipeline = [[0] * frames] * 2
        async for *_, places in ctx.tick().sample(unloader.places):
            found = [sum(memory.get((frame, places[n]), 0) << n for n in range(len(places)))
                     for frame in range(frames)]  # fmt: skip
            pipeline = [pipeline[1], found]
            ctx.set(unloader.bits, pipeline[0])

    simulate(unloader, control, sink, background=[storage])
