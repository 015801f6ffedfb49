"""Control of the precoder: counters, admission, channels and the arrays' controller, each alone."""

import random

import numpy as np
import pytest
from amaranth_bench import simulate
from precoder_bench import Schedule, TableModel, random_channel
from small_precoders import NARROW, small_precoder

from hw.mimo_array.channel import ChannelMemory
from hw.mimo_array.channel_control import ChannelControl
from hw.mimo_array.counter import WindowCounter
from hw.mimo_array.input_arbiter import InputArbiter
from hw.mimo_array.stage import stages
from hw.mimo_array.timing import regions
from hw.precoder.geometry import Geometry
from hw.precoder.options import Options
from hw.precoder.timing import Timing
from quant.precoder.fit import Words
from quant.precoder.spec import Word

MID_TREAD = Words(Word(5, "mid_tread"), Word(4, "mid_rise"), Word(7, "mid_rise"), 11)
FORMS = [("folded", 0), ("unfolded", 0), ("unfolded", 1), ("unfolded", 2)]


def precoder(form: str, stage: int, *size: int):
    g = Geometry(small_precoder(*size), Options(form=form))
    return g, Timing(g), stages(g)[stage]


@pytest.mark.parametrize(("form", "stage"), FORMS)
@pytest.mark.parametrize("event", ["load", "planes_out", "bits_out", "residual_complete"])
def test_counter_shows_the_schedule(form, stage, event):
    """Cycle, slot and round from reset on, over more windows than there are slots."""
    g, timing, stage = precoder(form, stage)
    start = getattr(timing, event)
    counter, schedule = WindowCounter(g, timing, stage, start), Schedule(g, timing, stage)

    async def bench(ctx):
        for time in range(g.window * (timing.slots + g.rounds + 2)):
            found = ctx.get(counter.cycle), ctx.get(counter.slot), ctx.get(counter.round_)
            assert found == schedule.place(time, start), time
            await ctx.tick()

    simulate(counter, bench)


@pytest.mark.parametrize("size", [(8, 4, 1), (8, 4, 3)])
def test_arbiter_admits_what_has_a_place(size):
    """A vector enters if it waits, a channel serves and the output has a place for it."""
    _, timing, _ = precoder("folded", 0, *size)
    arbiter, rng = InputArbiter(timing, 8), random.Random(1)
    places, valid, banks = regions(timing), {}, {}
    admitted, refused, changed, period = 0, {"waiting": 0, "places": 0}, 0, 7
    sending, due = 0, {}

    async def bench(ctx):
        nonlocal places, admitted, changed, sending
        bank = 0
        for cycle in range(4000):
            assert ctx.get(arbiter.admit) == (cycle in due), cycle
            if cycle in due:
                slot, channel, bank_then = due.pop(cycle)
                assert ctx.get(arbiter.admitted_slot) == slot
                assert ctx.get(arbiter.admitted_channel) == channel
                valid[slot], banks[slot], changed = True, bank_then, cycle
            flags = ctx.get(arbiter.valid)
            assert flags == sum(1 << s for s in valid), cycle
            assert all(ctx.get(arbiter.banks) >> s & 1 == banks[s] for s in valid)
            if cycle - changed >= 3:
                idle = all(banks[s] == bank for s in valid)
                assert ctx.get(arbiter.idle_bank) == idle, cycle
            phase = cycle % period
            if phase == 4 and rng.random() < 0.1:
                bank, changed = 1 - bank, cycle
            free = [s for s in range(timing.slots) if s not in valid]
            entry, slot = phase == 0 and bool(free), rng.choice(free or [0])
            waiting, ready = rng.random() < 0.8, rng.random() < 0.9
            channel = rng.randrange(256)
            for port, value in (("entry", entry), ("slot", slot), ("waiting", waiting),
                                ("channel_ready", ready), ("bank", bank),
                                ("channel", channel)):  # fmt: skip
                ctx.set(getattr(arbiter, port), value)
            if entry and waiting and ready and places:
                due[cycle + 2] = slot, channel, bank
                places, admitted = places - 1, admitted + 1
            elif entry:
                refused["waiting" if places else "places"] += 1
            # Vectors leave their slots, and later the output memory.
            leaves = phase in (3, 5) and bool(valid) and rng.random() < 0.4
            gone = rng.choice(sorted(valid)) if leaves else 0
            ctx.set(arbiter.finished, leaves)
            ctx.set(arbiter.finished_slot, gone)
            if leaves:
                del valid[gone]
                sending, changed = sending + 1, cycle
            sent = phase == 2 and sending > 0 and cycle % 400 < 200
            ctx.set(arbiter.sent, sent)
            sending, places = sending - sent, places + sent
            await ctx.tick()

    simulate(arbiter, bench)
    assert admitted > 100 and min(refused.values()) > 20


