"""What blocks of the precoder are compared with: tables of a channel, rounds, and the schedule."""

import numpy as np

from hw.mimo_array.cell import Cell
from hw.mimo_array.geometry import GROUP, INDEX_BITS, PAIRS
from hw.mimo_array.stage import Stage
from hw.mimo_array.writer import Table, tables
from hw.precoder.geometry import Geometry
from hw.precoder.timing import Timing
from hw.precoder.update import Update
from quant.golden.words import product
from quant.precoder import golden
from quant.precoder.spec import PrecoderSpec

X_DELAY = Update.latency_cycles + Cell.x_delay_cycles
"""Cycles from a cell's values to ``x_o``."""
SIGNS = np.array([[1 if i >> b & 1 else -1 for b in range(INDEX_BITS)]
                  for i in range(1 << INDEX_BITS)])  # fmt: skip
"""[index][operand] sign that an index gives an operand."""


def random_channel(spec: PrecoderSpec, rng) -> np.ndarray:
    """(users, antennas, 2) values of ``spec.h``; one row has the largest of one sign."""
    top = spec.h.maximum
    h = rng.integers(-top, top + 1, (spec.users, spec.antennas, 2))
    h[0] = top
    return h | 1 if spec.h.rise == "mid_rise" else h


def random_symbols(spec: PrecoderSpec, rng, *shape: int) -> np.ndarray:
    """Odd integers of the constellation, shape (*shape, users, 2)."""
    levels = np.arange(-spec.largest_symbol, spec.largest_symbol + 1, 2)
    return rng.choice(levels, (*shape, spec.users, 2))


def operands(g: Geometry, h: np.ndarray, table: Table, cell: int) -> np.ndarray:
    """(lanes, 8) channel entries that a table sums in a cell: re, im of four antennas or users."""
    found = np.zeros((PAIRS, INDEX_BITS), dtype=int)
    for lane in range(PAIRS):
        for i in range(GROUP):
            user, antenna = table.user + i, GROUP * cell + PAIRS * table.pair + lane
            if table.forward:
                user, antenna = table.user + lane, GROUP * cell + i
            if user < g.spec.users and antenna < g.spec.antennas:
                found[lane, 2 * i : 2 * i + 2] = h[user, antenna]
    return found


