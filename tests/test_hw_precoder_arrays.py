"""A cell of the precoder and the chain of cells, alone: the schedule's control in, rounds out."""

from collections import defaultdict

import numpy as np
import pytest
from amaranth_bench import simulate
from precoder_bench import (
    X_DELAY,
    Round,
    Schedule,
    check_outputs,
    plane_index,
    random_channel,
    writer_cycles,
    written_control,
)
from small_precoders import small_precoder

from hw.mimo_array.array import Array
from hw.mimo_array.cell import Cell
from hw.mimo_array.geometry import CELL_VALUES
from hw.mimo_array.stage import stages
from hw.precoder.geometry import Geometry
from hw.precoder.options import Options
from hw.precoder.timing import Timing

CASES = {
    "folded": (dict(iterations=1), "folded", 0),
    "folded, antennas and users that fill no group": (dict(antennas=6, users=3), "folded", 0),
    "matched filter": (dict(), "unfolded", 0),
    "a round": (dict(users=5), "unfolded", 1),
    "last round": (dict(constellation="qpsk"), "unfolded", 2),
}


class Bench:
    """Random rounds: window n of the stage has residual (or symbols) ``codes[n]``.

    x : [cell][time] codes at the iterates' inputs
    delays : by cell, how much later than the schedule's control it works
    """

    def __init__(self, case: str, windows: int, delays: dict[int, int] | None = None):
        features, form, number = CASES[case]
        self.g = g = Geometry(small_precoder(**features), Options(form=form))
        self.timing, self.stage = timing, stage = Timing(g), stages(g)[number]
        self.schedule, self.windows = Schedule(g, timing, stage), windows
        self.rng = rng = np.random.default_rng(number + g.cells)
        self.h = [random_channel(g.spec, rng) for _ in range(2)]
        self.banks = int(rng.integers(1 << timing.slots))
        self.codes = rng.integers(0, 1 << g.plane_count, (windows, g.spec.users, 2))
        self.length = (windows + 1) * g.window + timing.u_ready
        self.x = rng.integers(0, 1 << g.x_bits, (g.cells, self.length))
        self.delays = delays or {cell: cell + 1 for cell in range(g.cells)}
        self.rounds = {}

    async def write_tables(self, ctx, component) -> None:
        for bank, h in enumerate(self.h):
            for operand, writing in writer_cycles(self.g, h, bank):
                ctx.set(component.operand, operand)
                ctx.set(component.control, written_control(self.g, writing))
                await ctx.tick()
        ctx.set(component.operand, {})
        await ctx.tick().repeat(self.g.cells + 4)

    def control(self, time: int) -> dict:
        g, start = self.g, self.timing.planes_out
        cycle = self.schedule.place(time, start)[0]
        window = (time - start) // g.window
        indices = self.rng.integers(0, 256, g.user_groups).tolist()
        if cycle < g.backward_cycles and 0 <= window < self.windows:
            indices = plane_index(g, self.codes[window], cycle)
        return self.schedule.control(time, indices, self.banks)

    def round_of(self, window: int) -> Round:
        if window in self.rounds:
            return self.rounds[window]
        g, timing = self.g, self.timing
        _, slot, round_ = self.schedule.place(window * g.window, 0)
        # Symbols have fewer planes: the accumulators start anew with the first of them.
        planes = g.symbol_bits if round_ == 0 else g.plane_count
        w = 2 * (self.codes[window] & ((1 << planes) - 1)) + 1 - (1 << planes)
        x = np.zeros((g.cells, CELL_VALUES), dtype=int)
        for cell, delay in self.delays.items():
            first = timing.values + (window - timing.loop_windows) * g.window + delay + X_DELAY
            if round_:
                x[cell] = self.x[cell, first : first + CELL_VALUES]
        h = self.h[self.banks >> slot & 1]
        self.rounds[window] = Round(g, round_, h, w, x)
        return self.rounds[window]

    def event(self, time: int, start: int, cycles: int) -> tuple[int, int] | None:
        """Window and cycle if a window's event of so many cycles is on; not in the first ones."""
        window, cycle = divmod(time - start, self.g.window)
        first = self.timing.loop_windows if self.stage.iterates else 0
        return (window, cycle) if cycle < cycles and first <= window < self.windows else None


