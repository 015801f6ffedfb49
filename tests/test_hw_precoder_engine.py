"""An engine of the precoder alone, and the whole precoder at its streams, against golden."""

import random
from collections import defaultdict

import numpy as np
import pytest
from amaranth_bench import simulate
from precoder_bench import (
    X_DELAY,
    Round,
    Schedule,
    check_outputs,
    random_channel,
    random_symbols,
    writer_cycles,
)
from small_precoders import small_precoder

from hw.frame import status
from hw.frame.shell import Shell
from hw.mimo_array.geometry import CELL_VALUES
from hw.mimo_array.stage import stages
from hw.precoder.engine import Engine
from hw.precoder.geometry import Geometry
from hw.precoder.options import Options
from hw.precoder.precoder import Precoder
from hw.precoder.symbols import NIBBLE_BITS
from hw.precoder.timing import Timing
from quant.golden.arithmetic import saturate, shift_round
from quant.precoder import golden
from quant.precoder.fit import Words
from quant.precoder.spec import Word


class EngineBench:
    """Rounds of an unfolded engine: window n of its stage serves a vector of slot n.

    u : (windows, users, 2, planes) sums that the stage before gives, by the window of this stage
    symbols : (slots, users, 2)
    """

    def __init__(self, number: int, windows: int, **features):
        self.g = g = Geometry(small_precoder(**features), Options(form="unfolded"))
        self.timing = timing = Timing(g)
        self.stage, self.before = stages(g)[number], stages(g)[number - 1]
        self.schedule = Schedule(g, timing, self.stage)
        self.rng = rng = np.random.default_rng(number)
        self.h = [random_channel(g.spec, rng) for _ in range(2)]
        self.cycles = [pair for bank in range(2) for pair in writer_cycles(g, self.h[bank], bank)]
        self.first = len(self.cycles) // g.window + timing.loop_windows + 2
        self.last = self.first + windows
        self.length = (self.last + 1) * g.window + timing.u_ready
        self.banks = int(rng.integers(1 << timing.slots))
        self.symbols = random_symbols(g.spec, rng, timing.slots)
        limit = g.cells * g.table_maximum // 6
        shape = (self.last, g.lanes * g.passes, 2, g.x_bits)
        self.u = rng.integers(-limit, limit + 1, shape)
        self.u[:, g.spec.users :] = 0
        self.x = rng.integers(0, 1 << g.x_bits, (g.cells, self.length))
        self.rounds = {}

    def slot(self, window: int) -> int:
        return (window - self.stage.first * self.timing.loop_windows) % self.timing.slots

    def round_of(self, window: int) -> Round:
        if window not in self.rounds:
            g, timing, stage, slot = self.g, self.timing, self.stage, self.slot(window)
            w, x = self.symbols[slot], np.zeros((g.cells, CELL_VALUES), dtype=int)
            if stage.iterates:
                w = self.residual(window, w)
                start = timing.values + (window - timing.loop_windows) * g.window + X_DELAY
                for cell in range(g.cells):
                    x[cell] = self.x[cell, start + cell + 1 :][:CELL_VALUES]
            h = self.h[self.banks >> slot & 1]
            self.rounds[window] = Round(g, stage.first, h, w, x)
        return self.rounds[window]

    def residual(self, window: int, symbols: np.ndarray) -> np.ndarray:
        g, spec = self.g, self.g.spec
        planes = self.u[window, : spec.users] @ (1 << np.arange(g.x_bits)[::-1])
        limit = (1 << (spec.u_bits - 1)) - 1
        u = saturate(shift_round(planes * g.table_scale, spec.u_shift), limit)
        s_re, s_im = symbols[None, :, 0], symbols[None, :, 1]
        reciprocal = np.array([[spec.reciprocal(int((symbols**2).sum()))]])
        w = golden._residual(spec, s_re, s_im, reciprocal, u[None, :, 0], u[None, :, 1])
        return np.stack([part[0] for part in w], axis=-1)

    def event(self, time: int, start: int, cycles: int) -> tuple[int, int] | None:
        window, cycle = divmod(time - start, self.g.window)
        return (window, cycle) if cycle < cycles and self.first <= window < self.last else None

    def word(self, slot: int, pass_: int) -> dict:
        """Of the symbol store."""
        g = self.g
        parts = np.zeros((g.passes * g.lanes, 2), dtype=int)
        parts[: g.spec.users] = (self.symbols[slot] - 1) // 2 % (1 << g.symbol_bits)
        energy = int((self.symbols[slot] ** 2).sum())
        return {"parts": parts[pass_ * g.lanes : (pass_ + 1) * g.lanes].tolist(),
                "reciprocal": g.spec.reciprocal(energy)}  # fmt: skip

    def sums(self, time: int) -> list:
        """Of the stage before: its windows are ``loop_windows`` earlier."""
        g = self.g
        window, cycle = divmod(time - self.timing.sums_out, g.window)
        window += self.timing.loop_windows
        if cycle >= g.forward_cycles or not 0 <= window < self.last:
            return self.rng.integers(-100, 100, (g.lanes, 2)).tolist()
        pass_, plane = divmod(cycle, g.x_bits)
        return self.u[window, pass_ * g.lanes : (pass_ + 1) * g.lanes, :, plane].tolist()


