"""Verilog to a bitstream: Yosys, one run of nextpnr, the packer of the family.

One run, because a placed design that nextpnr reads again has lost constants at the inputs of block
RAM (docs/netlist.md): what :mod:`synth.refine` makes is no source of a bitstream. Nor is the
netlist rewritten on the way: what is placed is what Yosys maps, but for constant carry-ins of
CrossLink-NX, which nextpnr takes from nowhere; that they decide nothing is proven
(:mod:`synth.check_carries`).
"""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hw.board.boards import Board
from hw.lib import devices
from model import processes
from model.errors import InputError
from model.files import write_atomic
from model.stage import stage
from sim.netlist.document import load_netlist
from synth import flow, nextpnr, yosys
from synth.board.constraints import lpf, pdc
from synth.nextpnr import Placement, Runs, executable, inside
from synth.targets import Target, target_named


@dataclass(frozen=True)
class Packer:
    """How a family's bitstream is made.

    option, suffix : of nextpnr, and of the file that it then writes
    more : further arguments of nextpnr
    constraints : text, option of nextpnr and suffix
    command : of the packer, behind it input and output
    """

    option: str
    suffix: str
    more: tuple[str, ...]
    constraints: tuple[Callable[[Board], str], str, str]
    command: tuple[str, ...]


PACKERS = {
    "ecp5": Packer("--textcfg", ".config", ("--router", "router2"), (lpf, "--lpf", ".lpf"),
                   ("yowasp-ecppack", "--compress")),
    "nexus": Packer("--fasm", ".fasm", (), (pdc, "--pdc", ".pdc"), ("yowasp-prjoxide", "pack")),
}  # fmt: skip
"""By the target layer of the board's device."""


def make(
    verilog: Path,
    top: str,
    board: Board,
    design_hz: int,
    once: str | None = None,
    seed: int = 1,
    limit_minutes: float = 30.0,
) -> tuple[Placement, Path]:
    """Place, route and pack the ``top`` of ``verilog``; all files lie beside it.

    design_hz : clock of the design, which has to be reached; ``once`` as in
        :func:`synth.yosys.synthesise`

    Returns what came of it and the bitstream. ``InputError`` if it does not fit, is not routed or
    is too slow: then there is no bitstream.
    """
    target, packer = target_named(board.device), PACKERS[devices.named(board.device).layer]
    netlist, routed = verilog.with_name("netlist.json"), verilog.with_suffix(packer.suffix)
    bitstream = verilog.with_suffix(".bit")
    for old in (netlist, routed, bitstream):
        old.unlink(missing_ok=True)
    with stage(f"yosys: {verilog.name} for {target.name}"):
        yosys.synthesise(verilog, top, target, netlist, verilog.with_name("yosys.log"), once)
    if target.family.carry.feed_in:
        design = load_netlist(netlist)
        asked = {"output_registers": False, "carry_ends": False, "verilog": ""}
        flow.rewritten(design, top, target.family, asked, netlist)
        write_atomic(netlist, json.dumps(design))
    text, option, suffix = packer.constraints
    constraints = verilog.with_suffix(suffix)
    write_atomic(constraints, text(board))
    words = [*target.nextpnr_arguments, *_arguments(target), *packer.more]
    words += [option, inside(constraints), packer.option, inside(routed)]
    words += ["--seed", str(seed), "--freq", f"{design_hz / 1e6:g}"]
    placement = _place_and_route(netlist, target, words, limit_minutes)
    if placement.fmax_mhz is None or 1e6 * placement.fmax_mhz < design_hz:
        raise InputError(
            f"{verilog}: routed for {placement.fmax_mhz} MHz, but its clock is "
            f"{design_hz / 1e6:g} MHz: give a slower --clock, or another --seed"
        )
    with stage(f"{packer.command[0]}: {bitstream.name}"):
        _pack(packer, routed, bitstream, verilog.with_name("pack.log"))
    return placement, bitstream


def _place_and_route(
    netlist: Path, target: Target, words: list[str], limit_minutes: float
) -> Placement:
    report, log = netlist.with_name("nextpnr.json"), netlist.with_name("nextpnr.log")
    report.unlink(missing_ok=True)
    log.write_bytes(b"")
    run = Runs(target.family.tool, netlist, log, limit_minutes)
    with stage("nextpnr: place and route", lambda: nextpnr.phase(log)):
        reason = run(["--json", inside(netlist), *words, "--report", inside(report)])
    if reason is not None or not report.exists():
        raise InputError(f"{netlist}: {reason or 'not routed'} (log: {log})")
    return nextpnr.read_report(json.loads(report.read_text()))


def _arguments(target: Target) -> list[str]:
    """Of nextpnr: as for reports, but that every port has its pin."""
    family = target.family
    found = [each for each in family.arguments if each != "--lpf-allow-unconstrained"]
    return [*found, *family.placers["heap"]]


def _pack(packer: Packer, routed: Path, bitstream: Path, log: Path) -> None:
    name, *options = packer.command
    words = [executable(name), *options, inside(routed), inside(bitstream)]
    with log.open("wb") as output:
        code = processes.run(
            words, output, cwd=routed.parent, env={**os.environ, "YOWASP_MOUNT": "/build=."}
        )
    if code or not bitstream.exists():
        lines = log.read_text(errors="replace").splitlines() or ["no output"]
        raise InputError(f"{routed}: {name} makes no bitstream of it: {lines[-1].strip()}")
