"""Nets of a flat netlist: how often each is used."""

from collections import Counter

UNCONNECTED = ["x"]


def net_uses(module: dict) -> Counter:
    """How often a net is an input of a cell or leaves the design; constants are no nets."""
    uses = Counter(bit for port in module["ports"].values() for bit in port["bits"])
    for cell in module["cells"].values():
        for port, bits in cell["connections"].items():
            if cell["port_directions"][port] == "input":
                uses.update(bits)
    for constant in ("0", "1", "x", "z"):
        del uses[constant]
    return uses


def drop_unconnected_outputs(module: dict) -> None:
    """Delete connections of outputs to x, which Yosys and simulators refuse to read, in place."""
    for cell in module["cells"].values():
        for port, bits in list(cell["connections"].items()):
            if bits == UNCONNECTED and cell["port_directions"][port] == "output":
                del cell["connections"][port], cell["port_directions"][port]


def connect_carry_outputs(module: dict) -> None:
    """The reverse where nextpnr's packer looks up a port, whatever it is connected to."""
    for cell in module["cells"].values():
        if cell["type"] in ("CCU2C", "CCU2") and "COUT" not in cell["connections"]:
            cell["connections"]["COUT"] = UNCONNECTED
            cell["port_directions"]["COUT"] = "output"
