"""From a build folder to a ``Report``: Yosys, block RAM packing, place and route."""

import copy
import hashlib
import json
import math
import time
from collections import Counter
from pathlib import Path

from hw.lib import devices
from hw.lib.target import PORTABLE
from hw.record import read_record, verilog_of, work_folder
from hw.verilog_text import MOST_BYTES
from model.asides import in_turn
from model.errors import InputError
from model.files import read_bytes, write_atomic
from model.printable import one_line
from model.stage import stage
from model.version import VERSION
from sim.netlist.build import ORIGIN
from sim.netlist.document import load_netlist
from synth import nextpnr, yosys
from synth.check_blocks import check_blocks
from synth.check_carries import check_carries
from synth.constants import as_constants, as_nets
from synth.counts import counts_of, too_large
from synth.critical_path import SignalNames, slowest
from synth.families import Family
from synth.memo import remembered
from synth.nets import drop_unconnected_outputs
from synth.page import page
from synth.parts import cells_by_part
from synth.record import Report, read_report, text_table
from synth.targets import DEFAULT_PLACER, PLACERS, Target, target_named

RULES = 10  # raise when this package counts or maps differently, so that old reports are redone
_DOING = {None: "place and route", "placement": "place", "packing": "pack"}
# What does not change the netlist.
_ROUTING = ("seed", "freq", "placer", "placing", "refined", "stop_after")
_TEXT = ("top", "verilog", "spec_sha")
_NUMBERS = ("cycles_per_frame_full", "coded_bits_per_frame", "info_bits_per_frame")


def synthesise(
    build: str | Path,
    target: str | None = None,
    *,
    seed: int = 1,
    freq_mhz: float = 200.0,
    limit_minutes: float = 30.0,
    output_registers: bool | None = None,
    carry_ends: bool = True,
    placer: str = DEFAULT_PLACER,
    refined: bool = True,
    stop_after: str | None = None,
    force: bool = False,
) -> Report:
    """Synthesise the build folder ``build`` for ``target`` and return the report.

    ``target`` None is the device that it was built for, or ``devices.DEFAULT``.
    The report is written to the folder, and read back from it if the Verilog, the figures in
    build.json, the options and the tools are the same (unless ``force``). Raises ``InputError``
    on bad input or a missing tool. ``output_registers`` moves the register behind a block RAM into
    it, on the netlist (None: as is best for the family's timing), ``carry_ends`` saves the cells
    at the ends of carry chains and joins chains of an odd length; without either, the netlist is
    routed as Yosys maps it.
    ``placer`` is one of :data:`synth.targets.PLACERS`; what it places is ``refined`` before it is
    routed (:mod:`synth.refine`), where that knows the family.
    ``stop_after`` "placement" ends with counts and an estimate of the clock, "packing" with counts.
    """
    device = target_named(target or target_of(Path(build)))
    if seed < 0:
        raise InputError(f"--seed {seed}: must be 0 or more")
    for option, value in (("--freq", freq_mhz), ("--limit-min", limit_minutes)):
        if not 0 < value < math.inf:
            raise InputError(f"{option} {value:g}: must be more than 0")
    placers = device.family.placers if device.routes else dict.fromkeys(PLACERS)
    if placer not in placers:
        raise InputError(
            f"--placer {placer}: {device.name} has no such placer, known: {', '.join(placers)}"
        )
    folder = Path(build)
    record, verilog = read_build(folder)
    check_primitives(record, device)
    tools = tools_of(device)
    source = read_bytes(verilog, MOST_BYTES)
    question = {name: record[name] for name in (*_TEXT, *_NUMBERS) if name != "verilog"}
    question |= {"target": device.name, "seed": seed, "freq": freq_mhz, "tools": tools}
    question |= {"rules": RULES, "command": [*device.yosys_commands, *device.nextpnr_arguments]}
    if device.routes:
        refining = refined and device.family.refined
        question |= {"placer": placer, "placing": placers[placer], "refined": refining}
    packs = _packs(device) if output_registers is None else output_registers
    question |= {"output_registers": packs, "carry_ends": carry_ends}
    if "mapped_once" in record:
        question["once"] = record["mapped_once"]
    question |= {"verilog": hashlib.sha256(source).hexdigest()}
    key = hashlib.sha256(json.dumps(question, sort_keys=True).encode()).hexdigest()
    if stop_after is not None:
        question["stop_after"] = stop_after
    path = report_file(
        folder, device.name, seed=seed, output_registers=output_registers, carry_ends=carry_ends,
        placer=placer, refined=refined, stop_after=stop_after,
    )  # fmt: skip
    if not force and (report := _earlier(path, key)) is not None:
        return report
    report = _run(folder, record, verilog, device, question, key, limit_minutes, force)
    for name, text in ((path, json.dumps(report.to_json(), indent=1) + "\n"),
                       (path.with_suffix(".txt"), text_table(report)),
                       (path.with_suffix(".html"), page(report))):  # fmt: skip
        write_atomic(_no_link(name), text)
    return report


