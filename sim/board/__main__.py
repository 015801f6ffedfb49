"""``python -m sim.board``: frames to a board, its results beside the models', live."""

import contextlib
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.live import Live
from rich.table import Table

from hw.board.boards import BOARDS, DEFAULT_BAUD, named
from hw.board.ports import DesignPorts
from hw.board.uart import LEAST_CYCLES
from model import cli, curves
from model.errors import InputError
from model.options import add_to, chosen
from quant import kinds, monte_carlo, recorded
from quant.monte_carlo import AXES, Axis, MonteCarlo
from sim import buildfolder, fer_options
from sim.board import show, traffic
from sim.board.counting import Enough, Point, count
from sim.board.link import Link
from sim.board.session import Session
from sim.board.simulated import BIT_CYCLES, simulated
from sim.buildfolder import Build
from sim.compiled import CompileError

_EXAMPLE = """examples:
  python -m synth.board --board ulx3s --code qc_ldpc --out build/qc_ldpc_ulx3s
  python -m sim.board --build build/qc_ldpc_ulx3s --port /dev/ttyUSB0 --ebn0 2.4:3.2:0.2 \\
      --frames 20000 --plot build/board.png
  python -m sim.board --build build/qc_ldpc_ulx3s --simulated --ebn0 2.6 --frames 50
  python -m sim.board --build build/qc_ldpc_ulx3s --simulated --ebn0 2.6 --wrong-bits 1e-5

Each result is compared with the C model bit by bit, and counted beside it: the same frames give the
same errors. The exit code is 1 if any result differs. A family that does not say what was sent is
compared and has no error rates.
"""
_REFRESH_SECONDS = 0.25


def main(argv: Sequence[str] | None = None) -> int:
    """Command line; returns the exit code."""
    argv = sys.argv[1:] if argv is None else list(argv)
    folder = cli.value_of("--build", argv)
    build = buildfolder.read(folder) if folder else None
    rates = build is not None and traffic.has_rates(build)
    part = monte_carlo.of(kinds.family_of(build.spec)) if rates else None
    args = _parser(part).parse_args(argv)
    points = _points(args, part.axis if rates else None)
    _check(args, rates)
    ports = DesignPorts.of_record(build.record, str(build.folder / "build.json"))
    link = chosen(args, part.link) if rates else None
    curve = recorded.recorded_curve(build.spec) if rates else None
    if curve is not None and curve.link != link:
        curve = None
    found, enough = [Point(point_db) for point_db in points], Enough(args.frames, args.errors)
    axis = part.axis.name if rates else ""

    def frames(point: Point, first: int, size: int) -> traffic.Traffic:
        return traffic.make(build, link, point.point_db, args.seed, first, size)

    with _port(args, build) as line:
        session = Session(line, ports, args.patience)

        def table() -> Table:
            return show.table([p for p in found if p.frames], session, curve, axis)

        try:
            with _moving(table) as look:
                for point in found:
                    for _ in count(session, point, partial(frames, point), enough):
                        look()
        finally:
            if any(point.frames for point in found):
                print(show.text(table()), end="")
    different = sum(point.differences for point in found)
    first = next((p.first_difference for p in found if p.first_difference), None)
    print(f"{sum(p.frames for p in found)} frames: {different} differ from the models"
          + (f"; first: {first}" if first else ""))  # fmt: skip
    if args.plot is not None:
        print(show.draw(args.plot, found, curve, f"{build.spec.name} on a board", axis))
    if args.json:
        record = {"spec_sha": build.spec_sha, "resent": session.losses.resent,
                  "bad_packets": line.bad, "strays": session.losses.strays}  # fmt: skip
        cli.print_json(record | {"points": [point.to_json() for point in found]})
    return 1 if different else 0


@contextlib.contextmanager
def _moving(table: Callable[[], Table]) -> Iterator[Callable[[], None]]:
    """What is called after every result, and shows the table now and then on a terminal."""
    console, shown = Console(), 0.0
    if not console.is_terminal:
        yield lambda: None
        return
    with Live(console=console, auto_refresh=False, transient=True) as live:

        def look() -> None:
            nonlocal shown
            if time.monotonic() - shown > _REFRESH_SECONDS:
                live.update(table(), refresh=True)
                shown = time.monotonic()

        yield look


