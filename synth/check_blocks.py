"""Whether the rewritten netlist keeps what block RAMs, multipliers and registers did, cell by cell.

Independent of the code that rewrites: it takes the netlist before and after, finds each flip-flop
that is gone, and asks of the block that drives its net now whether it does the same. Block RAM and
multiplier as in :mod:`sim.netlist`'s models.
"""

from collections import Counter, defaultdict

from model.errors import InputError

_REWRITTEN = ("CCU2C", "CCU2", "LUT4")
"""Cells whose functions :mod:`synth.check_carries` compares."""


def check_blocks(before: dict, after: dict) -> Counter:
    """Compare two flat modules (Yosys JSON); return how many registers moved, into what.

    ``InputError`` says what changed. Equal must be: ports; all cells but ``_REWRITTEN``, except
    flip-flops that moved into the block in front of them, write modes of ports that do not both
    read and write, and the clock of a port that does nothing.
    """
    if _ports(before) != _ports(after):
        raise InputError("the ports changed")
    old, new = before["cells"], after["cells"]
    uses = _uses(before)
    gone, moved = {}, Counter()
    for name, cell in old.items():
        if cell["type"] in _REWRITTEN:
            continue
        if name not in new:
            if cell["type"] != "TRELLIS_FF":
                raise InputError(f"{cell['type']} {name} is gone")
            _plain(name, cell)
            gone[cell["connections"]["DI"][0]] = name
    for name, cell in new.items():
        if cell["type"] in _REWRITTEN:
            continue
        if name not in old or old[name]["type"] != cell["type"]:
            raise InputError(f"{cell['type']} {name} is new")
        if cell["type"] in _BLOCKS:
            taken = _block(name, old[name], cell, gone, old, uses)
            moved["registers_in_" + _BLOCKS[cell["type"]]] += taken
        elif _said(old[name]) != _said(cell):
            raise InputError(f"{cell['type']} {name} is another one")
    if gone:
        raise InputError(f"register {next(iter(gone.values()))} is gone, and no block holds it")
    return +moved


_BLOCKS = {"DP16KD": "block_ram", "MULT18X18D": "dsp"}


def _ports(module: dict) -> dict:
    return {name: (port["direction"], port["bits"]) for name, port in module["ports"].items()}


def _said(cell: dict) -> tuple:
    """What a cell is: without names, and without outputs that go nowhere."""
    wires = {port: bits for port, bits in cell["connections"].items()
             if not (cell["port_directions"][port] == "output" and bits == ["x"])}  # fmt: skip
    return cell["type"], cell["parameters"], wires


def _uses(module: dict) -> dict:
    """Who reads each net: (cell, port), or a port of the module."""
    uses = defaultdict(list)
    for name, port in module["ports"].items():
        if port["direction"] != "input":
            for bit in port["bits"]:
                uses[bit].append((name, None))
    for name, cell in module["cells"].items():
        for port, bits in cell["connections"].items():
            if cell["port_directions"][port] != "output":
                for bit in bits:
                    uses[bit].append((name, port))
    return uses


def _plain(name: str, cell: dict) -> None:
    """A register that a block's own can stand for: rising clock, no reset, 0 at power-up."""
    said, wires = cell["parameters"], cell["connections"]
    fits = said["CLKMUX"] == "CLK" and said["REGSET"] == "RESET" and "M" not in wires
    fits = fits and said["CEMUX"] in ("1 ", "CE")
    fits = fits and said.get("LSRMUX", "LSR") == "LSR" and wires.get("LSR", ["0"]) == ["0"]
    if not fits:
        raise InputError(f"register {name} is gone, but it has a reset, a start value or the like")