def _no_link(path: Path) -> Path:
    """The path, at which no link lies: in a folder from elsewhere it could lead anywhere."""
    try:
        if path.is_symlink():
            path.unlink()
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror}") from error
    return path


def tools_of(device: Target) -> dict[str, str]:
    """Versions of the tools that a report for ``device`` comes from."""
    tools = {"unfoldhw": VERSION, "yosys": yosys.version()}
    return tools | {"nextpnr": nextpnr.version(device)} if device.routes else tools


def read_build(folder: Path) -> tuple[dict, Path]:
    """Return build.json's content and the Verilog file; ``InputError`` if either is unusable."""
    record = read_record(folder, _TEXT, _NUMBERS)
    return record, verilog_of(folder, record)


def report_file(
    folder: Path,
    target: str,
    *,
    seed: int,
    output_registers: bool | None,
    carry_ends: bool,
    placer: str,
    refined: bool,
    stop_after: str | None,
) -> Path:
    """Where the report with these choices of :func:`synthesise` lies; its text and page beside."""
    plain = "" if carry_ends else "-whole-chains"
    if output_registers not in (None, _packs(target_named(target))):
        plain = ("-packed" if output_registers else "-plain") + plain
    plain += ("" if placer == DEFAULT_PLACER else f"-{placer}") + ("" if refined else "-unrefined")
    plain += "" if stop_after is None else f"-{stop_after}"
    return folder / f"report-{target}-seed{seed}{plain}.json"


def _packs(device: Target) -> bool:
    """Whether registers move into block RAM and multipliers where nobody says."""
    return device.family.output_registers if device.routes else True


def target_of(folder: Path) -> str:
    """The device that a folder was built for; the default where that is none to route for."""
    built_for = read_build(folder)[0].get("options", {}).get("target")
    if built_for not in devices.NAMES or built_for == PORTABLE:
        return devices.DEFAULT
    return devices.named(built_for).name


def check_primitives(record: dict, device: Target) -> None:
    """``InputError`` for a design that is made of another family's primitives."""
    built_for = record.get("options", {}).get("target")
    layer = devices.named(built_for).layer if built_for in devices.NAMES else PORTABLE
    if layer not in (PORTABLE, devices.named(device.name).layer):
        raise InputError(
            f"--target {device.name}: the design was built for {built_for}, of whose primitives it "
            f"is made; build it with --target {PORTABLE} or for this device"
        )


def _earlier(path: Path, key: str) -> Report | None:
    if not path.exists():
        return None
    try:
        report = read_report(path)
    except InputError:
        return None
    # Being out of time is no property of the design: with that answer, try again.
    timed_out = not report.routed and "minutes" in (report.not_routed_reason or "")
    return None if report.key != key or timed_out else report


def _run(
    folder: Path,
    record: dict,
    verilog: Path,
    device: Target,
    question: dict,
    key: str,
    limit_minutes: float,
    force: bool,
) -> Report:
    work = work_folder(folder, "synth")
    run = f"nextpnr-{device.name}-seed{question['seed']}"
    with in_turn(work / run):
        return _run_alone(record, verilog, device, question, key, limit_minutes, force, work, run)


def _run_alone(
    record: dict,
    verilog: Path,
    device: Target,
    question: dict,
    key: str,
    limit_minutes: float,
    force: bool,
    work: Path,
    run: str,
) -> Report:
    began = time.monotonic()
    top, seed = record["top"], question["seed"]
    netlist_path = _no_link(work / f"{device.name}.json")
    netlist, made = _netlist(netlist_path, verilog, top, device, question, force)
    packed = Counter(made["packed"])
    placement, cells, pins = None, yosys.count_cells(netlist, top), yosys.count_pins(netlist, top)
    reason = too_large(device, cells, pins) if device.routes else None
    if reason is not None:
        placement = nextpnr.Placement(False, reason, None, {}, ())
    elif device.routes:
        family, doing = device.family, _DOING[question.get("stop_after")]
        lines = family.constraints and family.constraints(
            netlist["modules"][top], " ".join(device.nextpnr_arguments)
        )
        log = _no_link(work / f"{run}.log")
        title = f"nextpnr: {doing}, seed {seed}, at most {limit_minutes:g} minutes"
        with stage(title, lambda: nextpnr.phase(log)):
            placement = nextpnr.place_and_route(
                netlist_path,
                device,
                _no_link(work / f"{run}.json"),
                log,
                _no_link(work / f"routed-{device.name}-seed{seed}.json"),
                seed=seed,
                freq_mhz=question["freq"],
                limit_minutes=limit_minutes,
                pins=pins,
                placer=question["placer"],
                refined=question["refined"],
                stop_after=question.get("stop_after"),
                constraints=lines,
            )
        if _digest(netlist_path) != made["sha"]:
            raise InputError(f"{netlist_path}: made again by another process while it was routed")
    counts = counts_of(device, cells, placement)
    fmax = placement.fmax_mhz if placement else None
    names = SignalNames(netlist, top)
    path = slowest(placement.critical_paths, names) if placement else None
    cycles = record["cycles_per_frame_full"]
    credited = device.credited_mhz(fmax, counts["ebr"])
    coded = _rate(record["coded_bits_per_frame"], cycles, credited)
    return Report(
        target=device.name,
        top=top,
        spec_sha=record["spec_sha"],
        verilog_sha=question["verilog"],
        key=key,
        seed=seed,
        freq_mhz=question["freq"],
        placer=question.get("placer"),
        **counts,
        ebr_output_registers=device.family.count(packed, "ebr") if device.routes else 0,
        dsp_output_registers=device.family.count(packed, "dsp") if device.routes else 0,
        routed=placement is not None and placement.routed,
        not_routed_reason=one_line(placement.reason or "") or None
        if placement
        else f"{device.name} has counts only",
        fmax_mhz=None if fmax is None else round(fmax, 2),
        cycles_per_frame=cycles,
        coded_bits_per_frame=record["coded_bits_per_frame"],
        info_bits_per_frame=record["info_bits_per_frame"],
        mframes_per_s=None if credited is None else round(credited / cycles, 4),
        coded_mbps=coded,
        info_mbps=_rate(record["info_bits_per_frame"], cycles, credited),
        coded_mbps_per_klut4=_per_thousand(coded, counts["lut4"]),
        coded_mbps_per_kcomb=_per_thousand(coded, counts["comb"]),
        critical_path=path,
        tools=question["tools"],
        seconds=round(time.monotonic() - began, 1),
        parts=cells_by_part(netlist, top) if device.routes else {},
        placed_fmax_mhz=placement.placed_fmax_mhz if placement else None,
        checked=made["checked"],
        notes=device.family.notes if device.routes else (),
    )


