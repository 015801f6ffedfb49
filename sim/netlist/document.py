"""The JSON netlists of Yosys and nextpnr, read and checked."""

import json
from pathlib import Path

from model.errors import InputError


def load_netlist(path: Path) -> dict:
    """Return the netlist in ``path``; ``InputError`` if it is not one of Yosys' or nextpnr's."""
    try:
        netlist = json.loads(path.read_bytes())
        for module in netlist["modules"].values():
            _check_shape(module)
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from error
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        reason = f"{type(error).__name__}: {error}"
        raise InputError(f"{path}: not a netlist of yosys ({reason}); remove it") from error
    return netlist


def top_module(netlist: dict, path: Path) -> dict:
    """The module that is the design; all others only say what ports a cell has."""
    tops = [module for module in netlist["modules"].values()
            if str(module.get("attributes", {}).get("top", "0")).strip("0") == "1"]  # fmt: skip
    if len(tops) != 1:
        raise InputError(f"{path}: {len(tops)} top modules")
    return tops[0]


def _check_shape(module: dict) -> None:
    """Raise ``ValueError``, ``TypeError`` ... for a module without what the next steps use."""
    for port in module["ports"].values():
        _check_bits(port["bits"])
    for net in module.get("netnames", {}).values():
        _check_bits(net["bits"])
        net["hide_name"] + 0
    for cell in module["cells"].values():
        cell["type"] + ""
        for part in ("parameters", "attributes", "port_directions"):
            cell.get(part, {}).items()
        for bits in cell["connections"].values():
            _check_bits(bits)


def _check_bits(bits: list) -> None:
    if not isinstance(bits, list) or any(type(bit) not in (int, str) for bit in bits):
        raise TypeError("bits of a net are numbers and constants")