@pytest.mark.parametrize(
    ("number", "features"),
    [(0, dict(antennas=4, iterations=1)),
     (1, dict(iterations=2)),
     (1, dict(antennas=5, users=3, iterations=1, constellation="64qam")),
     (1, dict(antennas=4, iterations=1, constellation="64qam",
              words=Words(w=Word(2, "mid_rise"))))],
)  # fmt: skip
def test_engine_serves_a_round(number, features):
    """The matched filter from symbols; a round from what the one before gives and the symbols."""
    bench = EngineBench(number, 10, **features)
    g, timing, seen = bench.g, bench.timing, defaultdict(int)
    engine = Engine(g, timing, bench.stage, bench.before)

    async def run(ctx):
        ctx.set(engine.banks, bench.banks)
        reads = [(0, 0)] * 3
        for operand, writing in (*bench.cycles, ({}, {})):
            ctx.set(engine.operand, operand)
            ctx.set(engine.writing, writing)
            await ctx.tick()
        for time in range(len(bench.cycles) + 1, bench.length):
            check_outputs(ctx, time, bench, engine, engine.sums_o, seen)
            cycle, slot, _ = bench.schedule.place(time, timing.load)
            assert ctx.get(engine.load) == (cycle == 0)
            ctx.set(engine.admitted_bank, bench.banks >> slot & 1)
            symbols = bench.symbols[slot] if cycle == 0 else random_symbols(g.spec, bench.rng)
            ctx.set(engine.symbols, ((symbols - 1) // 2 % (1 << g.symbol_bits)).tolist())
            if bench.stage.iterates:
                reads = [*reads[1:], (ctx.get(engine.read_slot), ctx.get(engine.read_pass))]
                ctx.set(engine.stored, bench.word(*reads[-3]))
                ctx.set(engine.sums, bench.sums(time))
                ctx.set(engine.x, bench.x[:, time].tolist())
            await ctx.tick()

    simulate(engine, run)
    assert seen["x"] == 10 * CELL_VALUES * g.cells
    assert (seen["sums"] > 0) == bench.stage.forwards
    assert (seen["signs"] > 0) == bench.stage.finishes


def test_whole_precoder():
    """Two channels one after the other while vectors pass; every vector as golden has it."""
    spec, vectors = small_precoder(4, 2, iterations=1), 130
    core = Precoder(g := Geometry(spec, Options()), status.marks(tagged=False))
    precoder = Shell(core)
    rng, coin = np.random.default_rng(3), random.Random(4)
    h = [random_channel(spec, rng) for _ in range(2)]
    symbols = random_symbols(spec, rng, vectors)
    due = [golden.precode(spec, channel, symbols).bits for channel in h]
    taken = []

    async def beats(ctx, name: str, words: list[int]) -> None:
        for number, word in enumerate(words):
            while coin.random() < 0.1:
                await ctx.tick()
            ctx.set(getattr(precoder, f"{name}_tdata"), word)
            ctx.set(getattr(precoder, f"{name}_tlast"), number == len(words) - 1)
            ctx.set(getattr(precoder, f"{name}_tvalid"), 1)
            await ctx.tick().until(getattr(precoder, f"{name}_tready"))
            ctx.set(getattr(precoder, f"{name}_tvalid"), 0)

    async def channels(ctx):
        for channel in h:
            codes = (channel - 1).reshape(-1, 2) // 2
            words = [int(im) % 256 << 8 | int(re) % 256 for re, im in codes.tolist()]
            await beats(ctx, "s_axis_h", words)

    async def vectors_in(ctx):
        for vector in symbols:
            parts = np.ones((g.passes * g.lanes, 2), dtype=int)
            parts[: spec.users] = vector
            beat_parts = parts.reshape(g.passes, -1) & 15
            await beats(ctx, "s_axis", [
                sum(int(part) << n * NIBBLE_BITS for n, part in enumerate(parts))
                for parts in beat_parts
            ])  # fmt: skip

    async def bits_out(ctx):
        while len(taken) < vectors:
            ready = coin.random() >= 0.3
            ctx.set(precoder.m_axis_tready, ready)
            *_, valid, data, user, last = await ctx.tick().sample(
                precoder.m_axis_tvalid, precoder.m_axis_tdata,
                precoder.m_axis_tuser, precoder.m_axis_tlast,
            )  # fmt: skip
            if valid and ready:
                assert last  # up to 16 antennas are one beat
                taken.append((data, user))

    simulate(precoder, channels, vectors_in, bits_out, cycles=30_000)
    for number, (data, user) in enumerate(taken):
        bits = due[user - 1][number].flatten()  # no frame was dropped: the channel's number alone
        assert data == sum(int(bit) << n for n, bit in enumerate(bits)), number
    served = [user for _, user in taken]
    assert served == sorted(served) and set(served) == {1, 2}
