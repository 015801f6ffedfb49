"""A design as gates, registers and memories: what checks of its state work on.

Yosys turns the Verilog into one flat module of two-input gates, multiplexers, D flip-flops and
memories. Nothing is optimised that depends on initial values, so that every register is there as
it was written, with its reset as logic in front of it.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from model.errors import InputError
from sim.netlist.document import load_netlist
from synth import yosys
from synth.targets import Target

ZERO, ONE, UNKNOWN = range(3)
"""The first three nets: constants, and what nothing drives."""

GATES = {"$_BUF_": "A", "$_NOT_": "A", "$_MUX_": "ABS"} | {
    f"$_{name}_": "AB" for name in ("AND", "OR", "XOR", "NAND", "NOR", "XNOR", "ANDNOT", "ORNOT")
}
"""Cell types and their inputs; the output is Y."""

_COMMANDS = (
    "attrmap -remove src",
    "proc",
    "opt_clean",
    "memory_collect",
    "simplemap",
    "techmap",
    "opt_expr",
    "opt_merge",
    "opt_clean",
    # Names make a flat design large: only those of registers and ports are kept.
    "setattr -set keep 1 t:$_DFF_P_ %co1:+$_DFF_P_[Q] w:* %i",
    "opt_clean -purge",
    "setattr -unset keep w:*",
    "flatten -noscopeinfo",
    "opt_clean",
)


@dataclass(frozen=True)
class Memory:
    """Words of bits with ports; reads are combinational, writes at the clock.

    read_ports : (address nets, data nets); write_ports : (enables of the bits, address, data)
    known, ones : initial words as bit masks, array (depth, width) of bool; a memory that has a
        write port holds anything after a reset
    """

    name: str
    known: np.ndarray
    ones: np.ndarray
    read_ports: list[tuple[np.ndarray, np.ndarray]]
    write_ports: list[tuple[np.ndarray, np.ndarray, np.ndarray]]

    @property
    def depth(self) -> int:
        return len(self.known)


@dataclass(frozen=True)
class Gates:
    """The flat design. Nets are numbers.

    nets : how many; gates : cell type -> array (gates, inputs + 1), the output last
    registers : array (registers, 2) of nets D and Q
    names : of nets, hierarchical, where they have one
    inputs, outputs : ports, name -> nets
    """

    nets: int
    gates: dict[str, np.ndarray]
    registers: np.ndarray
    memories: list[Memory]
    names: dict[int, str]
    inputs: dict[str, np.ndarray]
    outputs: dict[str, np.ndarray]


def read_gates(verilog: Path, top: str, work: Path, models: tuple[Path, ...] = ()) -> Gates:
    """Make the flat design of the module ``top``; intermediate files go to the folder ``work``.

    models : Verilog files with primitives that it instantiates
    """
    derive = []
    for model in models:
        if '"' in str(model):
            raise InputError(f"{model}: a file name with a double quote cannot be given to yosys")
        path = str(model).replace("{", "{{").replace("}", "}}")
        derive.append(f'read_verilog -overwrite "{path}"')
    target = Target("gates", "gates", (*derive, "hierarchy -check -top {top}", *_COMMANDS))
    netlist, log = work / "gates.json", work / "gates.log"
    yosys.synthesise(verilog, top, target, netlist, log)
    return gates_of(load_netlist(netlist)["modules"][top], str(verilog))


def gates_of(module: dict, source: str) -> Gates:
    """The design of a flat module of Yosys' JSON; ``InputError`` for a cell that has no rule."""
    nets = _Nets(module)
    by_type: dict[str, list] = {kind: [] for kind in GATES}
    registers, clocks, memories = [], set(), []
    for name, cell in module["cells"].items():
        kind, pins = cell["type"], cell["connections"]
        if kind in GATES:
            by_type[kind].append([nets.of(pins[pin][0]) for pin in (*GATES[kind], "Y")])
        elif kind == "$_DFF_P_":
            registers.append([nets.of(pins["D"][0]), nets.of(pins["Q"][0])])
            clocks.add(pins["C"][0])
        elif kind == "$mem_v2":
            memories.append(_memory(name, cell, nets))
        else:
            raise InputError(f"{source}: cell {name} is a {kind}, which this check does not know")
    if len(clocks) > 1:
        raise InputError(f"{source}: {len(clocks)} clocks, this check knows designs of one")
    gates = {kind: np.array(rows, dtype=np.int64) for kind, rows in by_type.items() if rows}
    ports = {"input": {}, "output": {}}
    for name, port in module["ports"].items():
        ports[port["direction"]][name] = nets.array(port["bits"])
    return Gates(
        nets.count,
        gates,
        np.array(registers, dtype=np.int64).reshape(-1, 2),
        memories,
        nets.names(),
        ports["input"],
        ports["output"],
    )


