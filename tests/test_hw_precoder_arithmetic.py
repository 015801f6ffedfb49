"""Update, residual, planes and iterate delay of the precoder, each alone, against golden."""

from dataclasses import replace

import numpy as np
import pytest
from amaranth_bench import responses, simulate
from precoder_bench import random_symbols
from small_precoders import NARROW, small_precoder

from hw.mimo_array.geometry import CELL_VALUES, GROUP
from hw.mimo_array.iterate_delay import IterateDelay
from hw.mimo_array.planes import Planes
from hw.mimo_array.stage import Stage
from hw.precoder.geometry import Geometry
from hw.precoder.options import Options
from hw.precoder.residual import Residual
from hw.precoder.timing import Timing
from hw.precoder.update import Update
from quant.golden.arithmetic import saturate, shift_round
from quant.precoder import golden
from quant.precoder.fit import Words
from quant.precoder.spec import Word

WIDE_X = Words(Word(7, "mid_tread"), Word(4, "mid_rise"), Word(5, "mid_rise"), 11)
SATURATES = Words(Word(6, "mid_rise"), Word(3, "mid_rise"), Word(3, "mid_rise"), 7, h_range=1.0)


UPDATES = {
    "multipliers": ({}, NARROW, [0, 1, 2]),
    "multipliers, wide x": ({}, WIDE_X, [0, 1, 2]),
    "writable": ({"writable": True}, NARROW, [0, 2]),
    "hard-wired matched filter": ({"form": "unfolded"}, NARROW, [0]),
    "hard-wired round": ({"form": "unfolded"}, NARROW, [1]),
    "hard-wired last round, wide x": ({"form": "unfolded"}, WIDE_X, [2]),
}


