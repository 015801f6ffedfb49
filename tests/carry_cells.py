"""What a netlist of ECP5's carry cells and look-up tables computes, by Yosys' cell model."""

CARRY_PORTS = {f"{port}{half}": "input" for port in "ABCD" for half in "01"} | {"CIN": "input"}
CARRY_PORTS |= dict.fromkeys(("S0", "S1", "COUT"), "output")


def evaluate(netlist: dict, values: dict, floating: int) -> dict:
    """Net values; an unconnected carry-in is ``floating``."""
    values = {"0": 0, "1": 1, "x": floating} | values
    waiting = list(netlist["modules"]["top"]["cells"].values())
    while waiting:
        cell = next(cell for cell in waiting if _inputs(cell) <= values.keys())
        waiting.remove(cell)
        wires = {port: bits[0] for port, bits in cell["connections"].items()}
        found = (
            _table(cell, wires, values) if cell["type"] == "LUT4" else _carry(cell, wires, values)
        )
        values |= {wires[port]: value for port, value in found.items() if wires[port] != "x"}
    return values


def _inputs(cell: dict) -> set:
    directions = cell["port_directions"]
    return {bits[0] for port, bits in cell["connections"].items() if directions[port] == "input"}


def _table(cell: dict, wires: dict, values: dict) -> dict:
    row = sum(values[wires[port]] << i for i, port in enumerate("ABCD"))
    return {"Z": int(cell["parameters"]["INIT"], 2) >> row & 1}


def _carry(cell: dict, wires: dict, values: dict) -> dict:
    carry, found = values[wires["CIN"]], {}
    for half in "01":
        table = int(cell["parameters"][f"INIT{half}"], 2)
        row = sum(values[wires[port + half]] << i for i, port in enumerate("ABCD"))
        propagate = table >> row & 1
        found[f"S{half}"] = propagate ^ carry
        carry = carry if propagate else table >> (row & 3) & 1
    return found | {"COUT": carry}