def _netlist(
    path: Path, verilog: Path, top: str, device: Target, question: dict, force: bool
) -> tuple[dict, dict]:
    """The netlist to place, in ``path``, and what was made: :func:`rewritten`, the file's hash.

    Placement seeds share it: it is only made again if something else of the question changes, or
    it is not the file that was made.
    """
    stamp = _no_link(path.with_suffix(".made.json"))
    same = {name: value for name, value in question.items() if name not in _ROUTING}

    def mapped() -> dict:
        for old in (stamp, path):  # an interrupt leaves no stamp on a netlist of another question
            old.unlink(missing_ok=True)
        with stage(f"yosys: {verilog.name} for {device.name}"):
            log = _no_link(path.with_name(f"yosys-{device.name}.log"))
            yosys.synthesise(verilog, top, device, path, log, question.get("once"))
        made = {"packed": {}, "checked": {}}
        if device.routes:
            netlist = load_netlist(path)
            yosys.forget_sources(netlist)
            made = rewritten(netlist, top, device.family, question, path)
            write_atomic(path, json.dumps(netlist))
        return made | {"sha": _digest(path)}

    key = json.dumps(same, sort_keys=True)
    with in_turn(path):
        made = remembered(stamp, key, mapped, force)
        if not _is_made(made) or _digest(path) != made["sha"]:
            made = remembered(stamp, key, mapped, force=True)
        netlist = load_netlist(path)
    if top not in netlist["modules"]:
        raise InputError(f"{path}: has no module {top!r}; remove it")
    return netlist, made


def rewritten(netlist: dict, top: str, family: Family, question: dict, path: Path) -> dict:
    """Rewrite the mapped netlist in place, and check that it is the same design still.

    Output registers packed, by cell type, and what was checked; ``InputError`` if that fails.
    """
    module = netlist["modules"][top]
    if family.constants_driven:
        as_constants(module)
    before = copy.deepcopy(module)
    packed = family.rewrite(netlist, top, question["output_registers"], question["carry_ends"])
    if family.simulated:
        drop_unconnected_outputs(module)
    with stage("the rewritten netlist is compared with what yosys mapped"):
        try:
            # Where nobody knows a family's blocks, registers that moved in are not found again.
            known = family.simulated or not packed.total()
            moved = check_blocks(before, module) if known else Counter()
            cells, nets = check_carries(before, module, path.parent, family.carry)
        except InputError as error:
            raise InputError(f"{path}: rewriting changed the design, which is a fault of this "
                             f"program: {error}") from error  # fmt: skip
    if family.constants_driven:
        as_nets(module)
    module["attributes"][ORIGIN] = question["verilog"]
    checked = dict(moved) | {"carry_cells": cells, "carry_nets_proven": nets}
    return {"packed": dict(packed), "checked": checked}


def _is_made(made: dict) -> bool:
    """Whether a stamp, which lies in the build folder, is one of ours."""
    counts = [made.get(name) for name in ("packed", "checked")]
    whole = all(isinstance(table, dict) and all(type(n) is int for n in table.values())
                for table in counts)  # fmt: skip
    return whole and isinstance(made.get("sha"), str)


def _digest(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


def _rate(bits: int, cycles: float, fmax: float | None) -> float | None:
    return None if fmax is None else round(bits / cycles * fmax, 2)


def _per_thousand(rate: float | None, elements: int | None) -> float | None:
    return round(1000 * rate / elements, 2) if rate and elements else None
