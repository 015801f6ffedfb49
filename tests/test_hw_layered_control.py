"""Control of the block-serial engine, block by block: program, slots, groups, bits of frames."""

import random
from dataclasses import replace

import pytest
from amaranth_bench import simulate
from slot_model import Slots, check
from small_specs import flooding_spec, job_of, small_spec

from hw.layered.bits_memory import BitsMemory
from hw.layered.group_fill import GroupFill
from hw.layered.group_slots import GroupSlots
from hw.layered.options import Options
from hw.layered.program import Addressing, program_words
from hw.layered.schedule import make_schedule
from hw.layered.sequencer import Sequencer
from hw.layered.slots import SlotControl
from quant.retries import Retry


@pytest.mark.parametrize("kind", [small_spec, flooding_spec])
def test_sequencer_makes_addresses_of_words_and_states(kind):
    """A slot's state is another one in every cycle: nothing of it may be kept."""
    job = job_of(kind(z=5, maps="edge", partial=True))
    options = Options(slots=4).resolved(job)
    addressing = Addressing(job, options.slots, options.llrs_per_beat)
    schedule = make_schedule(addressing.lifted, options.slots)
    words, edges = program_words(schedule, addressing), job.n_block_edges
    assert any(word.get("wrapped") for word in words)
    sequencer, rng = Sequencer(job, options, schedule, addressing), random.Random(1)
    edge_fields = ("slot", "first", "last", "first_layer", "last_layer", "app", "c2v")
    periods, seen = 3, []

    async def bench(ctx):
        for _ in range(periods * schedule.period + 20):
            state = {
                "busy": rng.randrange(2), "initial": rng.randrange(2), "last": rng.randrange(2),
                "iteration": rng.randrange(job.iterations),
                "input_region": rng.randrange(options.input_regions),
                "output_region": rng.randrange(options.output_regions),
            }  # fmt: skip
            ctx.set(sequencer.state, state)
            names = (name for name in sequencer.signature.members if name not in ("state", "edge"))
            now = {name: ctx.get(getattr(sequencer, name)) for name in names}
            now["edge"] = ctx.get(sequencer.edge)
            seen.append(now | {"state": state})
            await ctx.tick()

    simulate(sequencer, bench)
    lead = next(place for place, word in enumerate(words) if word.get("front"))
    begin = next(cycle for cycle, now in enumerate(seen) if now["front"]) - 2 - lead
    for number in range(periods * schedule.period):
        word, cycle = words[number % schedule.period], begin + number
        state, now = seen[cycle]["state"], seen[cycle + 2]
        back = word.get("back", 0) and (number >= schedule.period or not word["wrapped"])
        assert seen[cycle + 1]["back"] == back, number
        assert now["front"] == word.get("front", 0), number
        if not now["front"]:
            continue
        assert seen[cycle]["slot"] == word["slot"]
        assert {name: now["edge"][name] for name in edge_fields} == {
            name: word[name] for name in edge_fields
        }  # fmt: skip
        assert now["edge"]["busy"] == state["busy"]
        region = state["output_region"] << addressing.hard_bits
        assert now["edge"]["hard"] == word["column"] | region
        fresh = word["fresh"] and state["initial"]
        assert now["fresh"] == fresh
        assert now["app"] == (addressing.app_zero if fresh else word["app"])
        index = addressing.channel_index(word["column"]) if fresh else addressing.erased_index
        assert now["channel"] == index | state["input_region"] << addressing.channel_bits
        assert now["shift"] == word["fresh_shift" if fresh else "shift"]
        assert now["c2v"] == (addressing.c2v_zero if state["initial"] else word["c2v"])
        if job.flooding:
            assert now["first_visit"] == word["fresh"]
        due = job.map_index[state["iteration"]][word["c2v"] % edges]
        assert seen[cycle + 2 + sequencer.map_cycles]["map"] == due


