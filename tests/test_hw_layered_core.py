"""The block-serial engine's datapath and its core, each by its own ports, against golden."""

import random
from dataclasses import replace

import numpy as np
import pytest
from amaranth.hdl import Module
from amaranth_bench import receive, send, simulate
from carry_models import cell
from small_specs import flooding_spec, small_spec

from hw.layered.core import LayeredCore
from hw.layered.datapath import Datapath
from hw.layered.options import Options
from hw.layered.pipeline import Pipeline
from hw.layered.program import Addressing, final_exponents
from hw.layered.schedule import make_schedule, passes
from hw.layered.sequencer import Sequencer
from hw.lib import target_ecp5
from hw.lib.memory import BlockMemory
from hw.min_sum.arithmetic import MinSum
from quant import golden
from quant.golden import layered
from quant.golden.state import State
from quant.spec import Maps, Relaxation, Spec


def layers_of(spec: Spec, codes) -> list[tuple[np.ndarray, list[tuple[bool, bool]]]]:
    """Of one frame by pass: hard decisions at its end; whether each layer is odd and changed a bit.

    With flooding those of a pass are of the sums that it begins with, and nothing changes.
    """
    state = State.of_values(spec, golden.channel.initial_app(spec, [codes]))
    found = []
    for iteration in range(passes(MinSum(spec).job, spec.iterations)):
        if spec.flooding:
            ones = state.app[:, 0] < 0
            odd = [bool(np.logical_xor.reduce(ones[row.variables]).any()) for row in state.rows]
            found.append((ones, [(odd_row, False) for odd_row in odd]))
            if iteration < spec.iterations:
                state.iteration = iteration
                golden.flooding.iteration(spec, state)
            continue
        layers = []
        for row in state.rows:
            odd, changed = layered._update_layer(spec, row, iteration, state.app, state.messages)
            layers.append((bool(odd.any()), bool(changed[0])))
        found.append((state.app[:, 0] < 0, layers))
    return found


def channel_memory(spec: Spec, addressing: Addressing, frames: list, channel) -> BlockMemory:
    """Frame after frame in its regions, as the loader leaves them."""
    z, lane_bits = spec.code.lifting_size, channel.bits
    init = [0] * (len(frames) << addressing.channel_bits)
    for region, codes in enumerate(frames):
        app = golden.channel.initial_app(spec, [codes])[0] >> spec.channel.app_shift
        for index, column in enumerate(addressing.loaded_columns):
            lanes = app[column * z : (column + 1) * z] >> channel.appends_one
            lanes = np.roll(lanes, addressing.first_group(column) * addressing.llrs_per_beat)
            word = sum((int(v) & (1 << lane_bits) - 1) << i * lane_bits
                       for i, v in enumerate(lanes))  # fmt: skip
            init[region << addressing.channel_bits | index] = word
    return BlockMemory(lane_bits * z, len(init), init)


DATAPATHS = {
    "odd_words": (dict(z=5, app_bits=9, even=True, maps="edge"), {}),
    "saturating_partial": (dict(z=6, partial=True), dict(fifo="distributed")),
    "relaxed_carry_cells": (dict(z=3, relaxation=Relaxation(2, 2)), dict(target="ecp5")),
    "ties_carry_cells": (dict(z=9, ties=True, app_bits=9), dict(target="ecp5")),
    "flooding": (dict(z=5, maps="edge", ties=True), {}),
}


@pytest.mark.parametrize("case", DATAPATHS)
def test_datapath_is_golden_layer_by_layer(case, monkeypatch):
    """Two slots; this bench says, as the slot control would, in which iteration they are."""
    monkeypatch.setattr(target_ecp5, "Instance", cell)
    features, chosen = DATAPATHS[case]
    make = flooding_spec if case == "flooding" else small_spec
    spec = make(**features | {"iterations": 3, "early_stop": False})
    options = Options(**chosen, slots=2, input_regions=2, output_regions=4)
    arithmetic = MinSum(spec, options.target)
    job, z = arithmetic.job, spec.code.lifting_size
    options = options.resolved(job)
    addressing = Addressing(job, options.slots, options.llrs_per_beat)
    schedule = make_schedule(addressing.lifted, options.slots, way=1)
    rng, finals = np.random.default_rng(4), final_exponents(addressing.lifted)
    frames = [rng.integers(-8, 8, spec.n).tolist() for _ in range(2)]
    # One of them is decoded, so that its layers are even.
    frames[1] = np.where(rng.random(spec.n) < 0.03, -1, 6).tolist()
    due = [layers_of(spec, codes) for codes in frames]
    pipeline = Pipeline(arithmetic.times, z, way=1)
    sequencer = Sequencer(job, options, schedule, addressing)
    waiting = schedule.longest_wait - pipeline.indexed
    datapath = Datapath(arithmetic, options, pipeline, addressing, sequencer, waiting)
    m = Module()
    m.submodules.datapath = datapath
    m.submodules.channel = channel = channel_memory(spec, addressing, frames, arithmetic.channel)
    m.d.comb += [
        channel.r_addr.eq(datapath.channel_address),
        datapath.channel_word.as_value().eq(channel.r_data),
    ]
    last_pass, layers = passes(job, job.iterations) - 1, len(job.code.rows)
    turn, seen, written = [None, None], [[], []], {}

    def state_of(slot: int) -> dict:
        if turn[slot] is None or turn[slot] > last_pass:
            return {"busy": 0, "initial": slot, "iteration": slot}
        return {
            "busy": 1, "initial": turn[slot] == 0, "last": turn[slot] == last_pass,
            "iteration": turn[slot], "input_region": slot, "output_region": 3 - slot,
        }  # fmt: skip

    def decisions(slot: int) -> list[int]:
        bits = []
        for column, exponent in enumerate(finals):
            word = written[(3 - slot) << addressing.hard_bits | column]
            bits += [word >> (bit - exponent) % z & 1 for bit in range(z)]
        return bits

    async def bench(ctx):
        while None in turn or min(turn) <= last_pass:
            ctx.set(datapath.state, state_of(ctx.get(datapath.slot)))
            if ctx.get(datapath.hard_write):
                written[ctx.get(datapath.hard_address)] = ctx.get(datapath.hard_word)
            end = ctx.get(datapath.layer_end)
            await ctx.tick()
            slot = end.slot
            if not end.valid:
                continue
            busy = turn[slot] is not None and turn[slot] <= last_pass
            if busy:
                seen[slot].append((bool(end.odd), bool(end.changed)))
                layer = (len(seen[slot]) - 1) % layers
                assert (end.first, end.last) == (layer == 0, layer == layers - 1)
                if end.last:
                    bits, verdicts = due[slot][turn[slot]]
                    assert seen[slot][-layers:] == verdicts, (slot, turn)
                    assert decisions(slot) == bits.tolist(), (slot, turn)
            if end.last:
                turn[slot] = 0 if turn[slot] is None else turn[slot] + 1

    simulate(m, bench)
    verdicts = {verdict for frame in due for _, layer in frame for verdict in layer}
    assert {odd for odd, _ in verdicts} == {False, True}
    assert spec.flooding or {changed for _, changed in verdicts} == {False, True}


