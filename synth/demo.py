"""The whole path for one code: Verilog, proof, error rate, place and route, one table.

``python -m synth.demo`` is what ``make`` ends with. Every stage is kept under build/ until the
sources or figures it depends on change, so that a second call only prints the table.
"""

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from hw.lib.devices import DEFAULT
from hw.record import read_record, text_of
from hw.record_fields import is_number
from model.cli import Parser, print_json, run
from model.errors import InputError
from model.fingerprint import fingerprint
from model.printable import one_line
from model.stage import stage
from synth.error_point import error_point
from synth.memo import remembered

_NUMBERS = ("coded_bits_per_frame", "info_bits_per_frame", "iterations")
_TITLE = "From a trained decoder to bit-exact hardware (ECP5-85k, speed 6)"
_MOMENT_SECONDS = 5.0
"""So long the proof waits for the route before it is shown alone."""
_EXAMPLE = """example:
  python -m synth.demo
  python -m synth.demo --code wifi_648_r12 --frames 200 --ebn0 2.0 --json
"""


def command(module: str, *arguments: object) -> dict:
    """Run ``python -m module arguments --json`` and return its last line as a dict.

    Progress passes through to standard error. ``InputError`` if it fails or ends otherwise.
    """
    words = [sys.executable, "-m", module, *map(str, arguments), "--json"]
    finished = subprocess.run(words, stdout=subprocess.PIPE, text=True)
    shown = " ".join(["python -m", module, *map(str, arguments)])
    lines = finished.stdout.splitlines()
    if finished.returncode == 130:
        raise KeyboardInterrupt
    if finished.returncode:
        tail = f": {lines[-1]}" if lines else ""
        raise InputError(f"{shown}: ended with code {finished.returncode}{tail}")
    try:
        return json.loads(lines[-1])
    except (IndexError, ValueError) as error:
        raise InputError(f"{shown}: did not end with a JSON object") from error


def build(code: str, folder: Path, force: bool) -> dict:
    """Write the build folder of ``code``; return build.json's content."""
    record = folder / "build.json"
    key = fingerprint(["model", "quant", "hw", "sim", "synth"], "build", code)
    # A folder that was removed or made again by hand is not the remembered one.
    stamp = folder / "demo-build.json"
    if not record.exists():
        stamp.unlink(missing_ok=True)

    def emit() -> dict:
        with stage(f"synth.build: {code}"):
            return command("synth.build", "--code", code, "--out", folder)

    remembered(stamp, key, emit, force)
    return read_record(folder, ("verilog", "spec_sha"), _NUMBERS)


def prove(folder: Path, verilog_sha: str, frames: int, seed: int, force: bool) -> dict:
    """Co-simulate ``frames`` frames; ``InputError`` unless every one matches."""
    key = fingerprint(["model", "quant", "hw", "sim"], "cosim", verilog_sha, frames, seed)

    def simulate() -> dict:
        with stage(f"sim.cosim: {frames} frames"):
            return command("sim.cosim", "--build", folder, "--frames", frames, "--seed", seed)

    result = _kept(folder / "demo-cosim.json", key, simulate, force, ("frames", "mismatches"))
    if result["mismatches"] or result["frames"] < frames:
        raise InputError(
            f"{folder}: {result['mismatches']} mismatches in {result['frames']} frames"
        )
    return result


def measure(folder: Path, sha: str, ebn0_db: float, seed: int, force: bool) -> dict:
    """Measure the golden model's frame error rate at one point."""
    key = fingerprint(["model", "quant"], "fer", sha, ebn0_db, seed)

    def count() -> dict:
        with stage(f"frame error rate at {ebn0_db:g} dB"):
            return error_point(folder / "spec.json", ebn0_db, seed=seed)

    names = ("fer", "ebn0_db", "errors", "frames", "message_bits")
    return _kept(folder / "demo-fer.json", key, count, force, names)


def _kept(path: Path, key: str, compute: Callable, force: bool, numbers: tuple[str, ...]) -> dict:
    """What is remembered, if it has the ``numbers`` that it must have; else it is computed."""
    found = remembered(path, key, compute, force)
    if all(is_number(found.get(name)) for name in numbers):
        return found
    return remembered(path, key, compute, force=True)


