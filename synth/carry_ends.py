"""Start and end carry chains without the cells that place and route, or Yosys, would add to them.

For ECP5, nextpnr puts a feed-in cell (two elements) in front of a chain whose carry-in is a
constant, and a feed-out cell behind one whose last carry-out has a net, used or not. For Nexus,
Yosys begins chains with such a cell, and nextpnr takes no carry-in that is a constant. Here the
last carry-out loses its unused net. The first adder bit becomes a plain look-up table, and the half
cell that it leaves makes the carry of that bit from its operands, whatever the carry-in is; so none
is needed. The rewrite keeps every function (cells as in :mod:`synth.carry_cells`).
"""

from collections import Counter

from synth.carry_cells import CCU2C, CarryCells
from synth.nets import UNCONNECTED, net_uses

_CONSTANTS = {"0": 0, "1": 1, "x": 0}
_PORTS = dict.fromkeys("ABCD", "input") | {"Z": "output"}


def trim_carry_chains(netlist: dict, top: str, family: CarryCells = CCU2C) -> int:
    """Rewrite ``netlist`` (Yosys JSON) in place; return the number of ends trimmed."""
    module = netlist["modules"][top]
    uses = net_uses(module)
    trimmed = _without_feed_in(module["cells"], uses, family) if family.feed_in else 0
    for name, cell in list(module["cells"].items()):
        if cell["type"] != family.kind:
            continue
        wires = cell["connections"]
        out = wires.get("COUT", UNCONNECTED)
        if out and not uses[out[0]] and out != UNCONNECTED:
            wires["COUT"] = UNCONNECTED
            trimmed += 1
        trimmed += _start(module["cells"], name, cell, uses, family)
    return trimmed


def _without_feed_in(cells: dict, uses: Counter, family: CarryCells) -> int:
    """Take away cells that only make a constant first carry, or none that asks what comes in."""
    after = {
        cell["connections"]["CIN"][0]: cell
        for cell in cells.values()
        if cell["type"] == family.kind and "CIN" in cell["connections"]
    }
    found = 0
    for name, cell in list(cells.items()):
        if cell["type"] != family.kind:
            continue
        carry = _constant_carry(cell, uses, family)
        if carry is None or uses[cell["connections"]["COUT"][0]] != 1:
            continue
        following = after.get(cell["connections"]["COUT"][0])
        if following is None or None in _fixed(following["connections"], family):
            continue
        following["connections"]["CIN"] = [str(carry)]
        del cells[name]
        found += 1
    return found


def _read(cell: dict, uses: Counter) -> bool:
    """Whether a cell's sums are read."""
    sums = (cell["connections"].get(f"S{half}", UNCONNECTED) for half in "01")
    return any(bits != UNCONNECTED and uses[bits[0]] for bits in sums)


def _constant_carry(cell: dict, uses: Counter, family: CarryCells) -> int | None:
    """What a cell carries on where that is a constant and its sums are not read."""
    wires = cell["connections"]
    if _read(cell, uses):
        return None
    carry = _CONSTANTS.get(wires.get("CIN", UNCONNECTED)[0])
    for half in "01":
        inputs = [_CONSTANTS.get(wires.get(f"{port}{half}", ["0"])[0]) for port in "ABCD"]
        if None in inputs:
            return None
        table = family.of_table(cell["parameters"][f"INIT{half}"])
        row = sum(bit << place for place, bit in enumerate(inputs))
        if not table >> row & 1:
            carry = table >> (row & family.rows - 1) & 1
    return carry


def free_carry_ins(netlist: dict, top: str, family: CarryCells) -> int:
    """Leave constant carry-ins that decide nothing without connection; return their number.

    For netlists that are to stay as Yosys maps them: nextpnr-nexus takes no other first cell.
    """
    module = netlist["modules"][top]
    found, uses = 0, net_uses(module)
    for cell in module["cells"].values():
        if cell["type"] != family.kind or cell["connections"].get("CIN") not in (["0"], ["1"]):
            continue
        first, second = (_propagates(cell, family, half) for half in "01")
        # The first half of Yosys' feed-in cells hands on what comes in, and the second stops it.
        if first == 0 or not (second or _read(cell, uses)):
            cell["connections"]["CIN"] = UNCONNECTED
            found += 1
    return found


def _propagates(cell: dict, family: CarryCells, half: str) -> int:
    """Rows of a half's low inputs that propagate; any, where the upper ones are no constants."""
    table = family.of_table(cell["parameters"][f"INIT{half}"])
    fixed = _fixed(cell["connections"], family, half)
    return table if None in fixed else family.halves(table, fixed)[0]


def _fixed(wires: dict, family: CarryCells, half: str = "0") -> list[int | None]:
    """Constants at the upper inputs of a half, None for what is none."""
    return [{"0": 0, "1": 1}.get(wires[f"{port}{half}"][0]) for port in family.upper]


def _start(cells: dict, name: str, cell: dict, uses: Counter, family: CarryCells) -> bool:
    """Make the chain's first half independent of a constant carry-in, if this is its first."""
    wires, parameters = cell["connections"], cell["parameters"]
    carry_in = _CONSTANTS.get(wires.get("CIN", UNCONNECTED)[0])
    fixed = _fixed(wires, family)
    if carry_in is None or None in fixed or parameters.get(family.inject[0], "NO") != "NO":
        return False
    propagate, generate = family.halves(family.of_table(parameters["INIT0"]), fixed)
    mask = (1 << family.rows) - 1
    sums = propagate ^ mask if carry_in else propagate
    carries = (generate & ~propagate | (propagate if carry_in else 0)) & mask
    if wires.get("S0", UNCONNECTED) != UNCONNECTED and uses[wires["S0"][0]]:
        low = {port: wires[f"{port}0"] for port in "ABCD"[: family.low]}
        repeated = sum(sums << shift for shift in range(0, 16, family.rows))
        cells[f"{name}$first"] = {
            "hide_name": cell.get("hide_name", 0),
            "type": "LUT4",
            "parameters": {"INIT": family.table(repeated)},
            "attributes": {},
            "port_directions": dict(_PORTS),
            "connections": low | dict.fromkeys(family.upper, ["0"]) | {"Z": wires["S0"]},
        }
        wires["S0"] = UNCONNECTED
    # With the upper inputs at 1 the table is 0: nothing propagates, its low rows are the carry.
    parameters["INIT0"] = family.table(carries)
    wires |= {f"{port}0": ["1"] for port in family.upper} | {"CIN": UNCONNECTED}
    return True
