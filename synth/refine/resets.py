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
_NEAR = 16  # tiles that a register goes before others make room for it
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
    steps = _steps(placed)
    near = np.abs(steps).sum(axis=1) <= _NEAR
    plainest = Counter(placed.tile_sign[placed.kind == REGISTER].tolist()).most_common(1)[0][0]
    for register in order:
        if _take_free(placed, register, steps[near]):
            continue
        moved = _clear(placed, register, steps[near], plainest)
        for other in moved or [register]:
            if not _take_free(placed, other, steps):
                raise InputError("no tile is left for a register with a reset")
    return len(homeless)


def _leave(placed: Placed, register: int) -> None:
    where = placed.tile[register] * PLACES + placed.place[register]
    partner = placed.partner[register]
    placed.registers_at[where] = -1
    placed.loose[register] = True  # a tile with RAM, which stays together, may be left behind
    if partner >= 0:
        placed.tables_at[where] = -1
        placed.loose[partner] = True


def _steps(placed: Placed) -> np.ndarray:
    """In columns and rows, the nearest first."""
    columns, rows = np.meshgrid(
        np.arange(-placed.width, placed.width + 1), np.arange(-placed.height, placed.height + 1)
    )
    steps = np.stack([columns.ravel(), rows.ravel()], axis=1)
    return steps[np.argsort(np.abs(steps).sum(axis=1), kind="stable")]


def _tiles(placed: Placed, register: int, steps: np.ndarray) -> np.ndarray:
    """Around a register, those whose cells may move on their own."""
    x, y = placed.x[register] + steps[:, 0], placed.y[register] + steps[:, 1]
    inside = (0 <= x) & (x < placed.width) & (0 <= y) & (y < placed.height)
    tiles = x[inside] * placed.height + y[inside]
    return tiles[placed.logic[tiles] & ~placed.ram[tiles]]


def _take_free(placed: Placed, register: int, steps: np.ndarray) -> bool:
    """Stand on the first place that is free, if there is one."""
    for tile in _tiles(placed, register, steps):
        place = _free_place(placed, tile, register)
        if place is not None:
            _stand(placed, register, tile, place)
            return True
    return False


def _clear(placed: Placed, register: int, steps: np.ndarray, plainest: int) -> list[int]:
    """Stand on a tile whose registers, all of sign ``plainest``, are returned: they have to go.

    For designs that have registers nearly everywhere.
    """
    for tile in _tiles(placed, register, steps):
        at = placed.registers_at[tile * PLACES : (tile + 1) * PLACES]
        others = at[at >= 0]
        if not placed.loose[others].all() or (placed.tile_sign[others] != plainest).any():
            continue
        places = placed.place[others]
        for other in others:
            _leave(placed, other)
        place = _free_place(placed, tile, register)
        if place is not None:
            _stand(placed, register, tile, place)
            return others.tolist()
        for other, place in zip(others, places, strict=True):
            _stand(placed, other, tile, place)
    return []


def _stand(placed: Placed, register: int, tile: int, place: int) -> None:
    cells = [register]
    placed.registers_at[tile * PLACES + place] = register
    if placed.partner[register] >= 0:
        cells.append(placed.partner[register])
        placed.tables_at[tile * PLACES + place] = cells[1]
    placed.x[cells], placed.y[cells] = divmod(tile, placed.height)
    placed.place[cells] = place


def _free_place(placed: Placed, tile: int, register: int) -> int | None:
    """Where the register may stand in a tile, with its table; ``registers_at`` is -1 there."""
    with_table = placed.partner[register] >= 0
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
