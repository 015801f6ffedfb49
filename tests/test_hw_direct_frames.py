"""The direct decoder's frames: from beats, back into order, and with soft values and marks."""

import random
from dataclasses import replace

import numpy as np
import pytest
from amaranth.sim import Simulator
from amaranth_bench import receive, send, simulate
from small_specs import flooding_spec, scattered_graph

from hw.direct.decoder import DirectDecoder
from hw.direct.loader import FrameLoader
from hw.direct.options import Options
from hw.direct.results import Results
from hw.frame.ports import FrameFormat
from quant import golden
from quant.spec import Maps, Relaxation


def form_of(values: int = 7, bits: int = 11, soft_bits: int = 0) -> FrameFormat:
    return FrameFormat(
        values=values, values_per_beat=3, value_bits=4, bits=bits, bits_per_beat=4,
        mark={"name": 6}, soft_bits=soft_bits,
    )  # fmt: skip


@pytest.mark.parametrize("stall", [0, 0.7])
@pytest.mark.parametrize("values", [7, 6, 3, 2])
def test_frame_loader_collects_whole_frames(values, stall):
    form, rng = form_of(values), random.Random(values)
    loader, width = FrameLoader(form), form.values_per_beat
    frames = [[rng.randrange(16) for _ in range(form.input_beats * width)] for _ in range(30)]
    names = [rng.randrange(64) for _ in frames]

    def fill(values, name, abort):
        return lambda ctx: ctx.set(
            loader.i.payload, {"values": values, "abort": abort, "mark": {"name": name}}
        )

    async def source(ctx):
        for number, (frame, name) in enumerate(zip(frames, names, strict=True)):
            beats = [fill(frame[i : i + width], name, 0) for i in range(0, len(frame), width)]
            if number % 3 == 1:  # in the place of any beat
                kept = rng.randrange(len(beats))
                beats = [*beats[:kept], fill([15] * width, 63 - name, 1), *beats]
            await send(ctx, loader.i, beats, rng, 0.2)

    async def sink(ctx):
        got = await receive(ctx, loader.o, loader.o.payload, len(frames), rng, stall)
        for frame, name, word in zip(frames, names, got, strict=True):
            assert [word["values"][i] for i in range(values)] == frame[:values]
            assert word.mark.name == name

    async def due(ctx):
        taken = 0
        sampled = loader.i.valid, loader.i.ready, loader.i.payload.abort, loader.due
        async for *_, valid, ready, abort, last in ctx.tick().sample(*sampled):
            assert last == (taken == form.input_beats - 1)
            if valid and ready:
                taken = 0 if abort or last else taken + 1

    simulate(loader, source, sink, background=[due])


def test_an_abort_does_not_wait_for_the_frame_before():
    loader = FrameLoader(form_of())
    beat = {"values": [1, 2, 3], "mark": {"name": 1}}

    async def bench(ctx):
        await ctx.tick()
        ctx.set(loader.i.valid, 1)
        ctx.set(loader.i.payload, beat)
        await ctx.tick().repeat(3)  # a whole frame, which nobody takes
        assert ctx.get(loader.o.valid)
        await ctx.tick().repeat(2)
        assert ctx.get(loader.due) and not ctx.get(loader.i.ready)
        ctx.set(loader.i.payload, beat | {"abort": 1})
        assert ctx.get(loader.i.ready)
        await ctx.tick()
        assert ctx.get(loader.o.valid) and not ctx.get(loader.due) and ctx.get(loader.i.ready)

    simulator = Simulator(loader)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()


@pytest.mark.parametrize("stall", [0, 0.6])
@pytest.mark.parametrize("soft_bits", [0, 5])
def test_results_leave_in_the_order_of_the_tickets(soft_bits, stall):
    """Frames finish in any order; at first nothing is taken, until no frame may enter any more."""
    form, depth, rng, count = form_of(soft_bits=soft_bits), 4, random.Random(soft_bits), 60
    results, inside, entered, frames = Results(form, depth), [], [], []
    for _ in range(count):
        lanes = [rng.randrange(1 << (soft_bits or 1)) for _ in range(form.bits)]
        status = {"decoded": rng.randrange(2), "iterations": rng.randrange(128)}
        frames.append((lanes, status, rng.randrange(64)))
    ends = [0, 1 << (soft_bits or 1) - 1, (1 << (soft_bits or 1)) - 1]  # of the lanes' range
    frames[0] = ([rng.choice(ends) for _ in range(form.bits)], *frames[0][1:])

    async def source(ctx):
        while len(entered) < count or inside:
            enters = len(entered) < count and ctx.get(results.room) and rng.random() < 0.5
            ctx.set(results.admit, enters)
            ctx.set(results.mark, {"name": frames[len(entered)][2] if enters else 63})
            done = inside.pop(rng.randrange(len(inside))) if inside and rng.random() < 0.5 else None
            ctx.set(results.done, done is not None)
            lanes, status, _ = frames[done or 0]
            ctx.set(results.result, {"lanes": lanes, **status})
            ctx.set(results.done_ticket, rng.randrange(depth) if done is None else done % depth)
            if enters:
                assert ctx.get(results.ticket) == len(entered) % depth
                inside.append(len(entered))
                entered.append(len(entered))
            await ctx.tick()
        ctx.set(results.admit, 0)
        ctx.set(results.done, 0)

    async def sink(ctx):
        await ctx.tick().repeat(60)
        assert len(entered) == depth + 1 and not ctx.get(results.room)
        for lanes, status, name in frames:
            beats = form.output_beats
            got = await receive(ctx, results.o, results.o.payload, beats, rng, stall)
            assert [word.last for word in got] == [0] * (beats - 1) + [1]
            padded = [*lanes, *[0] * (beats * form.bits_per_beat - form.bits)]
            signs = [lane >> (soft_bits or 1) - 1 for lane in padded]
            assert [word.bits >> i & 1 for word in got for i in range(4)] == signs
            if soft_bits:
                soft = [word.soft[i] % (1 << soft_bits) for word in got for i in range(4)]
                assert soft == padded
            for word in got:
                assert (word.status.decoded, word.status.iterations) == tuple(status.values())
                assert word.mark.name == name

    simulate(results, source, sink)


