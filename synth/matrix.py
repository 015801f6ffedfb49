"""Whether every synthesiser takes the Verilog: Yosys for many device families, many designs.

``python -m synth.matrix`` builds presets, portable, and maps each for each family: that there is no
error, that memories became block RAM, and how many cells there are. What was mapped before is not
mapped again, so a run that was stopped goes on where it was.
"""

import re
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from hw.build import build
from hw.record import verilog_of
from model.cli import Parser, print_json, run
from model.errors import InputError
from model.files import read_text, write_atomic
from model.fingerprint import fingerprint
from model.printable import one_line
from model.stage import stage
from quant import sources
from sim.netlist.document import load_netlist
from synth import yosys
from synth.cell_counts import cell_counts
from synth.memo import remembered
from synth.targets import target_named

FAMILIES: Mapping[str, str] = {
    "ecp5": "Lattice ECP5",
    "nexus": "Lattice Nexus",
    "ice40": "Lattice iCE40",
    "gowin": "Gowin",
    "gatemate": "Cologne Chip GateMate",
    "quicklogic": "QuickLogic qlf_k6n10f",
    "efinix": "Efinix Trion",
    "xc7": "AMD 7 series",
    "xcup": "AMD UltraScale+",
    "cyclone5": "Intel Cyclone V",
}
"""By target (:mod:`synth.targets`)."""
PRESETS = ("qc_ldpc", "wifi_648_r12", "nr5g_bg2_z16", "ccsds_128_64_layered", "mimo_precoder_32x4")

_MARKED = re.compile(r"(<!-- matrix:([\w ]*)-->\n).*?(<!-- end -->)", re.DOTALL)
_BLOCK = 'ram_style = "block"'
_EXAMPLE = """examples:
  python -m synth.matrix                                         # all, an hour; again: at once
  python -m synth.matrix --codes wifi_648_r12 --families ice40 gowin
  python -m synth.matrix --write docs/synthesis_matrix.md        # bring the table up to date
"""


@dataclass(frozen=True)
class Mapped:
    """A design mapped for a family.

    fault : None, or why it is not right: Yosys' error, or memories that became no block RAM
    lut, ff, ebr, distributed_ram, dsp : cells (:mod:`synth.cell_counts`); 0 after an error
    seconds : that Yosys took
    """

    code: str
    family: str
    fault: str | None
    seconds: float
    lut: float = 0
    ff: float = 0
    ebr: float = 0
    distributed_ram: float = 0
    dsp: float = 0


def mapped(spec, family: str, out: Path, force: bool = False) -> Mapped:
    """Build ``spec`` in ``out``/NAME and map it for ``family``, or read what was found before."""
    target = target_named(family)
    folder = out / spec.name
    record = build(spec, folder, reuse=True)
    text = verilog_of(folder, record).read_text()
    tool = yosys.version()
    key = fingerprint([], record["verilog_sha"], target.yosys_commands, tool)

    def compute() -> dict:
        with stage(f"yosys: {spec.name} for {family}"):
            return _run(folder, record, family, target, _BLOCK in text)

    found = remembered(folder / f"mapped-{family}.json", key, compute, force)
    return Mapped(spec.name, family, **found)


def _run(folder: Path, record: dict, family: str, target, has_block: bool) -> dict:
    netlist, began = folder / f"mapped-{family}.netlist.json", time.monotonic()
    counts, fault = {}, None
    try:
        log = folder / f"mapped-{family}.log"
        yosys.synthesise(folder / record["verilog"], record["top"], target, netlist, log)
        cells = yosys.count_cells(load_netlist(netlist), record["top"])
        counts = cell_counts(family, cells)
        if has_block and not counts["ebr"]:
            fault = "no block RAM inferred"
    except InputError as error:
        fault = one_line(str(error))
    finally:
        netlist.unlink(missing_ok=True)
    return {"fault": fault, "seconds": round(time.monotonic() - began, 1), **counts}


def table(found: Sequence[Mapped]) -> str:
    """Markdown: a line for each family, a column for each design."""
    codes = [*dict.fromkeys(one.code for one in found)]
    cells = {(one.family, one.code): _cell(one) for one in found}
    rows = [["family", *(f"`{code}`" for code in codes)], ["---"] * (len(codes) + 1)]
    for family in dict.fromkeys(one.family for one in found):
        name = FAMILIES.get(family, family)
        rows.append([name, *(cells.get((family, code), "") for code in codes)])
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _cell(one: Mapped) -> str:
    if one.fault:
        return "**fault**"
    parts = [f"{one.lut:,.0f} LUT", f"{one.ff:,.0f} FF", f"{one.ebr:g} RAM"]
    parts += [f"{one.distributed_ram:g} LUT RAM"] if one.distributed_ram else []
    return ", ".join([*parts, *([f"{one.dsp:g} DSP"] if one.dsp else [])])


def main(argv: Sequence[str] | None = None) -> int:
    """Command line; returns the exit code."""
    parser = Parser(
        prog="python -m synth.matrix",
        description="Map designs with Yosys for many device families: errors, block RAM, cells. "
        "Exit code 1 if one has a fault.",
        epilog=_EXAMPLE,
    )
    parser.add_argument("--codes", nargs="+", metavar="NAME|FILE", default=PRESETS,
                        help=f"presets, codes or files (default {' '.join(PRESETS)})")  # fmt: skip
    parser.add_argument("--families", nargs="+", metavar="NAME", default=[*FAMILIES],
                        help=f"default {' '.join(FAMILIES)}")  # fmt: skip
    parser.add_argument("--out", type=Path, default=Path("build/matrix"), metavar="DIR",
                        help="where builds and results are kept (default build/matrix)")
    parser.add_argument("--write", nargs="+", type=Path, metavar="FILE.md", default=[],
                        help="fill the places <!-- matrix: --> of documents")  # fmt: skip
    parser.add_argument("--force", action="store_true", help="map again what was mapped before")
    parser.add_argument("--json", action="store_true", help="print one JSON object as last line")
    options = parser.parse_args(argv)
    for family in options.families:
        if family not in FAMILIES:
            raise InputError(f"--families {family}: no such family; known: {', '.join(FAMILIES)}")
    specs = [sources.spec_for(code) for code in options.codes]
    found = [
        mapped(spec, family, options.out, options.force)
        for spec in specs
        for family in options.families
    ]
    for path in options.write:
        _fill(path, found)
    sys.stdout.write(table(found))
    faults = [one for one in found if one.fault]
    for one in faults:
        print(f"{one.code} for {one.family}: {one.fault}")
    if options.json:
        print_json({"mapped": [asdict(one) for one in found]})
    return 1 if faults else 0


def _fill(path: Path, found: Sequence[Mapped]) -> None:
    """Write the table of the designs that a mark names, or of all, behind it."""
    text = read_text(path)
    if not _MARKED.search(text):
        raise InputError(f"{path}: has no place marked <!-- matrix: --> to <!-- end -->")

    def made(mark: re.Match) -> str:
        names = mark[2].split()
        return mark[1] + table([x for x in found if not names or x.code in names]) + mark[3]

    write_atomic(path, _MARKED.sub(made, text))


if __name__ == "__main__":
    run(main)
