"""Synthesis report of a build folder: area, clock rate, throughput.

``python -m synth.report --build DIR --target ecp5-85k`` reads DIR/build.json and the Verilog it
names, and writes DIR/report-TARGET-seedN.json and .txt. A second call with the same Verilog,
options and tools reads the report back.
"""

import sys
from argparse import BooleanOptionalAction
from collections.abc import Sequence
from pathlib import Path

from hw.lib.devices import DEFAULT, NAMES
from model.cli import Parser, print_json, run
from model.errors import InputError
from model.printable import one_line
from quant import kinds, measured
from synth.counts import TOO_LARGE
from synth.flow import read_build, report_file, synthesise
from synth.parts import parts_table
from synth.record import text_table
from synth.targets import DEFAULT_PLACER, PLACERS

RECORDED = ("target", "seed", "lut4", "comb", "ff", "ebr", "dsp", "fmax_mhz", "coded_mbps")
"""What of a report is kept in a spec."""

_EXAMPLE = """example:
  python -m hw.build --code qc_ldpc
  python -m synth.report --build build/qc_ldpc --target ecp5-85k --seed 1
  python -m synth.report --build build/qc_ldpc --record qc_ldpc   # hw.build --list then shows it
  python -m synth.report --build build/mimo_precoder_64x8 --freq 160 --parts
  python -m synth.report --build build/qc_ldpc --target xcup --json
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Command line; returns the exit code."""
    parser = Parser(
        prog="python -m synth.report",
        description="Synthesise a build folder, place and route it, and report.",
        epilog=_EXAMPLE,
    )
    parser.add_argument("--build", required=True, type=Path, metavar="DIR", help="build folder")
    parser.add_argument(
        "--target", help=f"{', '.join(NAMES)} (default: that of the build, or {DEFAULT})"
    )
    parser.add_argument("--seed", type=int, default=1, help="placement seed (default 1)")
    parser.add_argument("--freq", type=float, default=200.0, metavar="MHZ", help="wanted clock")
    parser.add_argument(
        "--output-registers",
        action=BooleanOptionalAction,
        help="move the register behind a block RAM into it, or route what Yosys maps (default: "
        "move, but not for lifcl-..., where nextpnr does not know how fast that register is)",
    )
    parser.add_argument(
        "--no-carry-ends",
        action="store_true",
        help="leave the ends of carry chains as Yosys maps them",
    )
    parser.add_argument("--placer", choices=PLACERS, default=DEFAULT_PLACER,
                        help="of nextpnr; static where several decoders fill the device "
                        f"(default {DEFAULT_PLACER})")  # fmt: skip
    parser.add_argument("--no-refine", action="store_true",
                        help="route the placement as nextpnr leaves it")  # fmt: skip
    parser.add_argument(
        "--stop-after",
        choices=("packing", "placement"),
        help="placement: counts, and the clock as nextpnr then estimates it; packing: counts only",
    )
    parser.add_argument(
        "--limit-min", type=float, default=30.0, metavar="MIN", help="time limit of nextpnr"
    )
    parser.add_argument("--parts", action="store_true", help="also print what each module costs")
    parser.add_argument(
        "--record", metavar="SPEC", help="keep the cost in this spec, a file or a shipped one"
    )
    parser.add_argument("--force", action="store_true", help="run again even if nothing changed")
    parser.add_argument("--json", action="store_true", help="one JSON object as the last line")
    argv = sys.argv[1:] if argv is None else list(argv)
    options = parser.parse_args(argv)
    if options.record is not None:
        spec = _spec_of(options.record, options.build)
    chosen = {
        "seed": options.seed,
        "output_registers": options.output_registers,
        "carry_ends": not options.no_carry_ends,
        "placer": options.placer,
        "refined": not options.no_refine,
        "stop_after": options.stop_after,
    }
    report = synthesise(
        options.build, options.target, freq_mhz=options.freq, limit_minutes=options.limit_min,
        force=options.force, **chosen,
    )  # fmt: skip
    sys.stdout.write(text_table(report))
    page = report_file(options.build, report.target, **chosen).with_suffix(".html")
    print(one_line(f"{'page':<22}  {page}"))
    if options.parts:
        sys.stdout.write("\n" + parts_table(report.parts))
    if options.record is not None:
        kept = {name: getattr(report, name) for name in RECORDED}
        measured.keep(options.record, spec, "cost", kept, "synth.report", argv)
    if options.json:
        print_json(report.to_json())
    if (report.not_routed_reason or "").startswith(TOO_LARGE):
        raise InputError(f"{options.build}: {report.not_routed_reason}")
    return 0


def _spec_of(name: str, build: Path):
    """The spec ``name``; ``InputError`` unless the folder was built from it."""
    spec, built = kinds.resolve(name), read_build(build)[0]["spec_sha"]
    if spec.sha != built:
        raise InputError(f"--record {name}: spec {spec.sha[:12]}, but {build} has {built[:12]}")
    return spec


if __name__ == "__main__":
    run(main)
