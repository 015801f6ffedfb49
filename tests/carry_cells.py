"""What a netlist of carry cells and look-up tables computes, by Yosys' cell models."""

from synth.carry_cells import CCU2, CCU2C

CARRY_PORTS = {f"{port}{half}": "input" for port in "ABCD" for half in "01"} | {"CIN": "input"}
CARRY_PORTS |= dict.fromkeys(("S0", "S1", "COUT"), "output")

_ADD = "1001011010101010"  # A xor B, with C at 0 and D at 1 a full adder's propagate
_START = "0000000000001010"  # with C and D at 1: nothing propagates, A is carried


def chains(bits: int, count: int = 2) -> dict:
    """``count`` adders a + b + plus, each begun by a half cell: its nets begin at 100 * number."""
    cells, outputs = {}, []
    for number in range(1, count + 1):
        base = 100 * number
        halves = [(_START, {"A": base, "B": "0", "C": "1", "D": "1", "S": "x"})]
        for i in range(bits):
            halves.append((_ADD, {"A": base + 10 + i, "B": base + 30 + i, "C": "0", "D": "1",
                                  "S": base + 50 + i}))  # fmt: skip
        outputs += [base + 50 + i for i in range(bits)]
        if len(halves) % 2:
            halves.append(("0" * 16, dict.fromkeys("ABCD", "0") | {"S": "x"}))
        size = len(halves) // 2
        for place in range(size):
            wires = {"CIN": [base + 70 + place] if place else ["x"]}
            wires["COUT"] = [base + 71 + place] if place + 1 < size else ["x"]
            parameters = {}
            for half in range(2):
                table, ports = halves[2 * place + half]
                parameters |= {f"INIT{half}": table, f"INJECT1_{half}": "NO"}
                wires |= {f"{port}{half}": [net] for port, net in ports.items()}
            cells[f"adder{number}.{place}"] = {
                "type": "CCU2C",
                "parameters": parameters,
                "port_directions": dict(CARRY_PORTS),
                "connections": wires,
            }
    ports = {"s": {"direction": "output", "bits": outputs}}
    return {"modules": {"top": {"ports": ports, "cells": cells}}}


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
    content = cell["parameters"]["INIT"]
    family = CCU2 if "x" in content else CCU2C
    return {"Z": family.of_table(content) >> row & 1}


def _carry(cell: dict, wires: dict, values: dict) -> dict:
    """Where a table is 0, its rows with D at 0, of CCU2C also C at 0, say what is carried."""
    family = {"CCU2": CCU2, "CCU2C": CCU2C}[cell["type"]]
    carry, found = values[wires["CIN"]], {}
    for half in "01":
        table = family.of_table(cell["parameters"][f"INIT{half}"])
        row = sum(values[wires[port + half]] << i for i, port in enumerate("ABCD"))
        propagate = table >> row & 1
        found[f"S{half}"] = propagate ^ carry
        carry = carry if propagate else table >> (row & family.rows - 1) & 1
    return found | {"COUT": carry}
