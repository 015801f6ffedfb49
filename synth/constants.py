"""Constants of a netlist as such, or as nets that a cell drives, as nextpnr-nexus wants them."""

_DRIVERS = {"VLO": "0", "VHI": "1"}


def as_constants(module: dict) -> None:
    """Put 0 and 1 in the place of nets that VLO and VHI drive, in a module of Yosys' JSON."""
    cells = module["cells"]
    values = {}
    for name in [name for name, cell in cells.items() if cell["type"] in _DRIVERS]:
        cell = cells.pop(name)
        values[cell["connections"]["Z"][0]] = _DRIVERS[cell["type"]]
    _replace(module, values)


def as_nets(module: dict) -> None:
    """The reverse: one VLO and one VHI for all that is a constant."""
    used = [bits for cell in module["cells"].values() for bits in cell["connections"].values()]
    used += [port["bits"] for port in module["ports"].values()]
    free = 1 + max((bit for bits in used for bit in bits if isinstance(bit, int)), default=1)
    values = {value: free + place for place, value in enumerate(_DRIVERS.values())}
    _replace(module, values)
    for kind, value in _DRIVERS.items():
        module["cells"][f"${kind}"] = {
            "hide_name": 1,
            "type": kind,
            "parameters": {},
            "attributes": {},
            "port_directions": {"Z": "output"},
            "connections": {"Z": [values[value]]},
        }


def _replace(module: dict, values: dict) -> None:
    """Bits of ports and of connections by others; what is only a name of a net stays."""
    holders = [(port, "bits") for port in module["ports"].values()]
    holders += [(cell["connections"], port) for cell in module["cells"].values()
                for port in cell["connections"]]  # fmt: skip
    for holder, name in holders:
        holder[name] = [values.get(bit, bit) for bit in holder[name]]