def table_words(g: Geometry, h: np.ndarray, table: Table, cell: int) -> np.ndarray:
    """(indices, lanes) sums of a table in units of ``g.table_scale``; half of them if forward."""
    sums = SIGNS @ operands(g, h, table, cell).T
    return sums[: len(sums) // 2 if table.forward else None] // g.table_scale


class TableModel:
    """All cells' builders and tables, as the streams of a table writer make them.

    words : {(table, cell, bank, address): (lane, lane)}
    """

    def __init__(self, g: Geometry):
        self.g, self.words, self.writes = g, {}, 0
        self._operands = np.zeros((g.cells, INDEX_BITS, PAIRS), dtype=int)
        self._sums = np.zeros((g.cells, PAIRS), dtype=int)
        self._turn = np.zeros((g.cells, PAIRS), dtype=int)
        self._tables = {(t.forward, t.number, t.half, t.pair): t for t in tables(g)}

    def step(self, operand, writing) -> None:
        """One cycle of constants of ``operand_layout`` and ``writing_layout``."""
        build, g = writing.build, self.g
        assert writing.writes_backward == bool(build.write_backward)
        assert writing.writes_forward == bool(build.write_forward)
        taken = [(0, k // PAIRS, writing.half, k % PAIRS)
                 for k in range(PAIRS * g.backward_tables) if build.write_backward >> k & 1]
        taken += [(1, k, writing.half, 0)
                  for k in range(g.forward_tables) if build.write_forward >> k & 1]  # fmt: skip
        for key in taken:
            for cell, sums in enumerate(self._sums.tolist()):
                place = self._tables[key], cell, writing.bank, writing.address
                self.words[place] = tuple(sums)
        self.writes += len(taken)
        self._sums += self._turn
        sign = -1 if build.minus else 1
        self._turn = build.turn * sign * self._operands[:, build.operand]
        if operand.valid and operand.first_sums:
            self._sums[operand.cell] = list(operand.lanes)
        elif operand.valid:
            self._operands[operand.cell, operand.operand] = list(operand.lanes)

    def check(self, h: np.ndarray, bank: int) -> None:
        """Every word of ``bank`` is right."""
        for table in tables(self.g):
            for cell in range(self.g.cells):
                for address, due in enumerate(table_words(self.g, h, table, cell).tolist()):
                    assert self.words[table, cell, bank, address] == tuple(due), (table, address)


def writer_cycles(g: Geometry, h: np.ndarray, bank: int) -> list[tuple[dict, dict]]:
    """What a table writer puts out for a channel, in a hurry: (operand, writing) of every cycle."""
    operand_stream, writing_stream = {}, {}
    now = 0
    for table in tables(g):
        for cell in range(g.cells):
            entries = operands(g, h, table, cell)
            for n in range(INDEX_BITS):
                lanes = (2 * entries[:, n] // g.table_scale).tolist()
                operand_stream[now] = dict(valid=1, cell=cell, operand=n, lanes=lanes)
                now += 1
            lanes = (-entries.sum(axis=1) // g.table_scale).tolist()
            operand_stream[now] = dict(valid=1, cell=cell, first_sums=1, lanes=lanes)
            now += 1
        now += 4
        kind = "forward" if table.forward else "backward"
        number = table.number if table.forward else PAIRS * table.number + table.pair
        for step in range(len(table_words(g, h, table, 0))):
            gray, turned = step ^ step >> 1, (step & -step).bit_length() - 1
            minus = step and ~gray >> turned & 1
            at = writing_stream.setdefault(now, {"build": {}})
            at["build"] |= dict(turn=int(step > 0), operand=max(0, turned), minus=minus)
            later = writing_stream.setdefault(now + g.turn_cycles, {"build": {}})
            later["build"][f"write_{kind}"] = 1 << number
            later |= {f"writes_{kind}": 1, "address": gray, "half": table.half}
            now += 1
        now += g.turn_cycles + 1
    return [
        (operand_stream.get(n, {}), {"bank": bank} | writing_stream.get(n, {"build": {}}))
        for n in range(now)
    ]


class Schedule:
    """Where a stage is at a time: cycle 0 is the one after reset (see ``hw.precoder.timing``)."""

    def __init__(self, g: Geometry, timing: Timing, stage: Stage):
        self.g, self.timing, self.stage = g, timing, stage

    def place(self, time: int, start: int) -> tuple[int, int, int]:
        """Cycle, slot and round of the window that began at ``start`` or later."""
        g, timing, stage = self.g, self.timing, self.stage
        window, cycle = divmod(time - start, g.window)
        slot = (window - stage.first * timing.loop_windows) % timing.slots
        if stage.first == stage.last:
            return cycle, slot, stage.first
        return cycle, slot, window * timing.round_step % g.rounds

    def control(self, time: int, indices=None, banks=0) -> dict:
        """The control of a cycle while no table is written; ``banks``: a bit for each slot."""
        g, timing, stage = self.g, self.timing, self.stage
        cycle, _, round_ = self.place(time, timing.accumulated - 2)
        symbols = g.backward_cycles - 2 * g.symbol_bits
        starts = [0] + [symbols] * (stage.first == 0 and round_ == 0)
        found = {"clear": int(cycle & ~1 in starts)}
        found["take"] = int(self.place(time, timing.values - 1)[0] < 2)
        cycle, _, round_ = self.place(time, timing.values)
        found["x_shift"] = int(cycle < 2 * GROUP)
        if not g.hard_wired:
            found |= {name: values[round_] for name, values in g.coefficients.items()}
        cycle, _, round_ = self.place(time, timing.iterate_ready)
        found["planes"] = int(cycle == 0)
        found["emit"] = int(cycle == 0 and round_ == stage.final)
        cycle, slot, _ = self.place(time, timing.forward)
        found["forward_pass"] = min(cycle // g.x_bits, g.passes - 1)
        found["forward_bank"] = banks >> slot & 1
        _, slot, _ = self.place(time, timing.planes_out)
        found["bank"] = found["table_bank"] = banks >> slot & 1
        found["indices"] = indices or [0] * g.user_groups
        return found


class Round:
    """What the cells make of a window: golden's arithmetic, cell by cell.

    Parameters
    ----------
    h : (users, antennas, 2) of the window's channel
    w : (users, 2) residual, or the symbols in round 0
    x : (cells, 8) codes of the iterate before; without a meaning in round 0

    Attributes
    ----------
    codes : (cells, 8) offset codes of the new iterate, antenna by antenna, real part first
    bits : (cells,) bytes of the signs
    """

    def __init__(self, g: Geometry, round_: int, h: np.ndarray, w: np.ndarray, x: np.ndarray):
        spec, self.g, self.h, self.number = g.spec, g, h, round_
        parts = golden._backward([h[..., 0], h[..., 1]], w[None, :, 0], w[None, :, 1])
        descent = np.zeros((GROUP * g.cells, 2), dtype=int)
        descent[: spec.antennas] = np.stack([part[0] for part in parts], axis=-1)
        step = spec.rounds[round_ - 1].step if round_ else spec.start
        y = step.scaled(spec.frac_bits) * descent.reshape(g.cells, 2 * GROUP)
        if round_:
            keep = spec.rounds[round_ - 1].keep.scaled(spec.frac_bits)
            y += keep * (2 * x + 1 - (1 << g.x_bits))
        new = golden.quantise(y, spec.frac_bits, spec.x)
        self.codes = (new - 1) // 2 + (1 << (g.x_bits - 1))
        self.bits = (new < 0) @ (1 << np.arange(2 * GROUP))

    def share(self, cell: int, cycle: int) -> list[list[int]]:
        """[user of the pass][part]: what a cell adds in a cycle of the forward product."""
        g = self.g
        pass_, plane = cycle // g.x_bits, g.x_bits - 1 - cycle % g.x_bits
        signs = (2 * (self.codes[cell] >> plane & 1) - 1).reshape(GROUP, 2)
        own = self.h[:, GROUP * cell : GROUP * (cell + 1)]
        signs = signs[: own.shape[1]]
        matrix = [own[..., part].T for part in range(2)]
        sums = product(matrix, signs[None, :, 0], signs[None, :, 1])
        padded = np.zeros((g.passes * g.lanes, 2), dtype=int)
        padded[: g.spec.users] = np.stack([part[0] for part in sums], axis=-1) // g.table_scale
        return padded[pass_ * g.lanes : (pass_ + 1) * g.lanes].tolist()


def written_control(g: Geometry, writing: dict) -> dict:
    """The control of a cycle in which a table is written."""
    address, half, bank = (writing.get(name, 0) for name in ("address", "half", "bank"))
    return {
        "indices": [address] * g.user_groups, "table_bank": bank, "table_group": half & 1,
        "forward_pass": half if writing.get("writes_forward") else 0, "forward_bank": bank,
        "forward_address": address & 127, "build": writing["build"],
    }  # fmt: skip


def plane_index(g: Geometry, codes: np.ndarray, cycle: int) -> list[int]:
    """Indices of the user groups in a cycle of the backward product, of (users, 2) codes."""
    plane = codes >> (g.plane_count - 1 - cycle // 2) & 1
    found = []
    for group in range(g.user_groups):
        members = plane[GROUP * group : GROUP * (group + 1)].tolist()
        pairs = [(b, 1 - a) if cycle % 2 else (a, b) for a, b in members]
        found.append(sum(bit << n for n, bit in enumerate(bit for pair in pairs for bit in pair)))
    return found


def check_outputs(ctx, time: int, bench, array, sums, seen: dict) -> None:
    """What leaves an array at a time against the rounds of ``bench``; ``seen`` counts.

    bench : ``round_of(window)``, and ``event(time, start, cycles)`` to say which window and cycle
    array : has ports ``x_o`` and ``signs``
    """
    g, timing, stage = bench.g, bench.timing, bench.stage
    for cell in range(g.cells):
        if at := bench.event(time, timing.values + cell + 1 + X_DELAY, 2 * GROUP):
            due = bench.round_of(at[0]).codes[cell, at[1]]
            assert ctx.get(array.x_o[cell]) == due, (time, cell)
            seen["x"] += 1
    if (at := bench.event(time, timing.sums_out, g.forward_cycles)) and stage.forwards:
        shares = [bench.round_of(at[0]).share(cell, at[1]) for cell in range(g.cells)]
        found = ctx.get(sums)
        parts = [[found[n][p] for p in range(2)] for n in range(g.lanes)]
        assert parts == np.sum(shares, axis=0).tolist(), time
        seen["sums"] += 1
    if (at := bench.event(time, timing.bits_out, g.cells)) and stage.finishes:
        round_ = bench.round_of(at[0])
        if round_.number == stage.final:
            assert ctx.get(array.signs) == round_.bits[g.cells - 1 - at[1]], time
            seen["signs"] += 1
