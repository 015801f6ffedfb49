"""Yosys, through its native Python module in a process of its own."""

import importlib.metadata
import importlib.util
import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

from model.errors import InputError
from synth.targets import Target

# A fatal Yosys error ends the whole process, so it must not be ours.
_CHILD = """
import sys
from pyosys import libyosys
design = libyosys.Design()
for command in sys.argv[1:]:
    libyosys.run_pass(command, design)
"""

_SOURCES = {"src", "cell_src", "module_src"}


def version() -> str:
    """Return the version of pyosys; ``InputError`` if it is not installed."""
    if importlib.util.find_spec("pyosys") is None:
        raise InputError("pyosys: not installed; pip install 'unfoldhw[synth]'")
    return importlib.metadata.version("pyosys")


def synthesise(
    verilog: Path, top: str, target: Target, netlist: Path, log: Path, once: str | None = None
) -> None:
    """Synthesise ``verilog`` for ``target`` and write the mapped netlist, flat, as JSON.

    ``once`` names a module that is mapped by itself, however many instances it has; ``*`` every
    module. Nothing is merged across its border. ``log`` gets the tool's whole output.
    ``InputError`` carries Yosys's own error line.
    """
    version()
    text = verilog.read_text(encoding="utf-8")
    reader = "read_verilog -sv" if re.search(r"\balways_(comb|ff)\b", text) else "read_verilog"
    commands = [
        f"{reader} {_quoted(verilog)}",
        f"hierarchy -top {top}",
        *([f"setattr -mod -set keep_hierarchy 1 {once}"] if once else []),
        *(command.format(top=top) for command in target.yosys_commands),
        *([f"setattr -mod -unset keep_hierarchy {once}", "flatten", "opt_clean"] if once else []),
        f"write_json {_quoted(netlist)}",
    ]
    with log.open("wb") as output:
        finished = subprocess.run(
            [sys.executable, "-c", _CHILD, *commands], stdout=output, stderr=subprocess.STDOUT
        )
    if finished.returncode or not netlist.exists():
        lines = log.read_text(errors="replace").splitlines()
        errors = [line for line in lines if "ERROR" in line] or lines[-1:] or ["no output"]
        raise InputError(f"{verilog}: yosys failed: {errors[-1].strip()} (log: {log})")


def _quoted(path: Path) -> str:
    if '"' in str(path):
        raise InputError(f"{path}: a file name with a double quote cannot be given to yosys")
    return f'"{path}"'


def load_netlist(path: Path) -> dict:
    """Return the netlist that ``synthesise`` wrote."""
    return json.loads(path.read_text())


def forget_sources(netlist: dict) -> None:
    """Drop what says where in which file a thing comes from.

    It names the folder; without it a design's netlist is the same wherever it is made.
    """
    for module in netlist["modules"].values():
        parts = (module.get(kind, {}) for kind in ("cells", "netnames", "memories"))
        for thing in (module, *(thing for part in parts for thing in part.values())):
            for name in _SOURCES & thing.get("attributes", {}).keys():
                del thing["attributes"][name]


def count_cells(netlist: dict, top: str) -> Counter:
    """Return how often each cell type occurs in the flat module ``top``."""
    return Counter(cell["type"] for cell in netlist["modules"][top]["cells"].values())


def count_pins(netlist: dict, top: str) -> int:
    """Return the number of port bits of ``top``."""
    return sum(len(port["bits"]) for port in netlist["modules"][top]["ports"].values())
