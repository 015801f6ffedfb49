"""``python -m synth.package``: the files beside the Verilog of a build folder, made once more."""

import json
from collections.abc import Sequence
from pathlib import Path

from hw.folder import sha_of, write_together
from hw.record import FILE, read_record
from model import cli
from model.errors import InputError
from sim import buildfolder
from synth.package import files
from synth.record import Report, read_report

_NUMBERS = ("coded_bits_per_frame", "info_bits_per_frame")
_EXAMPLE = """example:
  python -m synth.build --code qc_ldpc
  python -m synth.report --build build/qc_ldpc
  python -m synth.package --build build/qc_ldpc    # the datasheet now has that report
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Command line; returns the exit code."""
    parser = cli.Parser(
        prog="python -m synth.package",
        description="Write what lies beside the Verilog of a build folder once more: testbench, "
        "constraints, packaging, and the datasheet with the reports made since.",
        epilog=_EXAMPLE,
    )
    parser.add_argument("--build", required=True, type=Path, metavar="DIR", help="build folder")
    parser.add_argument("--json", action="store_true", help="one JSON object as the last line")
    arguments = parser.parse_args(argv)
    build = buildfolder.read(arguments.build)
    read_record(build.folder, ("version",), _NUMBERS)
    record = {name: value for name, value in build.record.items() if name != "beside"}
    made = files(build.spec, record, build.text, reuse=True, reports=_reports(build))
    record["beside"] = {name: sha_of(text) for name, text in made.items()}
    write_together(build.folder, {**made, FILE: json.dumps(record, indent=2) + "\n"})
    print("\n".join(str(build.folder / name) for name in made))
    if arguments.json:
        cli.print_json({"files": list(made)})
    return 0


def _reports(build: buildfolder.Build) -> list[Report]:
    """Those in the folder that are of its Verilog, whole ones."""
    found = []
    for path in sorted(build.folder.glob("report-*.json")):
        try:
            report = read_report(path)
        except InputError:  # of another version
            continue
        if report.verilog_sha == build.record.get("verilog_sha"):
            found.append(report)
    return found


if __name__ == "__main__":
    cli.run(main)
