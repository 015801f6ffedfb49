"""Blocks of the detector, each alone: residual, estimates, y in the cells, tables of results."""

from dataclasses import replace

import numpy as np
import pytest
from amaranth_bench import responses, simulate
from small_detectors import small_detector

from hw.mimo_array.geometry import CELL_VALUES
from hw.mimo_array.received import Received
from hw.mimo_detector.geometry import Geometry
from hw.mimo_detector.options import Options
from hw.mimo_detector.residual import Residual
from hw.mimo_detector.symbol_estimate import SymbolEstimate
from hw.mimo_detector.timing import Timing
from hw.mimo_detector.words import table_words
from quant.golden.arithmetic import shift_round
from quant.golden.words import quantise
from quant.mimo_detector import tables
from quant.words import Word

SPECS = {
    "lmmse": small_detector(),
    "zero, mid-tread": replace(
        small_detector(start="zero", rounds=2), h=Word(6, "mid_tread"), w=Word(6, "mid_tread")
    ),
    "no rounding of u": replace(small_detector(rounds=1), u_shift=0),
}


@pytest.mark.parametrize("case", SPECS)
def test_residual(case):
    """Random values and the ends of all ranges, in the rounds of the spec one after the other."""
    g = Geometry(SPECS[case], Options())
    spec, rng = g.spec, np.random.default_rng(5)
    block, sets, due = Residual(g), [], []
    y_limit, z_limit = 1 << (spec.y.bits - 1), 1 << spec.z.bits
    for n in range(2000):
        momentum, first = (g.coefficients[name][n % g.rounds] for name in ("momentum", "first"))
        y = int(rng.integers(-y_limit, y_limit))
        near = (2 * y + 1 << spec.y_shift) // g.table_scale  # so that little is left
        value = int(rng.integers(-g.g_maximum, g.g_maximum + 1))
        if n % 3:
            value = int(np.clip(near + value // 64, -g.g_maximum, g.g_maximum))
        old = int(rng.integers(z_limit))
        sets.append([y, value, old, momentum, first])
        x_part = 0 if first else value * g.table_scale
        sums = ((2 * y + 1 << spec.y_shift) - x_part) << spec.momentum_frac_bits
        shift = spec.start.shift if first and spec.start else spec.z_shift
        sums += momentum * (2 * old + 1 - z_limit) << spec.z_shift
        new = quantise(np.array(sums), shift + spec.momentum_frac_bits, spec.z)
        due.append([(int(new) + spec.z.maximum) >> 1])
    ports = [block.received, block.value, block.old, block.momentum, block.first]
    assert responses(block, ports, [block.new], sets, Residual.latency_cycles) == due
    assert len(set(map(tuple, due))) > z_limit // 2


@pytest.mark.parametrize("case", SPECS)
def test_estimate(case):
    """Planes of a pass to r and through the table, and what leaves the word of r."""
    g = Geometry(SPECS[case], Options())
    spec, rng = g.spec, np.random.default_rng(6)
    block, bits = SymbolEstimate(g), spec.z.bits
    words = table_words(g)
    items = 2 * g.unit_users
    found, due = [], []

    async def bench(ctx):
        for n in range(40):
            round_ = n % g.rounds
            spread = 1 + (g.cells * g.table_maximum >> (0, 3, 6)[n % 3])
            planes = rng.integers(-spread, spread, (bits, g.lanes, 2))
            old = rng.integers(0, 1 << g.w_bits, (items, g.units))
            sums = (planes << np.arange(bits)[::-1, None, None]).sum(axis=0) * g.table_scale
            u = shift_round(sums, spec.u_shift)
            wanted, beyond = [], []
            for k in range(items):
                for unit in range(g.units):
                    lane = unit + g.units * (k // 2)
                    if lane >= g.lanes:
                        continue
                    x = (2 * int(old[k, unit]) - spec.x.maximum) if round_ else 0
                    r = (x << spec.gain_frac_bits) + g.gains[round_] * int(u[lane, k % 2])
                    shift = spec.gain_frac_bits - spec.r_frac_bits
                    code = (int(quantise(np.array(r), shift, spec.r)) + spec.r.maximum) >> 1
                    wanted.append(words[round_ << spec.r.bits | code])
                    limit = (spec.r.maximum + 1) << shift
                    beyond.append((k, not -limit <= r < limit))
            due.append((wanted, [any(b for at, b in beyond if at == k) for k in range(items)]))
            for plane in range(bits):
                ctx.set(block.first_plane, plane == 0)
                for lane in range(g.lanes):
                    for part in range(2):
                        ctx.set(block.sums[lane][part], int(planes[plane, lane, part]))
                await ctx.tick()
            ctx.set(block.take, 1)
            await ctx.tick()
            ctx.set(block.take, 0)
            seen, over = {}, []
            for cycle in range(items + 8):  # item 0 is at the units in cycle 0
                ctx.set(block.gain, g.gains[round_])
                ctx.set(block.first, round_ == 0)
                ctx.set(block.table_round, round_)
                if 1 <= cycle <= items:
                    for unit in range(g.units):
                        ctx.set(block.old[unit], int(old[cycle - 1, unit]))
                await ctx.delay(0)
                if 6 <= cycle < items + 6:
                    over.append(bool(ctx.get(block.beyond)))
                if 7 <= cycle < items + 7:
                    seen[cycle - 7] = [ctx.get(block.words[unit]) for unit in range(g.units)]
                await ctx.tick()
            words_found = [
                seen[k][unit] for k in range(items) for unit in range(g.units)
                if unit + g.units * (k // 2) < g.lanes
            ]  # fmt: skip
            found.append((words_found, over))

    simulate(block, bench)
    assert found == due
    assert any(any(over) for _, over in due) and not all(any(over) for _, over in due)


def test_received_values_stay_with_their_vector():
    """Two vectors in turn, other windows between: every round sees its own vector's values."""
    g = Geometry(small_detector(), Options())
    timing, rng = Timing(g), np.random.default_rng(7)
    block = Received(g, timing)
    vectors = rng.integers(-100, 100, (4, CELL_VALUES))
    found, due = [], []

    async def bench(ctx):
        windows = timing.loop_windows * 3
        for window in range(windows):
            turn, slot = divmod(window, timing.loop_windows)
            ours = slot < 2 and turn < 2
            if slot < 2 and turn == 0:
                for part in range(CELL_VALUES // g.input_values):
                    values = vectors[slot][part * g.input_values :][: g.input_values]
                    ctx.set(block.mine, 1)
                    ctx.set(block.i.part, part)
                    for place, value in enumerate(values.tolist()):
                        ctx.set(block.i["values"][place], value)
                    await ctx.tick()
                ctx.set(block.mine, 0)
            for cycle in range(g.window):
                ctx.set(block.shift, cycle < CELL_VALUES)
                ctx.set(block.first, slot < 2 and turn == 0)
                await ctx.delay(0)
                if ours and cycle < CELL_VALUES:
                    found.append(ctx.get(block.o))
                    due.append(int(vectors[slot][cycle]))
                await ctx.tick()

    simulate(block, bench)
    assert len(due) == 4 * CELL_VALUES and found == due


@pytest.mark.parametrize("output", ["llrs", "symbols"])
def test_words_are_those_of_golden(output):
    spec = small_detector(modulation="64qam", x=6, r=8)
    g = Geometry(spec, Options(output=output))
    words = np.array(table_words(g)).reshape(g.rounds, -1)
    for round_, eta in enumerate(spec.etas[:-1]):
        assert (2 * words[round_] - spec.x.maximum == tables.eta_table(spec, eta)).all()
    width = 4 if output == "symbols" else spec.llr_bits
    count = 1 if output == "symbols" else spec.bits_per_axis
    parts = words[-1][:, None] >> width * np.arange(count) & (1 << width) - 1
    parts = np.where(parts >> (width - 1) & 1, parts - (1 << width), parts)
    due = tables.level_table(spec)[:, None] if output == "symbols" else tables.llr_table(spec)
    assert (parts == due).all()
