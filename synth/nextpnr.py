"""nextpnr: place, route, and what its report and log say, for every family that it knows."""

import importlib.metadata
import json
import os
import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path

from model import processes
from model.errors import InputError
from model.files import write_atomic
from sim.netlist.document import load_netlist, top_module
from synth.nets import connect_carry_outputs
from synth.refine.refine import refine
from synth.refine.resets import Reset, without_wide_resets
from synth.targets import Target

_MOUNT = "/build"
REFINING = "--- the placement is refined (synth.refine)"


@dataclass(frozen=True)
class Placement:
    """What came out of place and route.

    ``utilisation`` maps nextpnr's element names (TRELLIS_COMB, DP16KD, ...) to how many are used;
    ``fmax_mhz`` is None unless ``routed``, and ``reason`` then says why. ``placed_fmax_mhz`` is the
    estimate after placement, None where it did not come so far.
    """

    routed: bool
    reason: str | None
    fmax_mhz: float | None
    utilisation: dict[str, int]
    critical_paths: tuple[dict, ...]
    placed_fmax_mhz: float | None = None


def version(target: Target) -> str:
    """Return the version of the target's nextpnr; ``InputError`` if it is not installed."""
    executable(target.family.tool)
    return importlib.metadata.version(target.family.tool)


def executable(tool: str) -> str:
    beside = Path(sys.executable).with_name(tool)
    found = str(beside) if beside.exists() else shutil.which(tool)
    if found is None:
        raise InputError(f"{tool}: not installed; pip install 'unfoldhw[synth]'")
    return found


def place_and_route(
    netlist: Path,
    target: Target,
    report: Path,
    log: Path,
    routed: Path,
    *,
    seed: int,
    freq_mhz: float,
    limit_minutes: float,
    pins: int,
    placer: str,
    refined: bool = True,
    stop_after: str | None = None,
    constraints: str | None = None,
) -> Placement:
    """Place and route the Yosys netlist; ``report`` and ``log`` get the tool's own output.

    ``routed`` gets the netlist of what was routed, for simulation, of families that have models:
    cells of slices, without places.
    ``netlist`` and ``report`` lie in one folder, where the tool is run. Between placer and router
    the placement is ``refined`` (:mod:`synth.refine`). A design that fails or
    runs past ``limit_minutes`` comes back with ``routed`` False, as does any with ``stop_after``
    "packing" or "placement". One with more ``pins`` than the package is routed without input and
    output buffers, where the family can. ``constraints`` are lines of a ``.pdc``, which is kept
    beside ``report``.
    """
    family = target.family
    common = [*target.nextpnr_arguments, "--seed", str(seed), "--freq", str(freq_mhz)]
    common += family.arguments
    if constraints is not None:
        path = report.with_suffix(".pdc")
        write_atomic(path, constraints)
        common += ["--pdc", inside(path)]
    if family.leaves_pins and target.pins is not None and pins > target.pins:
        common.append("--out-of-context")
    given, placed, better, delays, written = (
        report.with_suffix(end) for end in (".given", ".placed", ".refined", ".sdf", ".written")
    )
    first = ["--json", inside(given), *common, *family.placers[placer]]
    reporting = ["--report", inside(report)]
    keeps = family.simulated and stop_after is None
    reporting += ["--write", inside(written)] if keeps else []
    for path in (report, *([] if stop_after else [routed])):
        path.unlink(missing_ok=True)
    log.write_bytes(b"")
    run = Runs(family.tool, netlist, log, limit_minutes)
    if stop_after is not None:
        first.append({"packing": "--pack-only", "placement": "--no-route"}[stop_after])
    refined = refined and stop_after is None
    try:
        resets = _prepared(netlist, given, refined)
        if not refined:
            reason = run([*first, *reporting])
        else:
            leaving = ["--write", inside(placed), "--sdf", inside(delays)]
            reason = run([*first, "--no-route", *leaving])
            if reason is None:
                with log.open("a") as file:
                    file.write(f"{REFINING}\n")
                refine(placed, delays, better, resets, freq_mhz, seed)
                routing = ["--json", inside(better), *common, "--no-pack", "--no-place"]
                reason = run([*routing, *reporting])
        if reason is None and keeps:
            _keep_cells(netlist, written, routed)
    finally:
        for path in (given, placed, better, delays, written):
            path.unlink(missing_ok=True)
    text = log.read_text(errors="replace")
    if reason is None and not (stop_after or report.exists()):
        reason = failure(text)
    if reason is not None and not (utilisation_in_log(text) or reason == run.too_long):
        raise InputError(f"{netlist}: nextpnr could not start: {reason} (log: {log})")
    if reason is None and stop_after is not None:
        reason = f"stopped after {stop_after}"
    if reason is not None:
        used, placed_mhz = utilisation_in_log(text), placed_fmax_in_log(text)
        return Placement(False, reason, None, used, (), placed_mhz)
    return replace(
        read_report(json.loads(report.read_text())), placed_fmax_mhz=placed_fmax_in_log(text)
    )