@pytest.mark.parametrize("case", UPDATES)
def test_update_is_quantised_descent(case):
    """Every iterate, with g at all decision thresholds, at random and at the ends of its range."""
    options, words, rounds = UPDATES[case]
    g = Geometry(small_precoder(words=words), Options(**options))
    spec, rng = g.spec, np.random.default_rng(3)
    update, sets, due = Update(g, rounds[0]), [], []
    for round_ in rounds:
        step = spec.rounds[round_ - 1].step if round_ else spec.start
        keep = spec.rounds[round_ - 1].keep.scaled(g.frac_bits) if round_ else 0
        step = step.scaled(g.frac_bits) * g.table_scale
        for code in range(1 << g.x_bits):
            x = 2 * code + 1 - (1 << g.x_bits)
            thresholds = np.arange(-(1 << g.x_bits) // 2, (1 << g.x_bits) // 2 + 1)
            edges = ((thresholds << (g.frac_bits + 1)) - keep * x) // step
            values = [edges, edges + 1, rng.integers(-g.g_maximum, g.g_maximum + 1, 8)]
            for value in np.concatenate([*values, [-g.g_maximum, g.g_maximum]]):
                given = [keep >> g.shifts["keep"], step >> g.shifts["step"]]
                sets.append([int(np.clip(value, -g.g_maximum, g.g_maximum)), code])
                y = keep * x + step * sets[-1][0]
                sets[-1] += [] if g.hard_wired else given
                new = int(golden.quantise(np.array(y), g.frac_bits, spec.x))
                due.append([(new - 1) // 2 + (1 << (g.x_bits - 1))])
    inputs = [update.value, update.old] + ([] if g.hard_wired else [update.keep, update.step])
    assert responses(update, inputs, [update.new], sets, update.latency_cycles) == due
    assert {code for (code,) in due} == set(range(1 << g.x_bits))


@pytest.mark.parametrize(
    ("users", "constellation", "words"),
    [(4, "16qam", NARROW), (5, "64qam", WIDE_X), (1, "qpsk", NARROW), (3, "16qam", SATURATES)],
)
def test_residual_of_planes(users, constellation, words):
    """Vectors without a pause: planes of u to w, with the schedule's times and garbage around."""
    spec = small_precoder(8, users, constellation=constellation, words=words)
    if words is SATURATES:
        spec = replace(spec, u_shift=spec.u_shift - 1)
    g = Geometry(spec, Options())
    timing, rng = Timing(g), np.random.default_rng(users)
    residual, vectors = Residual(g, timing), 12
    limit = g.cells * g.table_maximum
    lanes = g.passes * g.lanes
    sums = rng.integers(-limit, limit + 1, (vectors, lanes, 2, g.x_bits))
    sums = sums // rng.choice([1, 4, 30], (vectors, 1, 1, 1))
    sums[0] = limit
    sums[:, users:] = 0  # of users that are not there
    symbols = random_symbols(spec, rng, vectors)
    symbols[1] = spec.largest_symbol

    weights = 1 << np.arange(g.x_bits)[::-1]
    exact = sums[:, :users] @ weights * g.table_scale
    u = saturate(shift_round(exact, spec.u_shift), (1 << (spec.u_bits - 1)) - 1)
    s_re, s_im = symbols[..., 0], symbols[..., 1]
    reciprocal = [spec.reciprocal(int(e)) for e in (s_re**2 + s_im**2).sum(axis=1)]
    w = golden._residual(spec, s_re, s_im, np.array(reciprocal)[:, None], u[..., 0], u[..., 1])
    due = (np.stack(w, axis=-1) - 1) // 2 + (1 << (g.w_bits - 1))

    found = {}

    def event(cycle: int, start: int) -> tuple[int, int, int]:
        """Vector, pass and cycle of the pass of what begins at ``start`` for the first vector."""
        vector, place = divmod(cycle - start + timing.sums_out, g.window)
        inside = place < g.forward_cycles and 0 <= vector < vectors
        return (vector, place // g.x_bits, place % g.x_bits) if inside else (-1, -1, -1)

    async def bench(ctx):
        for cycle in range(g.window * vectors + timing.residual_complete - timing.sums_out + 2):
            vector, pass_, plane = event(cycle, timing.sums_out)
            planes = rng.integers(-limit, limit + 1, (g.lanes, 2))
            if vector >= 0:
                planes = sums[vector, pass_ * g.lanes : (pass_ + 1) * g.lanes, :, plane]
            ctx.set(residual.sums, planes.tolist())
            ctx.set(residual.first_plane, plane == 0)
            vector, pass_, plane = event(cycle, timing.u_ready)
            codes = rng.integers(-1, 1, (g.lanes, 2))
            at = int(rng.integers(spec.reciprocal(2 * spec.users)))
            if plane == 0:
                members = symbols[vector, pass_ * g.lanes : (pass_ + 1) * g.lanes]
                codes[: len(members)] = (members - 1) // 2
                at = reciprocal[vector]
            ctx.set(residual.symbols, {"parts": (codes % (1 << g.symbol_bits)).tolist(),
                                       "reciprocal": at})  # fmt: skip
            _, pass_, plane = event(cycle, timing.u_ready + timing.sum_levels + 1)
            ctx.set(residual.add_inner, plane == 0)
            first = pass_ == 0 if plane == 0 else int(rng.integers(2))
            ctx.set(residual.first_pass, first)
            complete = event(cycle, timing.projection_ready - 1)
            ctx.set(residual.hold_projection, complete[1:] == (0, 0))
            vector, pass_, plane = event(cycle, timing.residual_ready)
            if plane == 0:
                for n in range(g.lanes):
                    codes = [ctx.get(residual.codes[n][part]) for part in range(2)]
                    found[vector, pass_ * g.lanes + n] = codes
            await ctx.tick()

    simulate(residual, bench)
    for vector in range(vectors):
        for user in range(users):
            assert found[vector, user] == due[vector, user].tolist(), (vector, user)
    if words is SATURATES:
        assert {0, (1 << g.w_bits) - 1} <= set(due.flatten().tolist()) and (abs(u) == 63).any()


STAGES = {"all rounds": Stage(0, 2, 2), "matched filter": Stage(0, 0, 2), "a round": Stage(1, 1, 2)}


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize(
    ("users", "constellation", "words"), [(4, "16qam", NARROW), (5, "64qam", SATURATES)]
)
def test_planes_turn_from_the_top(users, constellation, words, stage):
    """Residual and symbols end with the same plane; more planes of symbols than of residual too."""
    spec = small_precoder(8, users, constellation=constellation, words=words)
    g, stage, rng = Geometry(spec, Options()), STAGES[stage], np.random.default_rng(users)
    planes = Planes(g, stage)
    assert g.plane_count == max(words.w.bits, spec.largest_symbol.bit_length())
    top = g.plane_count - 1
    mask = (1 << g.plane_count) - 1

    async def bench(ctx):
        held = None
        for cycle in range(160):
            residual = rng.integers(0, 1 << g.w_bits, (users, 2))
            symbols = random_symbols(spec, rng)
            load, turn, matched = cycle == 0 or rng.random() < 0.1, rng.random() < 0.6, cycle % 2
            ctx.set(planes.residual, residual.tolist())
            ctx.set(planes.symbols, ((symbols - 1) // 2 % (1 << g.symbol_bits)).tolist())
            ctx.set(planes.load, load)
            ctx.set(planes.turn, turn)
            ctx.set(planes.matched, matched)
            for imaginary in (0, 1) if held is not None else ():
                ctx.set(planes.imaginary, imaginary)
                plane = held >> top & 1
                for group in range(g.user_groups):
                    index = ctx.get(planes.indices[group])
                    for i in range(GROUP):
                        user = GROUP * group + i
                        # Products with h_re and h_im: (a, b) of the real part, then (b, -a).
                        a, b = plane[user] if user < users else (0, 0)
                        bits = (b, 1 - a) if imaginary else (a, b)
                        got = index >> 2 * i & 1, index >> 2 * i + 1 & 1
                        assert user >= users or got == bits, (cycle, user)
            if load:
                takes_symbols = stage.first == 0 and (not stage.iterates or matched)
                offset = (symbols - 1) // 2 + (1 << (g.symbol_bits - 1))
                held = offset if takes_symbols else residual
            elif turn:
                held = held << 1 & mask
            await ctx.tick()

    simulate(planes, bench)


@pytest.mark.parametrize("taken", [0, 7, 20])
@pytest.mark.parametrize("size", [(8, 4, 1), (8, 4, 3), (128, 16, 4)])
def test_iterate_comes_back_in_its_next_round(size, taken):
    """Eight codes of every window, so many windows later and in step with the values."""
    g = Geometry(small_precoder(*size), Options())
    timing = Timing(g)
    delay, rng = IterateDelay(g, timing, taken), np.random.default_rng(taken)
    sent, seen = {}, 0
    assert delay.cycles == timing.loop_windows * g.window - Update.latency_cycles - taken
    total = (timing.loop_windows + 3) * g.window

    async def bench(ctx):
        nonlocal seen
        for cycle in range(total):
            shift = 3 <= cycle % g.window < 3 + CELL_VALUES
            sent[cycle] = int(rng.integers(1 << g.x_bits))
            ctx.set(delay.shift, shift)
            ctx.set(delay.i, sent[cycle])
            if shift and cycle >= delay.cycles:
                assert ctx.get(delay.o) == sent[cycle - delay.cycles], cycle
                seen += 1
            await ctx.tick()

    simulate(delay, bench)
    assert seen >= 2 * CELL_VALUES