@pytest.mark.parametrize("case", CASES)
def test_array_makes_rounds(case):
    """Iterates, sums of the forward product and signs of all cells, at the schedule's times."""
    bench = Bench(case, 12)
    g, timing, stage = bench.g, bench.timing, bench.stage
    array, seen = Array(g, timing, stage), defaultdict(int)

    async def run(ctx):
        await bench.write_tables(ctx, array)
        for time in range(bench.length):
            check_outputs(ctx, time, bench, array, array.sums, seen)
            ctx.set(array.control, bench.control(time))
            ctx.set(array.x, bench.x[:, time].tolist())
            await ctx.tick()

    simulate(array, run)
    assert seen["x"] >= 5 * CELL_VALUES * g.cells
    assert (seen["sums"] > 0) == stage.forwards and (seen["signs"] > 0) == stage.finishes


@pytest.mark.parametrize("number", [0, 1])
@pytest.mark.parametrize("case", ["folded", "last round"])
def test_cell_works_by_its_number(case, number):
    """One of two cells: its own operands, its share of the sums, its byte among those passing."""
    bench = Bench(case, 10, {number: 1})
    g, timing, stage, rng = bench.g, bench.timing, bench.stage, bench.rng
    cell, seen = Cell(g, timing, stage), defaultdict(int)
    limit = 1 << (g.chain_bits - 2)

    async def run(ctx):
        ctx.set(cell.number, number)
        await bench.write_tables(ctx, cell)
        signs, sums, last = [], [], None
        for time in range(bench.length):
            if last is not None:  # to the next cell, a cycle later
                assert ctx.get(cell.control_o) == constant(cell.control, last[0])
                assert ctx.get(cell.operand_o) == constant(cell.operand, last[1])
            if at := bench.event(time, timing.values + 1 + X_DELAY, CELL_VALUES):
                assert ctx.get(cell.x_o) == bench.round_of(at[0]).codes[number, at[1]]
                seen["x"] += 1
            start = timing.sums_out - g.cells + 1
            if (at := bench.event(time, start, g.forward_cycles)) and stage.forwards:
                share = bench.round_of(at[0]).share(number, at[1])
                found = ctx.get(cell.sums_o)
                for user, part in np.ndindex(g.lanes, 2):
                    assert found[user][part] == sums[-1][user][part] + share[user][part], time
                seen["sums"] += 1
            if len(signs) > 1 and stage.finishes:
                at = bench.event(time, timing.bits_out - g.cells + 1, 1)
                emits = bench.schedule.control(time - 3)["emit"]
                if at and emits:
                    assert ctx.get(cell.signs_o) == bench.round_of(at[0]).bits[number]
                    seen["signs"] += 1
                elif not emits:
                    assert ctx.get(cell.signs_o) == signs[-2], time
            signs.append(int(rng.integers(256)))
            sums.append(rng.integers(-limit, limit, (g.lanes, 2)).tolist())
            other = dict(valid=1, cell=1 - number, operand=time % 8, lanes=[1, -1])
            last = bench.control(time), other
            ctx.set(cell.control, last[0])
            ctx.set(cell.operand, other)
            ctx.set(cell.signs, signs[-1])
            ctx.set(cell.sums, sums[-1])
            ctx.set(cell.x, int(bench.x[number, time]))
            await ctx.tick()

    def constant(port, fields):
        return port.shape().const(fields)

    simulate(cell, run)
    assert seen["x"] >= 4 * CELL_VALUES
    assert (seen["sums"] > 0) == stage.forwards and (seen["signs"] > 0) == stage.finishes