def _prepared(netlist: Path, out: Path, refined: bool) -> dict[str, Reset]:
    """Write what the tool is given; where that is ``refined``, without wide resets: return them."""
    design, found = load_netlist(netlist), []
    try:
        for module in design["modules"].values():
            connect_carry_outputs(module)
            if refined:
                found.append(without_wide_resets(module))
    except (LookupError, TypeError) as error:
        raise InputError(f"{netlist}: a register lacks {error}; remove the file") from error
    out.write_text(json.dumps(design))
    return {name: reset for resets in found for name, reset in resets.items()}


def _keep_cells(netlist: Path, written: Path, routed: Path) -> None:
    """Of the netlist that the tool wrote keep ports and cells: wires and places are most of it.

    A placed netlist that the tool reads again has lost its ports; their nets still have the names.
    """
    design = load_netlist(written)
    (module,) = design["modules"].values()
    ports = top_module(load_netlist(netlist), netlist)["ports"]
    nets = {name: net["bits"] for name, net in module["netnames"].items()}
    for name, port in ports.items():
        width = len(port["bits"])
        names = [name] if width == 1 else [f"{name}[{bit}]" for bit in range(width)]
        bits = [nets.get(each, ["x"])[0] for each in names]
        module["ports"][name] = {"direction": port["direction"], "bits": bits}
    module["netnames"] = {}
    for cell in module["cells"].values():
        cell["attributes"] = {}
    write_atomic(routed, json.dumps(design))


def inside(path: Path) -> str:
    """What a file in the working folder is called in the tool's own file system."""
    return f"{_MOUNT}/{path.name}"


class Runs:
    """Runs of the tool in the netlist's folder, with one log and one time limit.

    The WebAssembly build sees that folder alone, always at the same place: where in memory things
    lie depends on what is mounted, and what the router makes of a placement depends on that.
    """

    def __init__(self, tool: str, netlist: Path, log: Path, limit_minutes: float):
        self.tool, self.netlist, self.log = tool, netlist, log
        self.until = time.monotonic() + 60 * limit_minutes
        self.too_long = f"not routed within {limit_minutes:g} minutes"

    def __call__(self, arguments: list[str]) -> str | None:
        """Run once; why it did not come to its end, if so."""
        with self.log.open("ab") as output:
            began = output.tell()
            try:
                code = processes.run(
                    [executable(self.tool), *arguments],
                    output,
                    cwd=self.netlist.parent,
                    env={**os.environ, "YOWASP_MOUNT": f"{_MOUNT}=."},
                    timeout=max(0.0, self.until - time.monotonic()),
                )
            except subprocess.TimeoutExpired:
                return self.too_long
        if code < 0:  # says nothing about the design
            raise InputError(f"{self.netlist}: nextpnr was killed by signal {-code}")
        if code:
            return failure(self.log.read_bytes()[began:].decode(errors="replace"))
        return None


def read_report(content: dict) -> Placement:
    """Turn nextpnr's ``--report`` JSON into a ``Placement``; the slowest clock counts."""
    used = {name: entry["used"] for name, entry in content["utilization"].items()}
    clocks = [entry["achieved"] for entry in content["fmax"].values()]
    fmax = min(clocks) if clocks else None
    return Placement(True, None, fmax, used, tuple(content["critical_paths"]))


def utilisation_in_log(text: str) -> dict[str, int]:
    """Return the utilisation that nextpnr logs after packing, before it places."""
    found = re.findall(r"^Info:\s+(\w+):\s+(\d+)/\s*\d+\s+\d+%", text, re.MULTILINE)
    return {name: int(used) for name, used in found}


def placed_fmax_in_log(text: str) -> float | None:
    """Return the slowest clock of nextpnr's first timing report, that of the placement, in MHz.

    The first report names each clock once; the one after routing names them again.
    """
    clocks: dict[str, float] = {}
    for name, mhz in re.findall(r"Max frequency for clock\s+'([^']+)':\s+([\d.]+) MHz", text):
        if name in clocks:
            break
        clocks[name] = float(mhz)
    return min(clocks.values(), default=None)


_PHASES = (
    ("Info: Routing..", "route"), ("Info: Routing globals", "route"), (REFINING, "refine"),
    ("Info: Running simulated annealing", "place, annealing"),
    ("Info: Running main analytical placer", "place"),
    ("Info: Creating initial analytic placement", "place"), ("Info: Packing", "pack"),
)  # fmt: skip
_LOG_END = 1 << 16


def phase(log: Path) -> str:
    """What nextpnr is doing, from the end of its log; empty where that says nothing."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - _LOG_END))
            text = file.read().decode(errors="replace")
    except OSError:
        return ""
    found = [(text.rfind(mark), name) for mark, name in _PHASES]
    at, name = max(found)
    if at < 0:
        return ""
    rows = re.findall(r"^Info:\s+\d+ \|\s+\d+\s+\d+ \|\s+\d+\s+\d+ \|\s+(\d+)", text[at:], re.M)
    return f"{name}, {rows[-1]} connections left" if rows else name


def failure(text: str) -> str:
    """Return nextpnr's first error as a reason."""
    for line in text.splitlines():
        if line.startswith("ERROR:"):
            return f"not routed: {line.removeprefix('ERROR:').strip()}"
    last = next((line for line in reversed(text.splitlines()) if line.strip()), "no output")
    return f"not routed: nextpnr stopped after: {last.strip()}"
