"""``python -m synth.board``: a code or a build folder to a bitstream for a board."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from hw.board.boards import BOARDS, DEFAULT_BAUD, bit_cycles, named
from hw.board.ports import DesignPorts
from hw.board.top import verilog
from hw.build import build as build_folder
from hw.lib import devices
from hw.lib.target import PORTABLE
from hw.record import work_folder
from model import cli
from model.errors import InputError
from model.files import read_bytes, write_atomic
from quant import source_options
from sim import buildfolder
from sim.buildfolder import Build
from synth import flow
from synth.board import bitstream
from synth.targets import target_named

TOP = "board_top"
_EXAMPLE = """examples:
  python -m synth.board --board ulx3s --code qc_ldpc --out build/qc_ldpc_ulx3s
  python -m synth.board --board ulx3s --build build/qc_ldpc --clock 80 --baud 3000000
  python -m synth.board --board lifcl-evn --code bch_31_16 --out build/bch_evn

Written are, in DIR/board-NAME: the top level with bridge and design in Verilog, constraints, the
bitstream, logs, and board.json. No board was at hand where this was made (docs/board.md).
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Command line; returns the exit code."""
    args = _parser().parse_args(argv)
    board = named(args.board)
    wiring = board.wiring(args.clock)
    cycles = bit_cycles(wiring.design_hz, args.baud)
    if args.seed < 0:
        raise InputError(f"--seed {args.seed}: must be 0 or more")
    if not args.limit_min > 0:
        raise InputError(f"--limit-min {args.limit_min:g}: must be more than 0")
    if args.build is not None:
        if args.code is not None or args.spec is not None or args.out is not None:
            raise InputError("--build: not with --code, --spec or --out, which make a folder")
        folder = args.build
    else:
        spec = source_options.chosen(args)
        folder = args.out or Path("build") / f"{spec.name}_{board.name.replace('-', '_')}"
        build_folder(spec, folder, {"target": devices.named(board.device).layer}, reuse=True)
    build = buildfolder.read(folder)
    found = make(build, board, wiring, cycles, args.seed, args.limit_min)
    place = build.folder / f"board-{board.name}"
    print(f"{place / found['bitstream']}")
    print(f"{board.title}: {found['fmax_mhz']:.1f} MHz routed, {found['clock_mhz']:g} MHz used, "
          + ", ".join(f"{found[each]} {each}" for each in ("comb", "ff", "ebr")))  # fmt: skip
    print(f"load:  {board.load.format(place / found['bitstream'])}")
    if board.remark:
        print(f"board: {board.remark}")
    print(cli.spoken(f"host:  python -m sim.board --build {folder} --baud {args.baud} "
                     "--port /dev/ttyUSB0"))  # fmt: skip
    if args.json:
        cli.print_json(found)
    return 0


def make(build: Build, board, wiring, cycles: int, seed: int, limit_minutes: float) -> dict:
    """Write the board's folder inside a build folder; return board.json's content."""
    record = build.record
    flow.check_primitives(record, target_named(board.device))
    ports = DesignPorts.of_record(record, str(build.folder / "build.json"))
    place = work_folder(build.folder, f"board-{board.name}")
    path, about = place / f"{record['name']}.v", place / "board.json"
    about.unlink(missing_ok=True)
    write_atomic(path, f"{verilog(ports, wiring, cycles, TOP)}\n{build.text}")
    placement, made = bitstream.make(
        path, TOP, board, wiring.design_hz, record.get("mapped_once"), seed, limit_minutes
    )
    used, family = placement.utilisation, target_named(board.device).family
    found = {
        "board": board.name,
        "device": board.device,
        "name": record["name"],
        "spec_sha": record["spec_sha"],
        "verilog_sha": record["verilog_sha"],
        "clock_mhz": wiring.design_hz / 1e6,
        "baud": round(wiring.design_hz / cycles),
        "bit_cycles": cycles,
        "seed": seed,
        "fmax_mhz": round(placement.fmax_mhz, 2),
        "comb": used.get(family.comb, 0),
        "ff": used.get(family.ff, 0),
        "ebr": used.get(family.ebr, 0),
        "bitstream": made.name,
        "bitstream_sha": hashlib.sha256(read_bytes(made)).hexdigest(),
        "tools": flow.tools_of(target_named(board.device)),
    }
    write_atomic(about, json.dumps(found, indent=1) + "\n")
    return found


def _parser() -> cli.Parser:
    p = cli.Parser(
        prog="python -m synth.board",
        description="Verilog, constraints and bitstream for a board with a serial port.",
        epilog=_EXAMPLE,
    )
    p.add_argument("--board", required=True, choices=BOARDS, help="which")
    source_options.add_to(p)
    p.add_argument("--build", type=Path, metavar="DIR", help="take this build folder as it is, "
                   f"{PORTABLE} or of the board's family")  # fmt: skip
    p.add_argument("--out", type=Path, metavar="DIR", help="build folder (default "
                   "build/NAME_BOARD)")  # fmt: skip
    p.add_argument("--clock", type=float, metavar="MHZ", help="of the design, from the board's PLL "
                   "(default 60; without a PLL the pin's)")  # fmt: skip
    p.add_argument("--baud", type=int, default=DEFAULT_BAUD,
                   help=f"of the serial line (default {DEFAULT_BAUD})")  # fmt: skip
    p.add_argument("--seed", type=int, default=1, help="of placement (default 1)")
    p.add_argument("--limit-min", type=float, default=30.0, metavar="MIN",
                   help="time limit of nextpnr (default 30)")  # fmt: skip
    p.add_argument("--json", action="store_true", help="one JSON object as the last line")
    return p


if __name__ == "__main__":
    cli.run(main)