CORES = {
    "alone": (dict(z=3, partial=True), dict(slots=3)),
    "odd_words": (
        dict(z=3, app_bits=9, even=True), dict(slots=2, input_regions=2, target="ecp5"),
    ),
    "flooding": (
        dict(z=2, relaxation=Relaxation(2, 1)),
        dict(slots=2, input_regions=2, llrs_per_beat=8),
    ),
    "lock_step": (
        dict(z=4, ties=True),
        dict(lanes=2, slots=1, output_regions=2, bits_per_beat=16),
    ),
}


@pytest.mark.parametrize("case", CORES)
def test_core_answers_in_order_with_the_marks_of_the_frames(case, monkeypatch):
    """Random frames and decodable ones, aborts in between, idle cycles and stalls."""
    monkeypatch.setattr(target_ecp5, "Instance", cell)
    features, chosen = CORES[case]
    spec = (flooding_spec if case == "flooding" else small_spec)(**features | {"iterations": 3})
    # After the last iteration a frame that should have stopped is what came from the channel.
    codebook = spec.maps.codebook[0], (0,) * len(spec.maps.codebook[0])
    index = tuple((int(last),) * spec.n_block_edges for last in (False, False, True))
    spec = replace(spec, maps=Maps(codebook, index))
    arithmetic = MinSum(spec, chosen.get("target", "generic"))
    options = Options(**chosen).resolved(arithmetic.job)
    core, rng = LayeredCore(arithmetic, options, {"name": 6}), random.Random(9)
    form, count = core.format, 11  # odd: the last group of frames is not full
    assert (form.input_beats, form.bits) == (-(-spec.n // options.llrs_per_beat), spec.n_variables)
    draws = np.random.default_rng(9)
    codes = draws.integers(-8, 8, (count, spec.n))
    codes[::2] = np.where(draws.random((count // 2 + count % 2, spec.n)) < 0.05, -2, 5)
    due = golden.decode(spec, codes)
    assert len(set(due.decoded)) == 2 and len(set(due.iterations)) > 1
    names = [rng.randrange(64) for _ in range(count)]

    def beat(codes, mark, abort=0):
        values = [code & (1 << form.value_bits) - 1 for code in codes]
        values += [rng.randrange(1 << form.value_bits)] * (form.values_per_beat - len(values))
        payload = {"values": values, "abort": abort, "mark": {"name": mark}}
        return lambda ctx: ctx.set(core.i.payload, payload)

    async def source(ctx):
        for number, frame in enumerate(codes.tolist()):
            width = form.values_per_beat
            beats = [beat(frame[i : i + width], names[number]) for i in range(0, spec.n, width)]
            if number % 5 == 1:  # in the place of the first beat, of another, of the last
                abort = beat([], 63 - names[number], 1)
                beats = [*beats[: min(number // 2, len(beats) - 1)], abort, *beats]
            await send(ctx, core.i, beats, rng, 0.1)

    async def sink(ctx):
        await ctx.tick().repeat(2)
        assert ctx.get(core.room)
        stuck = 0  # until nothing more goes in
        while stuck < 400:
            *_, valid, ready = await ctx.tick().sample(core.i.valid, core.i.ready)
            stuck = stuck + 1 if valid and not ready else 0
        assert not ctx.get(core.room)
        for number in range(count):
            got = await receive(ctx, core.o, core.o.payload, form.output_beats, rng, 0.3)
            assert [word.last for word in got] == [0] * (form.output_beats - 1) + [1]
            value = sum(word.bits << (i * form.bits_per_beat) for i, word in enumerate(got))
            assert value == sum(int(bit) << i for i, bit in enumerate(due.bits[number])), number
            status = bool(due.decoded[number]), int(due.iterations[number])
            for word in got:
                assert (word.status.decoded, word.status.iterations) == status, number
                assert word.mark.name == names[number]
        for _ in range(100):
            assert not ctx.get(core.o.valid), "an answer too many"
            await ctx.tick()

    async def due_beats(ctx):
        taken = 0
        sampled = core.i.valid, core.i.ready, core.i.payload.abort, core.due
        async for *_, valid, ready, abort, last in ctx.tick().sample(*sampled):
            if valid and ready:
                assert abort or last == (taken == form.input_beats - 1)
                taken = 0 if abort or last else taken + 1

    simulate(core, source, sink, background=[due_beats])
