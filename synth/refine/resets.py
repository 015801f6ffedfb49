"""Wide resets are left out while nextpnr places, and come back before the annealing.

Registers of two resets never share a tile. Where a rotator holds copies of a word at 0, there are
many such registers, and nextpnr's placer makes room for them at the expense of all that stands
beside them. Without those resets it places well; then only these registers look for tiles.
"""

from collections import Counter
from dataclasses import dataclass

import numpy as np

from model.errors import InputError
from synth.refine.moves import registers_agree, stuck
from synth.refine.placed import PLACES, REGISTER, Placed

WIDE = 100  # registers
_KEPT = ("LSRMUX", "SRMODE", "REGSET")


@dataclass(frozen=True)
class Reset:
    """What a register had: the register that drives its reset, and parameters."""

    driver: str
    parameters: dict


def without_wide_resets(module: dict) -> dict[str, Reset]:
    """Take resets of many registers that a register drives out of a Yosys module, in place."""
    cells = module["cells"]
    registers = {name: cell for name, cell in cells.items() if cell["type"] == "TRELLIS_FF"}
    drivers = {cell["connections"]["Q"][0]: name for name, cell in registers.items()}
    uses = Counter(cell["connections"].get("LSR", ["0"])[0] for cell in registers.values())
    taken = {}
    for name, cell in registers.items():
        net = cell["connections"].get("LSR", ["0"])[0]
        if net in drivers and uses[net] >= WIDE:
            kept = {key: value for key, value in cell["parameters"].items() if key in _KEPT}
            taken[name] = Reset(drivers[net], kept)
            cell["connections"]["LSR"] = ["0"]
    return taken


def put_back(cells: dict[str, dict], resets: dict[str, Reset]) -> None:
    """Connect the resets in nextpnr's cells, in place."""
    for name, reset in resets.items():
        cell = cells[name]
        cell["connections"]["LSR"] = cells[reset.driver]["connections"]["Q"]
        cell["port_directions"]["LSR"] = "input"
        cell["parameters"] |= reset.parameters


def settle(placed: Placed) -> int:
    """Move registers that share a tile with others of another reset; how many there were."""
    homeless = []
    for tile in np.unique(placed.tile[placed.kind == REGISTER]):
        at = placed.registers_at[tile * PLACES : (tile + 1) * PLACES]
        here = at[at >= 0]
        signs = placed.tile_sign[here]
        if len(set(signs)) == 1:
            continue
        bound = {int(sign) for sign in signs[~placed.plain[here]]}
        if len(bound) > 1:
            raise InputError("registers of two resets belong to a carry chain or RAM of one tile")
        home = bound.pop() if bound else Counter(signs.tolist()).most_common(1)[0][0]
        homeless += here[signs != home].tolist()
    for register in homeless:
        _leave(placed, register)
    order = sorted(homeless, key=lambda cell: (placed.partner[cell] < 0, placed.tile_sign[cell]))
    rings = _rings(placed)
    for register in order:
        _take_nearest(placed, register, rings)
    return len(homeless)


def _leave(placed: Placed, register: int) -> None:
    where = placed.tile[register] * PLACES + placed.place[register]
    partner = placed.partner[register]
    placed.registers_at[where] = -1
    placed.loose[register] = True  # a tile with RAM, which stays together, may be left behind
    if partner >= 0:
        placed.tables_at[where] = -1
        placed.loose[partner] = True


def _rings(placed: Placed) -> np.ndarray:
    """Steps in columns and rows, the nearest first."""
    columns, rows = np.meshgrid(
        np.arange(-placed.width, placed.width + 1), np.arange(-placed.height, placed.height + 1)
    )
    steps = np.stack([columns.ravel(), rows.ravel()], axis=1)
    return steps[np.argsort(np.abs(steps).sum(axis=1), kind="stable")]


def _take_nearest(placed: Placed, register: int, rings: np.ndarray) -> None:
    partner = placed.partner[register]
    for column, row in rings:
        x, y = placed.x[register] + column, placed.y[register] + row
        if not (0 <= x < placed.width and 0 <= y < placed.height):
            continue
        tile = x * placed.height + y
        place = _free_place(placed, tile, register, partner >= 0)
        if place is None:
            continue
        placed.registers_at[tile * PLACES + place] = register
        cells = [register]
        if partner >= 0:
            placed.tables_at[tile * PLACES + place] = partner
            cells.append(partner)
        placed.x[cells], placed.y[cells], placed.place[cells] = x, y, place
        return
    raise InputError("no tile is left for a register with a reset")


def _free_place(placed: Placed, tile: int, register: int, with_table: bool) -> int | None:
    """Where the register may stand in a tile; that place of ``registers_at`` is -1 still."""
    if not placed.logic[tile] or placed.ram[tile]:
        return None
    for at in range(tile * PLACES, (tile + 1) * PLACES):
        tables = placed.tables_at[at], placed.tables_at[at ^ 1]
        if placed.registers_at[at] >= 0:
            continue
        if with_table and (tables[0] >= 0 or stuck(tables[1], placed.loose)):
            continue
        placed.registers_at[at] = register
        agree = registers_agree(tile, placed.registers_at, placed.tile_sign, placed.slice_sign)
        placed.registers_at[at] = -1
        if agree:
            return at % PLACES
    return None