def run_slots(block, job, options, frames: int, groups: int) -> Slots:
    """Layers of random slots end, six cycles apart, until so many groups have been sent."""
    rng, model, free = random.Random(2), Slots(job, options, frames), options.input_regions
    layers = [0] * options.slots
    rows = len(job.code.rows) * frames

    async def bench(ctx):
        nonlocal free
        while model.sent < groups:
            slot = rng.randrange(options.slots)
            first, last = layers[slot] < frames, layers[slot] == rows - 1
            layers[slot] = (layers[slot] + 1) % rows
            # Mostly good, as a layer's verdict is only one of many.
            odd, changed = (sum((rng.random() < 0.08) << i for i in range(frames)) for _ in "ab")
            changed |= first * rng.randrange(1 << frames)
            end = {"slot": slot, "first": first, "last": last, "odd": odd, "changed": changed}
            ctx.set(block.layer_end, end | {"valid": 1})
            released = model.layer_end(slot, first, last, odd, changed)
            await ctx.tick()
            garbage = {name: rng.randrange(2) for name in ("first", "last", "odd", "changed")}
            ctx.set(block.layer_end, garbage | {"valid": 0, "slot": rng.randrange(options.slots)})
            assert ctx.get(block.released) == released
            free += released
            await ctx.tick().repeat(2)
            assert not ctx.get(block.released)
            if load := free and rng.random() < 0.1:
                last = rng.randrange(frames)
                if frames > 1:
                    ctx.set(block.last, last)
                model.lasts.append(last)
                free -= 1
            ctx.set(block.loaded, bool(load))
            # Slow at first, so that all regions are taken once.
            take = model.sent in model.ended and rng.random() < (0.02 if model.sent < 9 else 0.5)
            ctx.set(block.result_taken, take)
            if take:
                model.take()
            if job.restarts:  # what was sent is not read again
                assert ctx.get(block.released) == take
                free += take
            await ctx.tick()
            ctx.set(block.loaded, 0)
            ctx.set(block.result_taken, 0)
            await ctx.tick().repeat(2)
            ctx.set(block.slot, slot)
            if frames > 1:
                ctx.set(block.writer, slot)
            check(block, model, ctx, slot)

    simulate(block, bench)
    return model


@pytest.mark.parametrize("early_stop", [True, False])
@pytest.mark.parametrize("kind", [small_spec, flooding_spec])
def test_slot_control_starts_counts_and_ends_frames(kind, early_stop):
    job = job_of(kind(z=1, iterations=3, early_stop=early_stop))
    options = Options(slots=3, input_regions=4, output_regions=4).resolved(job)
    model = run_slots(SlotControl(job, options), job, options, 1, groups=40)
    ends = {(group.iterations[0], group.decoded[0]) for group in model.ended.values()}
    assert {(3, False), (3, True)} <= ends and ((1, True) in ends) == early_stop


def test_slot_control_begins_anew_where_a_try_ends():
    spec = small_spec(z=1, iterations=1)
    job = job_of(replace(spec, retries=(Retry(2), Retry(1), Retry(1))))
    options = Options(slots=3).resolved(job)
    assert (options.output_regions, options.input_regions) == (8, 8)
    model = run_slots(SlotControl(job, options), job, options, 1, groups=250)
    found = {model.retry_of(group) for group in model.ended.values()}
    lost = [group for group in model.ended.values() if not group.decoded[0]]
    assert found == {0, 1, 2, 3} and {group.iterations[0] for group in lost} == {5}


@pytest.mark.parametrize("early_stop", [True, False])
def test_group_slots_stop_every_frame_by_itself(early_stop):
    job = job_of(small_spec(z=6, iterations=3, early_stop=early_stop))
    options = Options(slots=2, lanes=2).resolved(job)
    model = run_slots(GroupSlots(job, options, 3), job, options, 3, groups=20)
    groups = model.ended.values()
    uneven = [len(set(g.iterations[: model.lasts[g.number] + 1])) > 1 for g in groups]
    assert any(uneven) == early_stop