DECODERS = {
    "iterated": (dict(z=1, iterations=4), {}),
    "iterated_relaxed": (
        dict(z=1, iterations=3, relaxation=Relaxation(2, 1)), {"bits_per_beat": 16},
    ),
    "iterated_partial_narrow_beats": (dict(z=2, iterations=3, partial=True), {"llrs_per_beat": 4}),
    "unrolled_odd_words": (dict(z=1, iterations=2), {"form": "unrolled"}),
    "unrolled": (dict(z=1, iterations=2), {"form": "unrolled", "llrs_per_beat": 4}),
    "iterated_information": (
        dict(z=1, iterations=3, graph=scattered_graph(10)), {"output": "information"},
    ),
    "unrolled_a_beat_a_frame": (dict(z=1, iterations=2), {"form": "unrolled"}),
}  # fmt: skip


@pytest.mark.parametrize(
    ("case", "soft"), [*((case, True) for case in DECODERS), ("iterated", False)]
)
def test_decoder_answers_soft_values_and_marks(case, soft):
    features, chosen = DECODERS[case]
    spec, rng = flooding_spec(**features), random.Random(3)
    if case.endswith("odd_words"):
        index = ((0,) * spec.n_block_edges,) * spec.iterations
        spec = replace(spec, maps=Maps(((1, 5, 9, 13),), index))
    options = Options(**chosen, decisions="soft" if soft else "hard")
    decoder, count = DirectDecoder(spec, options, {"name": 6}), 16
    form, draws = decoder.format, np.random.default_rng(5)
    codes = draws.integers(-8, 8, (count, spec.n))
    codes[::2] = np.where(draws.random((len(codes[::2]), spec.n)) < 0.08, -2, 5)
    codes[0], codes[1] = 7, -8  # the ends of the channel's range
    due = golden.decode(spec, codes)
    assert len(set(due.decoded)) == 2 and len(set(due.iterations)) > 1
    leaving = spec.information_positions if "output" in chosen else np.arange(spec.n_variables)
    names = [rng.randrange(64) for _ in range(count)]
    width, lanes = form.values_per_beat, form.bits_per_beat

    def beat(codes, name, abort=0):
        values = [int(code) & (1 << form.value_bits) - 1 for code in codes]
        values += [rng.randrange(1 << form.value_bits)] * (width - len(values))
        payload = {"values": values, "abort": abort, "mark": {"name": name}}
        return lambda ctx: ctx.set(decoder.i.payload, payload)

    async def source(ctx):
        for number, frame in enumerate(codes):
            beats = [beat(frame[i : i + width], names[number]) for i in range(0, spec.n, width)]
            if number % 5 == 1:  # after some of the frame's beats, at times all but the last
                abort = beat([], 63 - names[number], 1)
                beats = [*beats[: min(number // 2, len(beats) - 1)], abort, *beats]
            await send(ctx, decoder.i, beats, rng, 0.1)

    async def sink(ctx):
        for number in range(count):
            got = await receive(ctx, decoder.o, decoder.o.payload, form.output_beats, rng, 0.3)
            assert [word.last for word in got] == [0] * (form.output_beats - 1) + [1]
            padding = [0] * (form.output_beats * lanes - len(leaving))
            bits = [word.bits >> i & 1 for word in got for i in range(lanes)]
            assert bits == due.bits[number, leaving].tolist() + padding, number
            if soft:
                values = [word.soft[i] for word in got for i in range(lanes)]
                assert values == due.soft[number, leaving].tolist() + padding, number
            status = bool(due.decoded[number]), int(due.iterations[number])
            for word in got:
                assert (word.status.decoded, word.status.iterations) == status, number
                assert word.mark.name == names[number], number
        for _ in range(50):
            assert not ctx.get(decoder.o.valid), "an answer too many"
            await ctx.tick()

    simulate(decoder, source, sink)
    assert decoder.format.soft_bits == (spec.app_bits if soft else 0)