@contextlib.contextmanager
def _port(args, build: Build) -> Iterator[Link]:
    """The link to the board, or to its model."""
    with contextlib.ExitStack() as stack:
        name = args.port
        if args.simulated:
            wiring = named(args.board).wiring()
            try:
                name = stack.enter_context(simulated(
                    build, wiring, args.bit_cycles, args.wrong_bits, args.seed, args.frames
                ))  # fmt: skip
            except CompileError as error:
                raise InputError(str(error)) from error
        link = Link.open(name, args.baud)
        stack.callback(link.close)
        yield link


def _points(args, axis: Axis | None) -> list[float | None]:
    given = [each for each in AXES if getattr(args, each.field) is not None]
    for each in given:
        if each != axis:
            raise InputError(f"--{each.option}: not an option of this family"
                             + ("" if axis else ", whose results are compared alone"))  # fmt: skip
    if axis is None:
        return [None]
    if not given:
        raise InputError(f"--{axis.option} is needed: {axis.name} in dB")
    return [*fer_options.points_of(getattr(args, axis.field), axis)]


def _check(args, rates: bool) -> None:
    if (args.port is None) == (not args.simulated):
        raise InputError("one of --port and --simulated is needed")
    for option in ("frames", "errors", "baud"):
        if getattr(args, option) < 1:
            raise InputError(f"--{option} {getattr(args, option)}: must be at least 1")
    if not 0 <= args.seed < 1 << 31:
        raise InputError(f"--seed {args.seed}: must be 0 to {(1 << 31) - 1}")
    if not args.patience > 0:
        raise InputError(f"--patience {args.patience:g}: must be more than 0")
    if not LEAST_CYCLES <= args.bit_cycles <= 10_000:
        raise InputError(f"--bit-cycles {args.bit_cycles}: must be {LEAST_CYCLES} to 10000")
    if args.plot is not None:
        if not rates:
            raise InputError(f"--plot {args.plot}: this family has no error rates here")
        curves.check_file(args.plot)


def _parser(part: type[MonteCarlo] | None) -> cli.Parser:
    p = cli.Parser(
        prog="python -m sim.board",
        description="Frames to a board, each result compared, error rates live.",
        epilog=_EXAMPLE,
    )
    p.add_argument("--build", required=True, metavar="DIR", help="what the board holds")
    p.add_argument("--port", metavar="NAME", help="serial port: /dev/ttyUSB0, COM3, ...")
    p.add_argument("--simulated", action="store_true",
                   help="a Verilated model of the board instead")  # fmt: skip
    p.add_argument("--baud", type=int, default=DEFAULT_BAUD,
                   help=f"as the board was made with (default {DEFAULT_BAUD})")  # fmt: skip
    if part is not None:
        add_to(p, part.link)
    for axis in AXES:
        p.add_argument(f"--{axis.option}", metavar="DB", dest=axis.field,
                       help=f"{axis.name}: START:STOP:STEP, or values")  # fmt: skip
    p.add_argument("--frames", type=int, default=1000, help="a point at most (default 1000)")
    p.add_argument("--errors", type=int, default=100, help="wrong frames that end a point too "
                   "(default 100), looked at every 128 frames")  # fmt: skip
    p.add_argument("--seed", type=int, default=1, help="of the frames (default 1)")
    p.add_argument("--patience", type=float, default=20.0, metavar="S",
                   help="seconds without an answer that end the run (default 20)")  # fmt: skip
    p.add_argument("--plot", type=Path, metavar="FILE.png", help="draw the points")
    p.add_argument("--board", choices=BOARDS, default=next(iter(BOARDS)),
                   help="whose model is --simulated (default %(default)s)")  # fmt: skip
    p.add_argument("--bit-cycles", type=int, default=BIT_CYCLES, metavar="N",
                   help="clock cycles of a bit, if --simulated (default %(default)s)")  # fmt: skip
    p.add_argument("--wrong-bits", type=float, default=0.0, metavar="SHARE",
                   help="of the line's bits that are inverted, if --simulated")  # fmt: skip
    p.add_argument("--json", action="store_true", help="one JSON object as the last line")
    return p


if __name__ == "__main__":
    cli.run(main)