@pytest.mark.parametrize("frames", [2, 3])
def test_group_fill_closes_groups(frames):
    """Frames that come at once, with gaps, and with pauses in which a group is closed."""
    fill, rng, cycles = GroupFill(frames), random.Random(frames), []
    pause = fill.pause_cycles
    idle = (0, 0, 0)
    for _ in range(60):  # complete, frame_ends, beat
        for _ in range(rng.randint(2, 5)):
            cycles += [(0, 0, 1)] + [idle] * rng.choice([0, 0, 0, 1, pause // 2])
        held = rng.randint(3, 6)
        cycles += [(1, 0, 0)] * held + [(1, 1, 0)] + [idle] * 2
        cycles += [idle] * rng.choice([0, 0, 1, pause - 3, pause - 2, pause - 1, pause, 2 * pause])
    hungry = rng.random() < 0.5
    place, quiet, closings, waits = 0, 0, 0, []  # waits: when a place or a closing is shown

    async def bench(ctx):
        nonlocal hungry, place, quiet, closings
        due_closed = None
        for number, (complete, ends, beat) in enumerate(cycles):
            hungry = hungry if rng.random() < 0.97 else not hungry
            for name, value in (("complete", complete), ("frame_ends", ends), ("beat", beat)):
                ctx.set(getattr(fill, name), value)
            ctx.set(fill.hungry, hungry)
            while waits and waits[0][0] == number:
                place = waits.pop(0)[1]
            assert ctx.get(fill.frame) == place, number
            assert ctx.get(fill.closed) == (due_closed is not None), number
            if due_closed is not None:
                assert ctx.get(fill.last) == due_closed
            quiet_now = not complete and not beat
            close = quiet_now and quiet >= pause and hungry and place and not waits
            full = ends and place == frames - 1
            assert ctx.get(fill.fills) == bool(close or full), number
            due_closed = place - 1 if close else None
            closings += bool(close)
            if close or full:
                waits.append((number + 2, 0))
            elif ends:
                waits.append((number + 2, place + 1))
            quiet = 0 if complete else quiet + quiet_now
            await ctx.tick()

    simulate(fill, bench)
    assert closings > 5


@pytest.mark.parametrize("wide_writes", [False, True])
def test_bits_memory_writes_the_frames_that_are_enabled(wide_writes):
    lanes, frames, depth, at_once, rng = 3, 2, 8, 2, random.Random(6)
    block = BitsMemory(lanes, frames, depth, at_once, wide_writes)
    model = [[[0] * lanes for _ in range(depth)] for _ in range(frames)]
    asked = []

    async def bench(ctx):
        before = 0, 0, 0  # what was presented a cycle ago is written now
        for cycle in range(400):
            if cycle >= block.latency_cycles:
                due = asked[cycle - block.latency_cycles]
                assert [ctx.get(block.r_data[frame]) for frame in range(frames)] == due
            enable, address, word = before
            before = rng.randrange(4), rng.randrange(depth), rng.randrange(1 << lanes * frames)
            for name, value in zip(("w_en", "w_addr", "w_data"), before, strict=True):
                ctx.set(getattr(block, name), value)
            others = [a for a in range(depth) if a != address or not enable]
            places = [(rng.choice(others), rng.randrange(lanes)) for _ in range(at_once)]
            ctx.set(block.r_places, [a << 2 | lane for a, lane in places])
            asked.append([sum(model[frame][a][lane] << i for i, (a, lane) in enumerate(places))
                          for frame in range(frames)])  # fmt: skip
            for frame in range(frames):
                if enable >> frame & 1:
                    bits = word >> frame * lanes
                    model[frame][address] = [bits >> lane & 1 for lane in range(lanes)]
            await ctx.tick()

    simulate(block, bench)
