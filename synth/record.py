"""The typed result of a synthesis run, its file and its text."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

from hw.record_fields import is_number, is_whole
from model.errors import InputError
from model.files import read_text
from model.json_text import parse_json
from model.printable import one_line
from quant.fields import exactly, shown
from synth.critical_path import CriticalPath

_LONGEST_TEXT = 600
_LONGEST_LINE = 4000
_MOST = 10**12
_LATER = {"parts", "placed_fmax_mhz", "checked", "notes"}
"""What reports of earlier versions lack."""


@dataclass(frozen=True)
class Report:
    """What synthesis says about one design on one target.

    Counts are elements of the device: ``comb`` is nextpnr's TRELLIS_COMB (look-up tables and
    carry cells as placed), ``lut4``, ``ccu2c`` are Yosys's cells before placement, ``ebr`` block
    RAMs (36 kbit halves count 0.5 on AMD), ``distributed_ram`` RAM cells of look-up tables,
    ``lut`` look-up tables of any size. None means that the target's tools do not give it.
    Rates are in millions of frames and in Mb/s at the spec's full iterations and ``fmax_mhz``, or
    the limit of the block RAM (:mod:`synth.targets`) where that is less.
    ``placed_fmax_mhz`` is nextpnr's estimate before routing.
    ``parts`` : cells of each module (:mod:`synth.parts`), where the target's cells are known.
    ``checked`` : what of the rewritten netlist was compared with the mapped one: registers found
    again in block RAM and DSP (:mod:`synth.check_blocks`), carry cells that changed and nets behind
    them proven equal (:mod:`synth.check_carries`). Where something differs there is no report.
    ``notes`` : what a reader of the figures has to know of the target, in sentences.
    """

    target: str
    top: str
    spec_sha: str
    verilog_sha: str
    key: str
    seed: int
    freq_mhz: float
    placer: str | None
    lut: int
    lut4: int | None
    comb: int | None
    ccu2c: int | None
    ff: int
    ebr: float
    ebr_output_registers: int
    dsp_output_registers: int
    distributed_ram: int
    dsp: int
    routed: bool
    not_routed_reason: str | None
    fmax_mhz: float | None
    cycles_per_frame: float
    coded_bits_per_frame: int
    info_bits_per_frame: int
    mframes_per_s: float | None
    coded_mbps: float | None
    info_mbps: float | None
    coded_mbps_per_klut4: float | None
    coded_mbps_per_kcomb: float | None
    critical_path: CriticalPath | None
    tools: dict[str, str]
    seconds: float
    parts: dict[str, dict[str, int]] = field(default_factory=dict)
    placed_fmax_mhz: float | None = None
    checked: dict[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict:
        """Return a dict of JSON types; ``from_json`` reads it back."""
        return json.loads(json.dumps(asdict(self)))

    @classmethod
    def from_json(cls, content: object) -> "Report":
        """Rebuild a report; ``InputError`` names the first field that is missing or wrong."""
        known = {each.name: each.type for each in fields(cls)}
        exactly("", content, known.keys() - _LATER, known)
        for name, value in content.items():
            _check(name, value, known[name])
        path = content["critical_path"]
        if path is not None:
            path = CriticalPath(**{**path, "through": tuple(path["through"])})
        notes = tuple(content.get("notes", ()))
        return cls(**{**content, "critical_path": path, "notes": notes})


def _is_text(value: object) -> bool:
    return isinstance(value, str) and value.isprintable() and len(value) <= _LONGEST_TEXT


def _is_table(value: object, holds: Callable[[object], bool]) -> bool:
    return isinstance(value, dict) and all(_is_text(key) and holds(x) for key, x in value.items())


def _is_count(value: object) -> bool:
    return is_whole(value, 0, _MOST)


def _is_measure(value: object) -> bool:
    return is_number(value, 0, _MOST)


def _is_path(value: object) -> bool:
    known = {each.name: each.type for each in fields(CriticalPath)}
    if not isinstance(value, dict) or value.keys() != known.keys():
        return False
    return all(_TYPES[kind](value[name]) for name, kind in known.items())


_TYPES: dict = {
    str: _is_text,
    int: _is_count,
    float: _is_measure,
    bool: lambda value: isinstance(value, bool),
    CriticalPath: _is_path,
    tuple[str, ...]: lambda value: isinstance(value, list) and all(map(_is_text, value)),
    dict[str, str]: lambda value: _is_table(value, _is_text),
    dict[str, int]: lambda value: _is_table(value, _is_count),
    dict[str, dict[str, int]]: lambda value: _is_table(value, lambda x: _is_table(x, _is_count)),
}
"""What JSON may hold for a field, by its type; counts, times and rates are never negative."""


def _check(name: str, value: object, kind) -> None:
    choices = getattr(kind, "__args__", ()) if kind not in _TYPES else (kind,)
    if value is None and type(None) in choices:
        return
    if not any(_TYPES[choice](value) for choice in choices if choice is not type(None)):
        raise InputError(f"field '{name}' is {shown(value)}")


def text_table(report: Report) -> str:
    """Return the report as aligned lines of text."""
    if report.routed:
        state = "yes"
    else:
        state = report.not_routed_reason or "no"
    rows = [
        ("target", report.target),
        ("top module", report.top),
        ("LUT", report.lut),
        ("LUT4", report.lut4),
        ("COMB", report.comb),
        ("CCU2C", report.ccu2c),
        ("FF", report.ff),
        ("block RAM", report.ebr),
        ("  with output register", report.ebr_output_registers),
        ("distributed RAM", report.distributed_ram),
        ("DSP", report.dsp),
        ("  with output register", report.dsp_output_registers or None),
        ("routed", state),
        ("Fmax", _number(report.fmax_mhz, "MHz")),
        ("Fmax by placement", _number(report.placed_fmax_mhz, "MHz")),
        ("cycles per frame", f"{report.cycles_per_frame:g}"),
        ("frames", _number(report.mframes_per_s, "million/s", 3)),
        ("coded", _number(report.coded_mbps, "Mb/s")),
        ("information", _number(report.info_mbps, "Mb/s")),
        ("coded per 1000 LUT4", _number(report.coded_mbps_per_klut4, "Mb/s")),
        ("coded per 1000 COMB", _number(report.coded_mbps_per_kcomb, "Mb/s")),
        ("critical path", report.critical_path and report.critical_path.sentence()),
        ("placer", report.placer),
        ("netlist checked", checked_sentence(report)),
        *(("note", note) for note in report.notes),
        ("seed, wanted clock", f"{report.seed}, {report.freq_mhz:g} MHz"),
        ("spec", report.spec_sha[:16]),
        ("tools", ", ".join(f"{name} {value}" for name, value in report.tools.items())),
        ("seconds", f"{report.seconds:.1f}"),
    ]
    width = max(len(label) for label, _ in rows)
    rows = [(label, value) for label, value in rows if value is not None]
    lines = (f"{label:<{width}}  {one_line(str(value), _LONGEST_LINE)}\n" for label, value in rows)
    return "".join(lines)


def checked_sentence(report: Report) -> str | None:
    """What of the rewritten netlist was compared with the mapped one; None if nothing was."""
    found = report.checked
    if not {"carry_cells", "carry_nets_proven"} <= found.keys():
        return None
    registers = found.get("registers_in_block_ram", 0) + found.get("registers_in_dsp", 0)
    return (f"{registers} registers found again in block RAM and DSP, {found['carry_cells']} carry "
            f"cells rewritten, {found['carry_nets_proven']} nets proven equal")  # fmt: skip


def _number(value: float | None, unit: str, digits: int = 1) -> str | None:
    return None if value is None else f"{value:.{digits}f} {unit}"


def read_report(path: Path) -> Report:
    """Read a report file; ``InputError`` if it is not one."""
    try:
        return Report.from_json(parse_json(read_text(path), "report"))
    except InputError as error:
        raise InputError(f"{path}: not a synthesis report: {error}") from error
