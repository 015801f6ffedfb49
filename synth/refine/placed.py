"""A placed ECP5 design as arrays: where each cell is, what may move, and what may stand together.

A tile of logic has four slices of two look-up tables (SLICEx.K0, K1) and two registers (FF0, FF1),
here eight places. nextpnr wants all registers of a tile to have one clock and one reset, those of
a slice also one enable, and never a plain table beside one of a carry chain
(``Arch::slices_compatible`` of nextpnr, ecp5/arch_place.cc).
"""

import re
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

PLACES = 8  # of a tile
OTHER, TABLE, REGISTER, MEMORY, WRITER = range(5)
"""Kinds of cells; a ``WRITER`` is the write port of a RAM of look-up tables."""
_KINDS = {"TRELLIS_COMB": TABLE, "TRELLIS_FF": REGISTER, "DP16KD": MEMORY, "TRELLIS_RAMW": WRITER}
_BEL = "NEXTPNR_BEL"


@dataclass
class Placed:
    """Arrays by cell, in the order of ``cells``; tiles are numbered x * height + y.

    ``cells`` : nextpnr's, by name
    ``x, y, place`` : int64; ``place`` in the tile
    ``kind`` : int8
    ``plain`` : belongs to no RAM, carry chain or wide table
    ``loose`` : plain, and in no tile that stays together: may go anywhere on its own
    ``partner`` : the register that a table feeds directly, and the reverse; -1 for none
    ``tile_sign, slice_sign`` : of registers: equal where they may share a tile, a slice
    ``logic`` : by tile: it has places ; ``ram`` : by tile: some are RAM, and all stays together
    ``tied`` : by tile: a carry chain goes on in the tile to the right
    ``tables_at, registers_at, writers_at`` : cell by tile * ``PLACES`` + place, -1 for none
    ``memory_at`` : by tile; -1 for a free site of a memory, -2 where there is none
    ``sites`` : number of a memory's site by column
    """

    cells: dict[str, dict]
    x: np.ndarray
    y: np.ndarray
    place: np.ndarray
    kind: np.ndarray
    plain: np.ndarray = field(init=False)
    loose: np.ndarray = field(init=False)
    partner: np.ndarray = field(init=False)
    tile_sign: np.ndarray = field(init=False)
    slice_sign: np.ndarray = field(init=False)
    logic: np.ndarray = field(init=False)
    ram: np.ndarray = field(init=False)
    tied: np.ndarray = field(init=False)
    tables_at: np.ndarray = field(init=False)
    registers_at: np.ndarray = field(init=False)
    writers_at: np.ndarray = field(init=False)
    memory_at: np.ndarray = field(init=False)
    sites: dict[int, int] = field(init=False)

    def __post_init__(self):
        self.width, self.height = int(self.x.max()) + 1, int(self.y.max()) + 1
        self.names = list(self.cells)
        self.number = {name: i for i, name in enumerate(self.names)}
        self._signs()
        self._partners()
        self._tiles()

    @property
    def tile(self) -> np.ndarray:
        return self.x * self.height + self.y

    @cached_property
    def nets(self) -> list[tuple[tuple[int, str], list[tuple[int, str]]]]:
        """Driver and sinks of every net inside the device, as (cell, port)."""
        drivers, sinks = {}, {}
        for number, cell in enumerate(self.cells.values()):
            for port, bits in cell["connections"].items():
                if not bits or isinstance(bits[0], str):
                    continue
                if cell["port_directions"][port] == "output":
                    drivers[bits[0]] = number, port
                else:
                    sinks.setdefault(bits[0], []).append((number, port))
        return [(driver, sinks[bit]) for bit, driver in drivers.items() if bit in sinks]

    def write_back(self) -> None:
        """Places of the arrays into ``cells``."""
        for number, cell in enumerate(self.cells.values()):
            if self.kind[number] != OTHER:
                at = int(self.place[number])
                if self.kind[number] == MEMORY:
                    at = self.sites[int(self.x[number])]
                place = _bel(self.kind[number], at)
                bel = f"X{self.x[number]}/Y{self.y[number]}/{place}"
                cell["attributes"][_BEL] = bel

    def _signs(self) -> None:
        tiles, slices = {}, {}
        self.tile_sign = np.full(len(self.cells), -1)
        self.slice_sign = np.full(len(self.cells), -1)
        for number in np.flatnonzero(self.kind == REGISTER):
            cell = self.cells[self.names[number]]
            says, wires = cell["parameters"].get, cell["connections"]
            clock, reset, enable = (tuple(wires.get(port, ())) for port in ("CLK", "LSR", "CE"))
            inverted = says("CLKMUX") == "INV", says("LSRMUX") == "INV", says("SRMODE") == "ASYNC"
            shared = clock, reset, inverted
            self.tile_sign[number] = tiles.setdefault(shared, len(tiles))
            same = enable, says("CEMUX"), says("GSR")
            self.slice_sign[number] = slices.setdefault(same, len(slices))

    def _partners(self) -> None:
        self.partner = np.full(len(self.cells), -1)
        for (driver, port), sinks in self.nets:
            if self.kind[driver] == TABLE and port == "F":
                for sink, at in sinks:
                    if at == "DI" and self.kind[sink] == REGISTER:
                        self.partner[[driver, sink]] = sink, driver

    def _tiles(self) -> None:
        tiles = self.width * self.height
        plain, ram = np.zeros(len(self.cells), bool), self.kind == WRITER
        for number in np.flatnonzero(self.kind == TABLE):
            cell = self.cells[self.names[number]]
            mode = cell["parameters"].get("MODE", "LOGIC")
            wide = any(cell["connections"].get(port) for port in ("FXA", "FXB", "M"))
            plain[number] = mode == "LOGIC" and not wide
            ram[number] = mode in ("DPRAM", "RAMW_BLOCK") or wide
        self.logic = np.zeros(tiles, bool)
        in_tiles = np.isin(self.kind, (TABLE, REGISTER))
        columns = np.arange(self.x[in_tiles].min(), self.x[in_tiles].max() + 1)
        rows = np.unique(self.y[in_tiles])  # in others there are block RAMs and multipliers
        self.logic[(columns[:, None] * self.height + rows).ravel()] = True
        self.ram = np.zeros(tiles, bool)
        self.ram[self.tile[ram]] = True
        register = self.kind == REGISTER
        self.plain = plain | (register & ((self.partner < 0) | plain[self.partner]))
        self.loose = self.plain & ~self.ram[self.tile]
        self.tables_at, self.registers_at, self.writers_at = (
            self._occupants(kind, tiles) for kind in (TABLE, REGISTER, WRITER)
        )
        self.memory_at = np.full(tiles, -2)
        memories = np.flatnonzero(self.kind == MEMORY)
        self.sites = {int(self.x[memory]): int(self.place[memory]) for memory in memories}
        for x in np.unique(self.x[memories]):
            self.memory_at[x * self.height + np.unique(self.y[memories])] = -1
        self.memory_at[self.tile[memories]] = memories
        self.tied = np.zeros(tiles, bool)
        for (driver, port), sinks in self.nets:
            if port == "FCO" and any(self.x[sink] != self.x[driver] for sink, _ in sinks):
                self.tied[self.tile[driver]] = True

    def _occupants(self, kind: int, tiles: int) -> np.ndarray:
        at, of_kind = np.full(tiles * PLACES, -1), np.flatnonzero(self.kind == kind)
        at[self.tile[of_kind] * PLACES + self.place[of_kind]] = of_kind
        return at


def placed_of(cells: dict[str, dict]) -> Placed:
    """The cells of a design that nextpnr has placed and written (``--write``)."""
    x, y, places, kinds = [], [], [], []
    for cell in cells.values():
        bel = cell["attributes"][_BEL]
        column, row, place = re.fullmatch(r"X(\d+)/Y(\d+)/(.*)", bel).groups()
        kind = _KINDS.get(cell["type"], OTHER)
        x.append(int(column))
        y.append(int(row))
        kinds.append(kind)
        places.append(_place(kind, place))
    return Placed(cells, *map(np.array, (x, y, places)), np.array(kinds, np.int8))


def _place(kind: int, bel: str) -> int:
    if kind in (TABLE, REGISTER):
        return 2 * "ABCD".index(bel[len("SLICE")]) + int(bel[-1])
    return int(bel[-1]) if kind == MEMORY else 0


def _bel(kind: int, place: int) -> str:
    if kind == MEMORY:
        return f"EBR{place}"
    if kind == WRITER:
        return "SLICEC.RAMW"
    return f"SLICE{'ABCD'[place // 2]}.{'K' if kind == TABLE else 'FF'}{place % 2}"