@pytest.mark.parametrize(("users", "antennas", "words"), [(3, 6, NARROW), (1, 2, MID_TREAD)])
def test_channel_memory_saturates_and_counts(users, antennas, words):
    """Frames with pauses, unfinished ones, and beats that wait at a closed port."""
    spec = small_precoder(antennas, users, words=words)
    memory, rng = ChannelMemory(Geometry(spec, Options())), np.random.default_rng(users)
    lowest = -(1 << (spec.h.bits - 1)) + (spec.h.rise == "mid_tread")
    highest = (1 << (spec.h.bits - 1)) - 1

    async def beat(ctx, real: int, imaginary: int, abort: bool) -> None:
        ctx.set(memory.i.payload, {"bits": (imaginary & 255) << 8 | real & 255, "abort": abort})
        ctx.set(memory.i.valid, 1)
        await ctx.tick().until(memory.i.ready)
        ctx.set(memory.i.valid, 0)

    async def bench(ctx):
        for frame in range(8):
            ctx.set(memory.accept, 1)
            entries = rng.integers(-128, 128, (users, antennas, 2))
            entries = entries // 8 if frame == 3 else entries  # hardly any saturates
            if frame % 3 == 2:
                for real, imaginary in entries.reshape(-1, 2)[: users * antennas - 1].tolist():
                    await beat(ctx, real, imaginary, False)
                await beat(ctx, 100, 100, True)
            for number, (real, imaginary) in enumerate(entries.reshape(-1, 2).tolist()):
                assert number == 0 or not ctx.get(memory.complete)
                for _ in range(int(rng.integers(0, 4)) * (frame % 2)):
                    await ctx.tick()
                await beat(ctx, real, imaginary, False)
            ctx.set(memory.i.payload, {"bits": 77, "abort": 0})
            ctx.set(memory.i.valid, 1)  # the next frame waits already
            assert ctx.get(memory.complete)
            assert not ctx.get(memory.i.ready)
            await ctx.tick()
            ctx.set(memory.accept, 0)
            assert not ctx.get(memory.complete)
            clipped = np.clip(entries, lowest, highest)
            assert ctx.get(memory.saturated) == np.count_nonzero(clipped != entries)
            places = [(u, a) for u in range(users) for a in range(antennas)]
            for n in range(len(places) + memory.latency_cycles):
                assert not ctx.get(memory.i.ready) or n == 0
                if n >= memory.latency_cycles:
                    due = clipped[places[n - memory.latency_cycles]].tolist()
                    assert [ctx.get(memory.real), ctx.get(memory.imaginary)] == due
                ctx.set(memory.user, places[min(n, len(places) - 1)][0])
                ctx.set(memory.antenna, places[min(n, len(places) - 1)][1])
                ctx.set(memory.i.valid, n > 0)
                await ctx.tick()
            ctx.set(memory.i.valid, 0)

    simulate(memory, bench)


def test_channels_change_between_two_buffers():
    """Tables of the buffer that is not in service, once no vector uses it; then they switch."""
    g, *_ = precoder("folded", 0, 5, 2)
    spec, rng = g.spec, np.random.default_rng(4)
    control, model, coin = ChannelControl(g), TableModel(g), random.Random(3)
    channels = [random_channel(spec, rng) for _ in range(4)]
    beats = [(h - 1).reshape(-1, 2) // 2 for h in channels]  # mid-rise codes
    beyond = [0, 3, 0, 7]  # parts beyond full scale: the largest codes of the first user
    for frame, count in zip(beats, beyond, strict=True):
        frame.reshape(-1)[:count] = 100
    switches = []

    async def feed(ctx):
        for frame in beats:
            for real, imaginary in frame.tolist():
                while coin.random() < 0.2:
                    await ctx.tick()
                bits = (imaginary & 255) << 8 | real & 255
                ctx.set(control.i.payload, {"bits": bits, "abort": 0})
                ctx.set(control.i.valid, 1)
                await ctx.tick().until(control.i.ready)
                ctx.set(control.i.valid, 0)

    async def bench(ctx):
        state, bank, since, held = "held", 0, 0, 0
        for cycle in range(12_000):
            now = ctx.get(control.bank), ctx.get(control.number), ctx.get(control.ready)
            if now[0] != bank:
                done = len(switches)
                assert now == (1 - bank, done + 1, 1)
                assert ctx.get(control.saturated) == beyond[done]
                model.check(channels[done], now[0])
                switches.append(cycle)
                bank, state, since, held = now[0], "held", cycle, model.writes
                if len(switches) == len(channels):
                    return
            assert now == (bank, len(switches), int(len(switches) > 0))
            writing = ctx.get(control.writing)
            model.step(ctx.get(control.operand), writing)
            if writing.writes_backward or writing.writes_forward:
                assert writing.bank == 1 - bank and state == "goes"
            # For a while vectors of the channel before use the other buffer.
            if state == "held" and cycle - since > 120:
                assert model.writes == held
                state = "goes"
            ctx.set(control.idle_bank, state == "goes")
            ctx.set(control.backward_idle, coin.random() < 0.8)
            ctx.set(control.forward_idle, coin.random() < 0.8)
            await ctx.tick()

    simulate(control, bench, feed)
    assert len(switches) == len(channels)
