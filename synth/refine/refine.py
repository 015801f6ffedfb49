"""Annealing of a placement from a low temperature, with times of its own wire model.

nextpnr's placer leaves some short paths of the control torn apart, and it is these that limit the
clock. Every step of the annealing works out all slacks, and then a wire costs the more the closer
it comes to being late: what is far from critical may move, until it is. Registers of one reset
share a tile, as nextpnr wants it.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from model.files import write_atomic
from synth.refine.cost import half_perimeter
from synth.refine.moves import anneal
from synth.refine.placed import MEMORY, OTHER, REGISTER, TABLE, Placed, placed_of
from synth.refine.resets import Reset, put_back, settle
from synth.refine.timing import Timing, timing_of, wire_table

STEPS = 300
_MOVES = 2  # a step, for every cell that may move
_WARMEST, _COLDEST = 0.03, 0.0005  # temperature, in units of the cost of an edge without slack
_COOLING = 1.5
_WIDEST, _NARROWEST = 14, 3  # tiles of a move
_GUARD = 0.86  # of the wanted period: what the router adds here and there
_AMBITION = 0.97  # of the longest path, where the wanted period is out of reach
_CRITICAL_NS = 0.3
_LARGEST_NET = 40  # cells; of larger nets the bounding box is not counted


@dataclass(frozen=True)
class Outcome:
    """Clock in MHz and length of wire in tiles by the model, before and after."""

    before_mhz: float
    after_mhz: float
    before_tiles: int
    after_tiles: int


def refine(written: Path, sdf: Path, out: Path, resets: dict[str, Reset], freq_mhz: float,
           seed: int) -> Outcome:  # fmt: skip
    """Better places for the design ``written`` by nextpnr (JSON) with its delays ``sdf``.

    ``out`` is the same design, with ``resets`` again, for ``nextpnr --no-pack --no-place``. The
    same input and seed give the same output.
    """
    design = json.loads(written.read_text())
    (module,) = design["modules"].values()
    put_back(module["cells"], resets)
    placed = placed_of(module["cells"])
    settle(placed)
    with sdf.open() as lines:
        timing = timing_of(placed, lines)
    outcome = improve(placed, timing, 1000 / freq_mhz, seed)
    placed.write_back()
    write_atomic(out, json.dumps(design))
    return outcome


def improve(placed: Placed, timing: Timing, period_ns: float, seed: int,
            steps: int = STEPS) -> Outcome:  # fmt: skip
    """Move the cells of ``placed``."""
    height = placed.height
    table = wire_table(placed.width, height)
    nets, nets_at, cell_nets, cell_nets_at = _nets(placed)
    edges, edges_at = _edges_of_cells(placed, timing)
    may_move = np.isin(placed.kind, (TABLE, REGISTER, MEMORY))
    movable = np.flatnonzero(may_move)
    position = (placed.x, placed.y, placed.place, placed.kind, placed.loose, placed.partner, height)
    occupancy = placed.tables_at, placed.registers_at, placed.writers_at
    state = position, occupancy, placed.memory_at
    sites = np.flatnonzero(placed.memory_at > -2)
    tiles = placed.logic, placed.ram, placed.tied, sites, placed.width
    signs = placed.tile_sign, placed.slice_sign
    stamps = (np.zeros(len(timing.a), np.int64), np.zeros(len(nets), np.int64),
              np.zeros(1, np.int64))  # fmt: skip

    def look(period: float) -> tuple[float, np.ndarray, np.ndarray]:
        wire_ns = timing.wire_ns(placed.x, placed.y, table)
        return *timing.slack(wire_ns, period), wire_ns

    def tiles_of_wire() -> int:
        return sum(half_perimeter(net, nets, nets_at, placed.x, placed.y)
                   for net in range(len(nets) - 1))  # fmt: skip

    longest, _, _ = look(period_ns)
    before = longest, tiles_of_wire()
    for step in tqdm(range(steps), desc="refining", unit="step", leave=False):
        period = max(_GUARD * period_ns, _AMBITION * longest)
        longest, slack, wire_ns = look(period)
        late = slack < _CRITICAL_NS
        critical = np.unique(np.concatenate([timing.a[late], timing.b[late]]))
        critical = critical[may_move[critical]]
        graph = (timing.a, timing.b, table, wire_ns + slack, edges, edges_at, cell_nets,
                 cell_nets_at, nets, nets_at)  # fmt: skip
        left = 1 - step / steps
        temperature = _WARMEST * left**_COOLING + _COLDEST
        reach = max(_NARROWEST, round(_WIDEST * left))
        anneal(_MOVES * len(movable), temperature, reach, (seed << 16) + step, movable,
                     critical, state, tiles, signs, graph, stamps)  # fmt: skip
    longest, _, _ = look(period_ns)
    return Outcome(1000 / before[0], 1000 / longest, before[1], tiles_of_wire())


def _nets(placed: Placed):
    """Cells by net and nets by cell, as first indices and entries."""
    nets = []
    for (driver, _), sinks in placed.nets:
        cells = {driver, *(sink for sink, _ in sinks)}
        pinned = (placed.kind[list(cells)] == OTHER).any()  # pins are not timed, and far
        if 1 < len(cells) <= _LARGEST_NET and not pinned:
            nets.append(sorted(cells))
    of_cell = [[] for _ in placed.names]
    for net, cells in enumerate(nets):
        for cell in cells:
            of_cell[cell].append(net)
    return *_flat(nets), *_flat(of_cell)


def _edges_of_cells(placed: Placed, timing: Timing):
    """Edges by cell whose wire's delay depends on distance."""
    of_cell = [[] for _ in placed.names]
    for edge in np.flatnonzero(timing.wired & (timing.a != timing.b)):
        of_cell[timing.a[edge]].append(edge)
        of_cell[timing.b[edge]].append(edge)
    return _flat(of_cell)


def _flat(lists: list[list[int]]) -> tuple[np.ndarray, np.ndarray]:
    first = np.cumsum([0, *map(len, lists)])
    return first, np.array([item for items in lists for item in items], np.int64)