class _Nets:
    """Numbers of Yosys' bits, dense behind the three constants."""

    def __init__(self, module: dict):
        self._module = module
        self._number = {"0": ZERO, "1": ONE, "x": UNKNOWN, "z": UNKNOWN}
        driven = set()
        for cell in module["cells"].values():
            for pin, direction in cell["port_directions"].items():
                if direction == "output":
                    driven.update(cell["connections"][pin])
        for port in module["ports"].values():
            if port["direction"] == "input":
                driven.update(port["bits"])
        # What nothing drives keeps its initial value.
        for net in module["netnames"].values():
            value = net.get("attributes", {}).get("init")
            if value is not None:
                for bit, initial in zip(net["bits"], reversed(value), strict=False):
                    if bit not in driven and bit not in self._number and initial in "01":
                        self._number[bit] = int(initial)
        self._driven, self.count = driven, 3

    def of(self, bit) -> int:
        number = self._number.get(bit)
        if number is None:
            if bit not in self._driven:
                number = UNKNOWN
            else:
                number, self.count = self.count, self.count + 1
            self._number[bit] = number
        return number

    def array(self, bits: list) -> np.ndarray:
        return np.array([self.of(bit) for bit in bits], dtype=np.int64)

    def names(self) -> dict[int, str]:
        """The shortest name that the design's text gives to each net."""
        found: dict[int, str] = {}
        for name, net in self._module["netnames"].items():
            if net.get("hide_name"):
                continue
            for place, bit in enumerate(net["bits"]):
                number = self._number.get(bit, UNKNOWN)
                if number > UNKNOWN:
                    full = f"{name}[{place}]" if len(net["bits"]) > 1 else name
                    full = full.replace("\\", "")
                    if number not in found or _rank(full) < _rank(found[number]):
                        found[number] = full
        return found


def _rank(name: str) -> tuple:
    return "$" in name, len(name), name


def _memory(name: str, cell: dict, nets: _Nets) -> Memory:
    def whole(parameter: str) -> int:
        return int(cell["parameters"][parameter], 2)

    pins = {pin: nets.array(bits) for pin, bits in cell["connections"].items()}
    width, depth, bits = whole("WIDTH"), whole("SIZE"), whole("ABITS")
    if whole("OFFSET") or (whole("RD_PORTS") and whole("RD_CLK_ENABLE")):
        raise InputError(f"memory {name}: this check knows no clocked read port and no offset")
    initial = cell["parameters"]["INIT"][::-1].ljust(width * depth, "x")[: width * depth]
    text = np.frombuffer(initial.encode(), dtype="S1").reshape(depth, width)
    reads = [
        (pins["RD_ADDR"][port * bits :][:bits], pins["RD_DATA"][port * width :][:width])
        for port in range(whole("RD_PORTS"))
    ]
    writes = [
        (
            pins["WR_EN"][port * width :][:width],
            pins["WR_ADDR"][port * bits :][:bits],
            pins["WR_DATA"][port * width :][:width],
        )
        for port in range(whole("WR_PORTS"))
    ]
    return Memory(name, text != b"x", text == b"1", reads, writes)
