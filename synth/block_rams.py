"""Block RAMs as the data sheet has them, where Yosys writes what a place and route tool must mend.

* A ROM of 36-bit words has no write port, and Yosys ties that port's clock to 0. But its pins serve
  one half of the word (DOA), whose output register would stand still if the silicon clocked it
  from there. Both ports get the one clock, so nothing depends on how that is.
* Where the data of a port are never read, or it never writes, Yosys picks READBEFOREWRITE. That
  mode exists for ports of 9 bits and more only (Lattice FPGA-TN-02204) and may cost speed: NORMAL.
"""

from collections import Counter

from synth.nets import net_uses

OUTPUTS = {side: tuple(f"DO{side}{bit}" for bit in range(18)) for side in "AB"}


def tidy_block_rams(netlist: dict, top: str) -> Counter:
    """Rewrite ``netlist`` (Yosys JSON, ECP5 cells) in place; return what changed, by kind."""
    module = netlist["modules"][top]
    uses, changed = net_uses(module), Counter()
    for cell in module["cells"].values():
        if cell["type"] != "DP16KD":
            continue
        wires, parameters = cell["connections"], cell["parameters"]
        if is_wide(cell) and wires["CLKA"] == wires["CEA"] == ["0"]:
            wires["CLKA"] = wires["CLKB"]
            parameters["CLKAMUX"] = {"CLKB": "CLKA"}.get(parameters["CLKBMUX"], "INV")
            changed["clocks"] += 1
        for side in "AB":
            reads = any(uses[wires.get(port, ["x"])[0]] for port in OUTPUTS[side])
            mode = f"WRITEMODE_{side}"
            if parameters.get(mode) == "READBEFOREWRITE" and not (
                reads and wires[f"WE{side}"] != ["0"]
            ):
                parameters[mode] = "NORMAL"
                changed["write_modes"] += 1
    return changed


def is_wide(memory: dict) -> bool:
    """Whether it is read by 36 bits: both halves of the data belong to port B then."""
    return int(memory["parameters"]["DATA_WIDTH_B"], 2) == 36
