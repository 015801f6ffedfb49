"""Reports of several build folders in one table: ``python -m synth.compare DIR DIR ...``."""

import sys
from collections.abc import Sequence
from pathlib import Path

from hw.lib.devices import DEFAULT
from hw.record import read_record
from model.cli import Parser, print_json, run
from model.errors import InputError
from synth.record import Report, read_report
from synth.targets import target_named

_EXAMPLE = """example:
  python -m synth.compare build/mimo_precoder_32x4 build/mimo_precoder_64x8 build/mimo_precoder

Reads what python -m synth.report wrote; the newest report of each folder for the target.
"""
_COLUMNS = (
    "build", "COMB", "LUT4", "FF", "EBR", "DSP", "MHz", "cycles", "million frames/s",
    "coded Mb/s", "information Mb/s",
)  # fmt: skip


def row(folder: Path, report: Report) -> list[str]:
    """A line of the table; ``-`` where a design was not routed."""

    def shown(value: float | None, form: str) -> str:
        return "-" if value is None else format(value, form)

    return [
        folder.name, shown(report.comb, "d"), shown(report.lut4, "d"), f"{report.ff}",
        f"{report.ebr:g}", f"{report.dsp}", shown(report.fmax_mhz, ".1f"),
        f"{report.cycles_per_frame:g}", shown(report.mframes_per_s, ".3f"),
        shown(report.coded_mbps, ".1f"), shown(report.info_mbps, ".1f"),
    ]  # fmt: skip


def newest(folder: Path, target: str) -> Report:
    """The report written last; ``InputError`` if there is none, or it is of another Verilog."""
    record = read_record(folder, ("verilog_sha",))
    files = sorted(folder.glob(f"report-{target}-*.json"), key=lambda path: path.stat().st_mtime)
    if not files:
        raise InputError(f"{folder}: no report for {target} (python -m synth.report makes one)")
    report = read_report(files[-1])
    if report.verilog_sha != record["verilog_sha"]:
        raise InputError(f"{files[-1]}: not of the Verilog that {folder / 'build.json'} records")
    return report


def main(argv: Sequence[str] | None = None) -> int:
    """Command line; returns the exit code."""
    parser = Parser(
        prog="python -m synth.compare",
        description="One table of the synthesis reports of several build folders.",
        epilog=_EXAMPLE,
    )
    parser.add_argument("builds", nargs="+", type=Path, metavar="DIR", help="build folders")
    parser.add_argument("--target", default=DEFAULT, help=f"default {DEFAULT}")
    parser.add_argument("--json", action="store_true", help="one JSON object as the last line")
    options = parser.parse_args(argv)
    device = target_named(options.target).name
    reports = {folder: newest(folder, device) for folder in options.builds}
    rows = [list(_COLUMNS), ["---"] * len(_COLUMNS)]
    rows += [row(folder, report) for folder, report in reports.items()]
    sys.stdout.write("".join(f"| {' | '.join(cells)} |\n" for cells in rows))
    if options.json:
        print_json({str(folder): report.to_json() for folder, report in reports.items()})
    return 0


if __name__ == "__main__":
    run(main)
