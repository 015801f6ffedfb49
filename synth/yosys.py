"""Yosys, through its native Python module in a process of its own.

Yosys' command lines have no way to quote all that a path may hold (a double quote, ``;``, a
wildcard), and ABC gets paths in a script of its own. So it works in a folder of its own, on files
with names of ours, and of what comes from outside only checked names of modules stand in commands.
"""

import importlib.metadata
import importlib.util
import os
import re
import sys
from collections import Counter
from pathlib import Path

from hw.record import text_of
from hw.record_fields import is_module
from model import processes
from model.asides import aside
from model.errors import InputError
from model.plain import temporary_folder
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
    text = text_of(verilog)
    for name in (top, once):
        if name is not None and name != "*" and not is_module(name):
            raise InputError(f"{verilog}: {name!r} is no name of a module")
    reader = "read_verilog -sv" if re.search(r"\balways_(comb|ff)\b", text) else "read_verilog"
    source, result = f"{top.split('.')[0]}.v", "netlist.json"
    commands = [
        f"{reader} {source}",
        f"hierarchy -top {top}",
        *([f"setattr -mod -set keep_hierarchy 1 {once}"] if once else []),
        *(command.format(top=top) for command in target.yosys_commands),
        *([f"setattr -mod -unset keep_hierarchy {once}", "flatten", "opt_clean"] if once else []),
        f"write_json {result}",
    ]
    with aside(netlist.parent, ".mapping-") as folder:
        try:
            (folder / source).write_text(text, encoding="utf-8")
            try:
                run_commands(commands, folder, log)
            except InputError as error:
                raise InputError(f"{verilog}: {error} (log: {log})") from None
            os.replace(folder / result, netlist)
        except OSError as error:
            raise InputError(f"{netlist}: cannot be written: {error.strerror}") from error


def run_commands(commands: list[str], folder: Path, log: Path) -> None:
    """Run Yosys' commands in ``folder``; ``log`` gets its whole output.

    ``InputError`` carries Yosys' own error line.
    """
    environment = os.environ | {"TMPDIR": str(temporary_folder())}
    with log.open("wb") as output:
        words = [sys.executable, "-P", "-c", _CHILD, *commands]
        code = processes.run(words, output, folder, environment)
    if code:
        raise InputError(f"yosys failed: {_reason(log, code)}")


def abc() -> Path:
    """The program ABC of the same package."""
    version()
    return Path(importlib.util.find_spec("pyosys").origin).with_name("yosys-abc")


def _reason(log: Path, code: int) -> str:
    if code < 0:
        return f"killed by signal {-code}"
    lines = log.read_text(errors="replace").splitlines()
    errors = [line for line in lines if "ERROR" in line] or lines[-1:] or ["no output"]
    return errors[-1].strip()


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
