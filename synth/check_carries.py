"""Proof that rewritten carry chains compute what the chains did that Yosys mapped.

Both netlists are cut at every cell that is the same in both: registers, memories, untouched tables.
What is left, as functions of the nets at the cut, goes to ABC's combinational equivalence check,
with Yosys' own models of the cells. A net that is x in the netlist is 0 before and 1 after, so
nothing may depend on it.
"""

import json
import os
from pathlib import Path

from model import processes
from model.asides import aside
from model.errors import InputError
from synth import yosys
from synth.carry_cells import CCU2C, CarryCells

_EQUIVALENT = "Networks are equivalent"


def check_carries(
    before: dict, after: dict, work: Path, family: CarryCells = CCU2C
) -> tuple[int, int]:
    """Compare two flat modules (Yosys JSON); return (cells that changed, nets proven equal).

    Intermediate files go to a folder in ``work``. ``InputError`` if a net that others read is not
    the same function.
    """
    compared = (family.kind, "LUT4")
    old, new = _changed(before, after, compared), _changed(after, before, compared)
    if not old and not new:
        return 0, 0
    inputs, outputs = _cut(before, after, old, new)
    if not outputs:
        return len(old), 0
    with aside(work, ".proving-") as folder:
        commands = []
        for name, cells, unknown in (("before", old, "0"), ("after", new, "1")):
            design = {"modules": {name: _module(cells, inputs, outputs, unknown)}}
            (folder / f"{name}.json").write_text(json.dumps(design))
            commands += [
                f"read_verilog -D NO_INCLUDES {family.models}", f"read_json {name}.json",
                f"hierarchy -check -top {name}", "flatten", "opt_clean", "aigmap",
                f"write_aiger {name}.aig", "design -reset",
            ]  # fmt: skip
        log = folder / "log"
        yosys.run_commands(commands, folder, log)
        _equivalent(folder, log)
    return len(old), len(outputs)


def _equivalent(folder: Path, log: Path) -> None:
    with log.open("ab") as output:
        words = [str(yosys.abc()), "-c", "cec -n before.aig after.aig"]
        code = processes.run(words, output, folder, dict(os.environ))
    text = log.read_text(errors="replace")
    if code or _EQUIVALENT not in text:
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        raise InputError(f"a carry chain computes something else: {(lines or ['no output'])[-1]}")


def _changed(one: dict, other: dict, compared: tuple[str, ...]) -> dict[str, dict]:
    """Carry cells and tables of one netlist that are not the same in the other."""
    found = {}
    for name, cell in one["cells"].items():
        if cell["type"] in compared:
            twin = other["cells"].get(name)
            if twin is None or _said(twin) != _said(cell):
                found[name] = cell
    return found


def _said(cell: dict) -> tuple:
    wires = {port: bits for port, bits in cell["connections"].items() if _reaches(cell, port)}
    return cell["type"], cell["parameters"], wires


def _reaches(cell: dict, port: str) -> bool:
    """Whether a port is an input, or an output with a net."""
    outward = cell["port_directions"][port] == "output"
    return not outward or isinstance((cell["connections"][port] or ["x"])[0], int)


def _nets(cells: dict[str, dict], way: str) -> set[int]:
    pins = ((cell["port_directions"][port], bits) for cell in cells.values()
            for port, bits in cell["connections"].items())  # fmt: skip
    return {bit for its, bits in pins if its == way for bit in bits if isinstance(bit, int)}


def _cut(before: dict, after: dict, old: dict, new: dict) -> tuple[list[int], list[int]]:
    """Nets at which the changed parts begin, and those that the rest of either netlist reads."""
    driven_old, driven_new = _nets(old, "output"), _nets(new, "output")
    read = set()
    for module, changed in ((before, old), (after, new)):
        rest = {name: cell for name, cell in module["cells"].items() if name not in changed}
        read |= _nets(rest, "input")
        read |= {bit for port in module["ports"].values() for bit in port["bits"]
                 if isinstance(bit, int) and port["direction"] != "input"}  # fmt: skip
    outputs = (driven_old | driven_new) & read
    if lost := outputs - (driven_old & driven_new):
        raise InputError(f"net {min(lost)} is driven by a carry chain in one netlist alone")
    inputs = (_nets(old, "input") - driven_old) | (_nets(new, "input") - driven_new)
    if mixed := inputs & (driven_old | driven_new):
        raise InputError(f"net {min(mixed)} lost what drives it")
    return sorted(inputs), sorted(outputs)


def _module(cells: dict[str, dict], inputs: list[int], outputs: list[int], unknown: str) -> dict:
    """A module of the cells alone, for Yosys."""
    ports = {"o": {"direction": "output", "bits": outputs}}
    if inputs:
        ports["i"] = {"direction": "input", "bits": inputs}
    known = {}
    for number, cell in enumerate(cells.values()):
        wires = {port: [unknown if bit == "x" else bit for bit in bits]
                 for port, bits in cell["connections"].items() if _reaches(cell, port)}  # fmt: skip
        directions = {port: cell["port_directions"][port] for port in wires}
        known[f"c{number}"] = {
            "hide_name": 0, "type": cell["type"], "parameters": cell["parameters"],
            "attributes": {}, "port_directions": directions, "connections": wires,
        }  # fmt: skip
    return {"attributes": {"top": "1"}, "ports": ports, "cells": known, "netnames": {}}
