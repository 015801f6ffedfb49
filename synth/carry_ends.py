"""Start and end carry chains without the cells that place and route would add to them.

nextpnr puts a feed-in cell (two elements) in front of a chain whose carry-in is a constant, and a
feed-out cell behind one whose last carry-out has a net, used or not. Here the last carry-out loses
its unused net. The first adder bit becomes a plain look-up table, and the half cell that it leaves
makes the carry of that bit from its two operands, whatever the carry-in is; so none is needed.
The rewrite keeps every function (CCU2C as in Yosys' cell model).
"""

from collections import Counter

from synth.nets import UNCONNECTED, net_uses


def trim_carry_chains(netlist: dict, top: str) -> int:
    """Rewrite ``netlist`` (Yosys JSON, ECP5 cells) in place; return the number of ends trimmed."""
    module = netlist["modules"][top]
    uses = net_uses(module)
    trimmed = 0
    for name, cell in list(module["cells"].items()):
        if cell["type"] != "CCU2C":
            continue
        wires = cell["connections"]
        if wires["COUT"] and not uses[wires["COUT"][0]] and wires["COUT"] != UNCONNECTED:
            wires["COUT"] = UNCONNECTED
            trimmed += 1
        trimmed += _start(module["cells"], name, cell, uses)
    return trimmed


def _start(cells: dict, name: str, cell: dict, uses: Counter) -> bool:
    """Make the chain's first half independent of a constant carry-in, if this is its first."""
    wires, parameters = cell["connections"], cell["parameters"]
    carry_in = {"0": 0, "1": 1, "x": 0}.get(wires["CIN"][0])
    fixed = [{"0": 0, "1": 1}.get(wires[port][0]) for port in ("C0", "D0")]
    if carry_in is None or None in fixed or parameters["INJECT1_0"] != "NO":
        return False
    table = int(parameters["INIT0"], 2)
    propagate = table >> (4 * (fixed[0] + 2 * fixed[1])) & 0xF
    sums = propagate ^ 0xF if carry_in else propagate
    carries = (table & ~propagate | (propagate if carry_in else 0)) & 0xF
    if uses[wires["S0"][0]]:
        connections = {"A": wires["A0"], "B": wires["B0"], "C": ["0"], "D": ["0"]}
        cells[f"{name}$first"] = {
            "hide_name": cell.get("hide_name", 0),
            "type": "LUT4",
            "parameters": {"INIT": f"{sums | sums << 4 | sums << 8 | sums << 12:016b}"},
            "attributes": {},
            "port_directions": dict.fromkeys("ABCD", "input") | {"Z": "output"},
            "connections": connections | {"Z": wires["S0"]},
        }
        wires["S0"] = UNCONNECTED
    # With D at 1 the four-input table is 0: nothing propagates, the low four bits are the carry.
    parameters["INIT0"] = f"{carries:016b}"
    wires["C0"], wires["D0"], wires["CIN"] = ["1"], ["1"], UNCONNECTED
    return True