def _block(name: str, old: dict, new: dict, gone: dict, cells: dict, uses: dict) -> int:
    """How many registers moved into a block; ``InputError`` if it does not do what they did."""
    moved, kept = {}, set()
    drove, drives = _outputs(old), _outputs(new)
    for port in drove.keys() | drives.keys():
        net, now = drove.get(port), drives.get(port)
        read = net is not None and uses[net]
        if net == now:
            kept |= {port} if read else set()
        elif not read and now is None:
            continue
        elif not read or net not in gone or [reader[1] for reader in uses[net]] != ["DI"]:
            raise InputError(f"{name}: output {port} drives another net than before")
        else:
            moved[port] = cells[gone.pop(net)]
            if moved[port]["connections"]["Q"] != [now]:
                raise InputError(f"{name}: output {port} does not drive what its register drove")
    if moved and any(on for port in drove for on, *_ in _own_registers(old, port)):
        raise InputError(f"{name}: its own registers were on before")
    _registered(name, new, moved, kept)
    _unchanged(name, old, new, bool(moved), uses)
    return len(moved)


def _outputs(cell: dict) -> dict[str, int]:
    """The nets that a cell drives, by port."""
    return {port: bits[0] for port, bits in cell["connections"].items()
            if cell["port_directions"][port] == "output" and type((bits or [""])[0]) is int}


def _registered(name: str, new: dict, moved: dict[str, dict], kept: set[str]) -> None:
    """The block's own register must be on for all that moved, with their clock and enable."""
    said, wires = new["parameters"], new["connections"]
    for port, register in moved.items():
        pins, always = register["connections"], register["parameters"]["CEMUX"] == "1 "
        enable = ["1"] if always else pins.get("CE", ["1"])
        for on, clock, its_enable, reset in _own_registers(new, port):
            if not on:
                raise InputError(f"{name}: the register of {port} moved in, and its own is off")
            if wires[clock] != pins["CLK"] or said.get(f"{clock}MUX", clock) != clock:
                raise InputError(f"{name}: the register of {port} had another clock")
            if wires[its_enable] != enable:
                raise InputError(f"{name}: the register of {port} had another enable")
            if wires[reset] != ["0"]:
                raise InputError(f"{name}: the register of {port} had no reset")
    for port in kept:
        if moved and any(on for on, *_ in _own_registers(new, port)):
            raise InputError(f"{name}: output {port} has a register that it did not have")


def _own_registers(block: dict, port: str) -> list[tuple[bool, str, str, str]]:
    """On or off, clock, enable and reset of the register behind an output.

    Of a 36-bit read the half of port A has two: nobody says whose pins clock it.
    """
    said = block["parameters"]
    if block["type"] == "MULT18X18D":
        clock = said.get("REG_OUTPUT_CLK", "NONE")
        pins = (said.get("REG_OUTPUT_CE", "CE0"), said.get("REG_OUTPUT_RST", "RST0"))
        return [(clock != "NONE", clock, *pins)]
    side = port[2]
    if int(said["DATA_WIDTH_B"], 2) == 36:
        side = {"A": "AB", "B": "B"}[side]
    return [(said[f"REGMODE_{one}"] == "OUTREG", f"CLK{one}", f"OCE{one}", f"RST{one}")
            for one in side]  # fmt: skip


def _unchanged(name: str, old: dict, new: dict, moved: bool, uses: dict) -> None:
    """All else of a block: its parameters and inputs."""
    free = set()
    if moved and new["type"] == "DP16KD":
        free = {"REGMODE_A", "REGMODE_B", "OCEA", "OCEB"}
    elif moved and "CLK0" not in old["parameters"].values():
        free = {"REG_OUTPUT_CLK", "CLK0", "CE0", "RST0"}
    if new["type"] == "DP16KD":
        for side in "AB":
            reads = any(uses[net] for port, net in _outputs(old).items() if port[2] == side)
            writes = old["connections"][f"WE{side}"] != ["0"]
            if new["parameters"].get(f"WRITEMODE_{side}") == "NORMAL" and not (reads and writes):
                free.add(f"WRITEMODE_{side}")
        if old["connections"]["CEA"] == old["connections"]["CLKA"] == ["0"]:
            free |= {"CLKA", "CLKAMUX"}  # the port neither reads nor writes
    outputs = {port for port, way in old["port_directions"].items() if way == "output"}
    for part in ("parameters", "connections"):
        for key in old[part].keys() | new[part].keys():
            changed = old[part].get(key) != new[part].get(key)
            if changed and key not in free and key not in outputs:
                raise InputError(f"{name}: {key} is {new[part].get(key)}, was {old[part].get(key)}")
