"""Pack the register behind a block RAM or a multiplier into it, as the vendor's mapper does.

An ECP5 block RAM drives its data 5.6 ns after the clock edge at speed 6, but 1 ns with its own
output register on (DP16KD, REGMODE = OUTREG; Lattice TN-02204, "ECP5 memory usage guide"). A
multiplier (MULT18X18D, REG_OUTPUT_CLK; TN-02205, "ECP5 sysDSP usage guide") saves the way from its
outputs to registers of the fabric. Nexus has the same register (PDPSC16K, OUTREG = USED; cells of
Yosys, bits of Project Oxide), but no clock enable of its own for it. Yosys maps these cells but
never those registers. The rewrite keeps the behaviour: it applies only where every used output of
the block feeds exactly one flip-flop, and those share the clock and the enable and have no reset.
"""

from collections import Counter, defaultdict

from synth.block_rams import OUTPUTS, is_wide
from synth.nets import net_uses

_MEMORY_OUTPUTS = (*OUTPUTS["A"], *OUTPUTS["B"])
_PRODUCT_OUTPUTS = tuple(f"P{bit}" for bit in range(36))
_DATA = {"TRELLIS_FF": "DI", "FD1P3IX": "D"}
"""Data inputs of flip-flops by their type."""


def pack_output_registers(netlist: dict, top: str) -> Counter:
    """Rewrite ``netlist`` (Yosys JSON) in place; return the cells changed, by type."""
    module = netlist["modules"][top]
    loads, uses = defaultdict(list), net_uses(module)
    for name, cell in module["cells"].items():
        for port, bits in cell["connections"].items():
            if cell["port_directions"][port] == "input":
                for bit in bits:
                    loads[bit].append((name, port))
    packed = Counter()
    rewrites = {"DP16KD": _pack_memory, "MULT18X18D": _pack_product, "PDPSC16K": _pack_single_clock}
    for cell in module["cells"].copy().values():
        if cell["type"] in rewrites:
            packed[cell["type"]] += rewrites[cell["type"]](module["cells"], cell, loads, uses)
    return packed


def _pack_memory(cells: dict, memory: dict, loads: dict, uses: Counter) -> bool:
    wires = memory["connections"]
    outputs = [(port, 0) for port in _MEMORY_OUTPUTS if uses[wires.get(port, ["x"])[0]]]
    found = _registers(cells, memory, outputs, loads, uses)
    if found is None:
        return False
    registers, (clock, enable) = found
    if clock != _clock(memory, outputs):
        return False
    _move(cells, memory, registers)
    for side in "AB":
        memory["parameters"][f"REGMODE_{side}"] = "OUTREG"
        wires[f"OCE{side}"] = [enable]
    return True


def _pack_single_clock(cells: dict, memory: dict, loads: dict, uses: Counter) -> bool:
    """Of Nexus: one clock, a read port and a write port."""
    parameters, wires = memory["parameters"], memory["connections"]
    outputs = [("DO", place) for place, bit in enumerate(wires["DO"]) if uses[bit]]
    found = _registers(cells, memory, outputs, loads, uses)
    # What the read enable does to the register is nowhere said: both are always on.
    quiet = wires["CER"] == ["1"] and wires["RST"] == ["0"] and parameters["OUTREG"] == "BYPASSED"
    if found is None or not quiet or found[1] != (wires["CLK"][0], "1"):
        return False
    _move(cells, memory, found[0])
    parameters["OUTREG"] = "USED"
    return True


def _pack_product(cells: dict, multiplier: dict, loads: dict, uses: Counter) -> bool:
    wires = multiplier["connections"]
    outputs = [(port, 0) for port in _PRODUCT_OUTPUTS if uses[wires.get(port, ["x"])[0]]]
    found = _registers(cells, multiplier, outputs, loads, uses)
    if found is None:
        return False
    registers, (clock, enable) = found
    _move(cells, multiplier, registers)
    multiplier["parameters"]["REG_OUTPUT_CLK"] = "CLK0"
    for port, net in (("CLK0", clock), ("CE0", enable), ("RST0", "0")):
        wires[port] = [net]
        multiplier["port_directions"][port] = "input"
    return True


def _registers(cells: dict, block: dict, outputs: list, loads: dict, uses: Counter):
    """The flip-flop behind each output, by port and place, and what they share.

    None if one does not fit.
    """
    registers = {}
    for port, place in outputs:
        bit = block["connections"][port][place]
        if uses[bit] != 1 or len(loads[bit]) != 1:
            return None
        name, pin = loads[bit][0]
        if pin != _DATA.get(cells[name]["type"]):
            return None
        registers[port, place] = name
    kinds = {_kind(cells[name]) for name in registers.values()}
    return (registers, kinds.pop()) if len(kinds) == 1 and None not in kinds else None


def _move(cells: dict, block: dict, registers: dict) -> None:
    """Drop the flip-flops; their block drives their nets."""
    for (port, place), name in registers.items():
        block["connections"][port][place] = cells.pop(name)["connections"]["Q"][0]


def _clock(memory: dict, outputs: list[tuple[str, int]]) -> int | None:
    """Return the net that clocks the used outputs, None unless it is one rising clock."""
    parameters, wires = memory["parameters"], memory["connections"]
    sides = "B" if is_wide(memory) else {port[2] for port, _ in outputs}
    nets = {wires[f"CLK{side}"][0] for side in sides}
    rising = all(parameters[f"CLK{side}MUX"] == f"CLK{side}" for side in sides)
    resets = {wires[f"RST{side}"][0] for side in sides}
    modes = {parameters[f"REGMODE_{side}"] for side in "AB"}
    if len(nets) != 1 or not rising or resets != {"0"} or modes != {"NOREG"}:
        return None
    return nets.pop()


def _kind(cell: dict) -> tuple[int, int | str] | None:
    """Return (clock net, enable net) of a plain rising flip-flop that powers up as 0."""
    parameters, wires = cell["parameters"], cell["connections"]
    if cell["type"] == "FD1P3IX":
        return (wires["CK"][0], wires["SP"][0]) if wires["CD"] == ["0"] else None
    if cell["type"] != "TRELLIS_FF" or parameters["CLKMUX"] != "CLK":
        return None
    if parameters["REGSET"] != "RESET" or wires.get("LSR", ["0"]) != ["0"]:
        return None
    if "M" in wires and parameters.get("SD", "0") != "0":
        return None
    enable = {"1": "1", "CE": wires.get("CE", ["1"])[0]}.get(parameters["CEMUX"].strip())
    return None if enable is None else (wires["CLK"][0], enable)
