"""Two carry chains in one where each would leave half a cell empty.

A carry cell holds two bits of a chain. A chain with an odd number of them leaves half of its last
cell free, and the next chain may begin there if its first bit does not ask what is carried in,
which :mod:`synth.carry_ends` has seen to. Lanes of one adder are joined two by two: chains of one
length whose names differ in numbers only. Counters that have nothing to do with each other stay
apart, and may be placed so.
"""

import re
from collections import Counter
from itertools import groupby

from synth.carry_cells import CCU2C, CarryCells
from synth.nets import UNCONNECTED, net_uses

_HALF = "ABCDS"


def join_carry_chains(netlist: dict, top: str, family: CarryCells = CCU2C) -> int:
    """Rewrite ``netlist`` (Yosys JSON) in place; return the number of cells saved."""
    module = netlist["modules"][top]
    cells = module["cells"]
    uses = net_uses(module)
    odd = [chain for chain in _chains(cells, uses, family) if _leaves_half(cells[chain[-1]], uses)]
    odd.sort(key=lambda chain: (_kind(chain), chain))
    saved = 0
    for _, alike in groupby(odd, key=_kind):
        chains = list(alike)
        for first, second in zip(chains[::2], chains[1::2], strict=False):
            _join(cells, first, second, family)
            saved += 1
    return saved


def _kind(chain: list[str]) -> tuple[int, str]:
    """What lanes of one adder have in common."""
    return len(chain), re.sub(r"\d+", "", chain[0])


def _chains(cells: dict, uses: Counter, family: CarryCells) -> list[list[str]]:
    """Names of the cells of every chain that begins and ends without connection."""
    after = {
        cell["connections"]["CIN"][0]: name
        for name, cell in cells.items()
        if cell["type"] == family.kind and cell["connections"]["CIN"] != UNCONNECTED
    }
    chains = []
    for name, cell in cells.items():
        if cell["type"] != family.kind or cell["connections"]["CIN"] != UNCONNECTED:
            continue
        chain, out = [name], cell["connections"]["COUT"]
        while out != UNCONNECTED and out[0] in after and uses[out[0]] == 1:
            chain.append(after[out[0]])
            out = cells[chain[-1]]["connections"]["COUT"]
        if out == UNCONNECTED:
            chains.append(chain)
    return chains


def _leaves_half(cell: dict, uses: Counter) -> bool:
    """Whether nobody reads the second sum of a chain's last cell."""
    last = cell["connections"]["S1"]
    return last == UNCONNECTED or not uses[last[0]]


def _join(cells: dict, first: list[str], second: list[str], family: CarryCells) -> None:
    """Let ``second`` begin in the last half cell of ``first``."""
    halves = [half for name in first for half in _halves(cells[name], family)][:-1]
    halves += [half for name in second for half in _halves(cells[name], family)][:-1]
    names = first + second[:-1]
    carries = [cells[name]["connections"]["COUT"] for name in first[:-1] + second[:-1]]
    del cells[second[-1]]
    for name, pair, carry_in, carry_out in zip(
        names,
        zip(halves[::2], halves[1::2], strict=True),
        [UNCONNECTED, *carries],
        [*carries, UNCONNECTED],
        strict=True,
    ):
        cell = cells[name]
        for number, (table, inject, wires) in enumerate(pair):
            cell["parameters"][f"INIT{number}"] = table
            cell["parameters"][family.inject[number]] = inject
            cell["connections"] |= {f"{port}{number}": wires[port] for port in _HALF}
        cell["connections"] |= {"CIN": carry_in, "COUT": carry_out}


def _halves(cell: dict, family: CarryCells) -> list[tuple[str, str, dict]]:
    """Table, injection and wires of both halves."""
    wires, parameters = cell["connections"], cell["parameters"]
    return [
        (
            parameters[f"INIT{number}"],
            parameters[family.inject[number]],
            {port: wires.get(f"{port}{number}", UNCONNECTED) for port in _HALF},
        )
        for number in range(2)
    ]