def whole_path(
    code: str, folder: Path, frames: int, ebn0_db: float, seed: int, force: bool
) -> dict:
    """Run every stage and return {"build", "cosim", "fer", "report"}, each a dict."""
    record = build(code, folder, force)
    # By content, not by name: an edited file is compared again.
    verilog_sha = fingerprint([], text_of(folder / record["verilog"]))
    place = ["--build", folder, "--target", DEFAULT, "--seed", seed]
    with ThreadPoolExecutor(max_workers=1) as beside:
        # Place and route is one process for minutes; the rest shares the other core.
        report = beside.submit(command, "synth.report", *place, *["--force"] * force)
        fer = measure(folder, record["spec_sha"], ebn0_db, seed, force)
        cosim = prove(folder, verilog_sha, frames, seed, force)
        found = {"build": record, "cosim": cosim, "fer": fer}
        if not wait([report], timeout=_MOMENT_SECONDS).done:
            print_table(proven(code, found), "Proven; the rest needs the routed design")
        return found | {"report": report.result()}


def proven(code: str, found: dict) -> dict[str, str]:
    """Return what is known before place and route as heading -> text."""
    record, fer = found["build"], found["fer"]
    rate = f"{fer['fer']:.1e} at {fer['ebn0_db']:g} dB ({fer['errors']} of {fer['frames']})"
    return {
        "code": f"{code} ({record['coded_bits_per_frame']},{record['info_bits_per_frame']})",
        "bits": str(found["fer"]["message_bits"]),
        "iterations": str(record["iterations"]),
        "FER (golden)": rate,
        "bit-exact on": f"{found['cosim']['frames']} frames, {found['cosim']['mismatches']} wrong",
    }


def summary(code: str, found: dict) -> dict[str, str]:
    """Return the whole table as heading -> text."""
    report = found["report"]
    unrouted = report["not_routed_reason"] or "not routed"
    return proven(code, found) | {
        "LUT4": _count(report["lut4"]),
        "COMB": _count(report["comb"]),
        "FF": _count(report["ff"]),
        "EBR": _count(report["ebr"]),
        "Fmax": f"{report['fmax_mhz']:.1f} MHz" if report["routed"] else unrouted,
        "coded Mb/s": f"{report['coded_mbps']:.1f}" if report["routed"] else "-",
        "per kCOMB": f"{report['coded_mbps_per_kcomb']:.1f}" if report["routed"] else "-",
    }


def _count(value: float | None) -> str:
    return "-" if value is None else f"{value:g}"


def print_table(rows: dict[str, str], title: str = _TITLE) -> None:
    """Print a table on standard output."""
    table = Table(title=title)
    table.add_column("what")
    table.add_column("found")
    for heading, text in rows.items():
        table.add_row(heading, Text(one_line(text)))  # no markup: some of it comes from files
    Console().print(table)


def main(argv: Sequence[str] | None = None) -> int:
    """Command line; returns the exit code."""
    parser = Parser(
        prog="python -m synth.demo",
        description="Build, prove, measure, place and route one decoder; print a table.",
        epilog=_EXAMPLE,
    )
    parser.add_argument("--code", default="qc_ldpc", help="name or file (default qc_ldpc)")
    parser.add_argument("--out", type=Path, metavar="DIR", help="folder (default build/CODE)")
    parser.add_argument("--frames", type=int, default=1000, help="frames to prove (default 1000)")
    parser.add_argument("--ebn0", type=float, default=2.8, metavar="DB", help="of the error rate")
    parser.add_argument("--seed", type=int, default=1, help="of noise and placement (default 1)")
    parser.add_argument("--force", action="store_true", help="run every stage again")
    parser.add_argument("--json", action="store_true", help="one JSON object as the last line")
    options = parser.parse_args(argv)
    if options.frames < 1:
        raise InputError(f"--frames {options.frames}: at least 1 frame has to be compared")
    folder = options.out or Path("build") / Path(options.code).stem
    found = whole_path(
        options.code, folder, options.frames, options.ebn0, options.seed, options.force
    )
    print_table(summary(options.code, found))
    if options.json:
        print_json(found)
    return 0


if __name__ == "__main__":
    run(main)
