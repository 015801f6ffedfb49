"""The cores of direct decoders alone: codes and tickets in, results out, against golden."""

import random
from dataclasses import dataclass, replace

import numpy as np
import pytest
from amaranth_bench import simulate
from small_specs import flooding_spec, small_graph

from hw.direct.graph import Graph
from hw.direct.iterated import IteratedCore
from hw.direct.unrolled import UnrolledCore
from hw.frame.ports import FrameFormat
from hw.min_sum.channel_word import ChannelWord
from model.encode import Encoder
from quant.golden import decode
from quant.golden.channel import quantise_llr
from quant.spec import Maps, Relaxation, Spec

DEPTH = 32


def tiny(z: int = 2, **features) -> Spec:
    return flooding_spec(**dict(z=z, graph=small_graph(z, 4, 7)) | features)


def odd_words(**features) -> Spec:
    spec = tiny(iterations=2, **features)
    return replace(spec, maps=Maps(((1, 5, 9, 13),), ((0,) * spec.n_block_edges,) * 2))


SPECS = {
    "own maps": lambda: tiny(maps="edge", iterations=3),
    "no early stop": lambda: tiny(z=1, maps="edge", iterations=3, early_stop=False),
    "relaxed, binary": lambda: tiny(z=1, message_bits=5, relaxation=Relaxation(2, 2)),
    "partial, little fraction": lambda: flooding_spec(
        z=2, partial=True, maps="edge", relaxation=Relaxation(2, 1), iterations=2
    ),
    "odd words": lambda: odd_words(z=1, early_stop=False),
}
ITERATED = {"own maps": (0, 0), "no early stop": (0, 1), "relaxed, binary": (1, 6),
            "partial, little fraction": (1, 2)}  # fmt: skip
UNROLLED = {"own maps": (0, 0), "odd words": (0, 1), "partial, little fraction": (1, 2)}


def received(spec: Spec, frames: int, seed: int) -> np.ndarray:
    """Channel codes (frames, n) of random codewords, from clean to hopeless."""
    encoder, rng = Encoder(spec.graph()), np.random.default_rng(seed)
    words = encoder.encode(rng.integers(0, 2, (frames, encoder.k), dtype=np.uint8))
    sent = 1.0 - 2.0 * words[:, spec.transmitted]
    noise = rng.normal(size=sent.shape) * np.linspace(0, 6, frames)[:, None]
    codes = quantise_llr(spec, 5 * sent + noise)
    codes[-1], codes[-2] = spec.channel.minimum_code, spec.channel.maximum_code
    return codes[rng.permutation(frames)]


def form_of(spec: Spec) -> FrameFormat:
    """Of frames whose results are bits."""
    return FrameFormat(spec.n, 4, spec.channel.bits, spec.n_variables, 8)


@dataclass
class Result:
    """Of a frame: what the core said, and the cycles in which it took it and said so."""

    bits: list[int]
    decoded: bool
    iterations: int
    taken: int
    done: int


def run(core, codes: np.ndarray) -> tuple[list[Result], list[Result]]:
    """All frames through a core twice: in a hurry, with always one waiting and always room; then
    frames, room and tickets at random. What the ports hold in between is garbage.
    """
    word = ChannelWord(core.spec)
    steps = core.spec.channel.steps_of(codes.astype(int)) >> word.appends_one
    payloads = [
        sum((int(step) & ((1 << word.bits) - 1)) << (i * word.bits) for i, step in enumerate(frame))
        for frame in steps
    ]
    results = [], []

    async def bench(ctx):
        for hurried, found in zip((True, False), results, strict=True):
            found += await pass_all(ctx, core, payloads, hurried, random.Random(7))

    simulate(core, bench)
    return results


async def pass_all(ctx, core, payloads, hurried: bool, rng) -> list[Result]:
    results: list[Result | None] = [None] * len(payloads)
    tickets, taken, cycle, number, waits = list(range(DEPTH)), {}, 0, 0, hurried
    while any(result is None for result in results):
        waits = waits or rng.random() < 0.3
        offers, ticket = waits and number < len(payloads), rng.choice(tickets)
        room = len(tickets) > 1 and (hurried or rng.random() < 0.5)
        ctx.set(core.i.payload.as_value(), payloads[number] if offers else rng.getrandbits(60))
        ctx.set(core.i.valid, offers)
        ctx.set(core.room, room)
        ctx.set(core.ticket, ticket)
        ready = ctx.get(core.i.ready)
        assert room or not ready
        if offers and ready:
            taken[ticket] = number, cycle
            tickets.remove(ticket)
            number, waits = number + 1, hurried
        if ctx.get(core.done):
            ticket = ctx.get(core.done_ticket)
            frame, begun = taken.pop(ticket)  # fails for a ticket that was not given
            tickets.append(ticket)  # and may be given again at once
            results[frame] = Result(
                [ctx.get(core.result.lanes[v]) for v in range(core.spec.n_variables)],
                bool(ctx.get(core.result.decoded)),
                ctx.get(core.result.iterations),
                begun,
                cycle,
            )
        cycle += 1
        assert cycle < 4000
        await ctx.tick()
    for _ in range(core.latency_cycles):  # nothing is said of frames that never were
        assert not ctx.get(core.done)
        await ctx.tick()
    return results


def check(core, codes: np.ndarray, results: list[Result]) -> None:
    spec, due = core.spec, decode(core.spec, codes)
    for frame, result in enumerate(results):
        assert result.bits == due.bits[frame].tolist(), frame
        assert result.decoded == due.decoded[frame], frame
        assert result.iterations == due.iterations[frame], frame
    counts = set(due.iterations.tolist())
    assert {1, spec.iterations} <= counts if spec.early_stop else counts == {spec.iterations}
    assert set(due.decoded.tolist()) == {False, True}


@pytest.mark.parametrize("case", ITERATED)
def test_iterated_core(case):
    """A frame in every stage, each replaced as it ends; a pass takes the core's stages."""
    spec = SPECS[case]()
    codes = received(spec, 60, 1)
    core = IteratedCore(spec, Graph(spec), ITERATED[case], DEPTH, form_of(spec))
    hurried, slow = run(core, codes)
    for results in (hurried, slow):
        check(core, codes, results)
        for result in results:
            passes = result.iterations + 1  # the first one only has the channel's values
            assert result.done - result.taken == core.stages * passes + 1 <= core.latency_cycles
    # In a hurry all stages are in use until the last frame is taken.
    used = sum(core.cycles_per_frame(result.iterations) for result in hurried)
    assert used - core.stages * (spec.iterations + 1) <= hurried[-1].taken <= used < slow[-1].taken


@pytest.mark.parametrize("case", UNROLLED)
def test_unrolled_core(case):
    """A frame a clock, in and out, the answer fixed where its bits first hold."""
    spec = SPECS[case]()
    codes = received(spec, 60, 2)
    core = UnrolledCore(spec, Graph(spec), UNROLLED[case], DEPTH, form_of(spec))
    hurried, slow = run(core, codes)
    for results in (hurried, slow):
        check(core, codes, results)
        assert {result.done - result.taken for result in results} == {core.latency_cycles}
    assert [result.taken for result in hurried] == list(range(len(codes)))
    assert slow[-1].taken > 2 * len(codes)
