"""A build whose Verilog is replaced by a netlist that was made from it."""

import hashlib
from dataclasses import replace
from pathlib import Path

from hw.lib import devices
from model.errors import InputError
from sim.buildfolder import Build
from sim.netlist.cells import cells_of
from sim.netlist.document import load_netlist, top_module
from sim.netlist.verilog import verilog_of_netlist

MAPPED = "mapped"
"""Stands for the file that ``unfoldhw report`` leaves."""
ORIGIN = "unfoldhw_verilog"
"""Attribute of a netlist's module: SHA-256 of the Verilog that it was made from."""


def mapped_file(build: Build) -> Path:
    """Where ``unfoldhw report`` leaves the mapped netlist for the build's own device."""
    target = build.record.get("options", {}).get("target")
    device = devices.sized(target if target in devices.NAMES else devices.DEFAULT)
    return build.folder / "synth" / f"{device.name}.json"


def with_netlist(build: Build, path: Path | None = None) -> Build:
    """The build, with the netlist in ``path`` (None: the mapped one) for simulators to take.

    ``InputError`` if there is none, it was made from other Verilog, its ports are not the build's,
    or it has a cell without a model.
    """
    path = mapped_file(build) if path is None else path
    if not path.is_file():
        raise InputError(f"{path}: no netlist; python -m synth.report --build {build.folder} "
                         "leaves one (--stop-after packing is enough)")  # fmt: skip
    module = top_module(load_netlist(path), path)
    made_of = module.get("attributes", {}).get(ORIGIN)
    if made_of != hashlib.sha256(build.text.encode()).hexdigest():
        raise InputError(f"{path}: not made from {build.verilog}: "
                         f"python -m synth.report --build {build.folder}")  # fmt: skip
    ports = {name: {"direction": port["direction"], "width": len(port["bits"])}
             for name, port in module["ports"].items()}  # fmt: skip
    wanted = build.record.get("ports", ports)
    if ports != {name: {"direction": p["direction"], "width": p["width"]}
                 for name, p in wanted.items()}:  # fmt: skip
        name = next(n for n in (*ports, *wanted) if ports.get(n) != wanted.get(n))
        raise InputError(f"{path}: port {name} is not that of {build.folder / 'build.json'}")
    cells, text = cells_of(module), verilog_of_netlist(module, build.top, str(path))
    record = {**build.record, "cell_models": [cells.library]}
    return replace(build, record=record, verilog=path, text=text, own_models=cells.files,
                   netlist=str(path))  # fmt: skip
