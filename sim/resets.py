"""Short resets at any moment: what follows is what follows a long one, cycle by cycle.

``run`` is the Python call, ``python -m sim.resets`` the command. No golden is needed: a reference
is recorded on a fresh model after a long reset, and after every short one the same stimulus must
give the same outputs in every cycle. What must hold: docs/robustness.md.
"""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from model import cli
from model.errors import InputError
from sim import buildfolder
from sim.compiled import CompileError
from sim.driver.plan import Plan, beats, bound_cycles
from sim.driver.process import drive
from sim.driver.program import program

LENGTHS = (1, 2, 3)
LONGEST = 1000
_POOL_FRAMES = 24
_EXAMPLE = """examples:
  python -m hw.build --code wifi_648_r12 --out build/wifi
  python -m sim.resets --build build/wifi --resets 10000
  python -m sim.resets --build build/wifi --every-cycle --lengths 1,2,3 --json
"""


@dataclass(frozen=True)
class ResetsResult:
    """What resets of a build showed.

    Parameters
    ----------
    trials : resets tried, of ``trials_asked``
    wrong : trials after which an output differed from the reference in some cycle
    phantoms : of these, trials with more output beats than the reference
    window_cycles : cycles of the traffics before a reset: one is loaded, decoded and unloaded, more
        of them if that is short, and one meets an output that is stuck until nothing moves
    lengths : cycles of the resets
    cycles : simulated
    seconds : of the run; ``compile_seconds`` of the compilation before it
    interrupted : whether it was stopped before its end
    spec_sha, seed : what was tried
    fault : None, or where the first difference was
    """

    trials: int
    wrong: int
    phantoms: int
    window_cycles: int
    lengths: tuple[int, ...]
    cycles: int
    seconds: float
    compile_seconds: float
    interrupted: bool
    spec_sha: str
    seed: int
    fault: str | None

    @property
    def ok(self) -> bool:
        """There were trials, and none was wrong."""
        return self.trials > 0 and self.wrong == self.phantoms == 0 and self.fault is None


def run(
    build_dir: str | Path,
    resets: int = 0,
    every_cycle: bool = False,
    lengths: Sequence[int] = LENGTHS,
    seed: int = 1,
    progress: bool = False,
) -> ResetsResult:
    """Reset the Verilog of ``build_dir`` in mid-traffic and compare what follows.

    Parameters
    ----------
    build_dir : folder written by ``hw.build``
    resets : trials at random moments of random traffic
    every_cycle : also one trial at every cycle until all frames of a busy stream have left, for
        every length, with the stimulus behind it and with nothing behind it
    lengths : cycles of a reset, 1 or more
    seed : of all that is random
    progress : show a progress bar on standard error

    Bad input raises ``InputError``, Verilog that does not compile ``CompileError``.
    """
    if resets < 0 or not resets and not every_cycle:
        raise InputError(f"--resets is {resets}, at least 1 is needed (or --every-cycle)")
    if not lengths or not all(1 <= length <= LONGEST for length in lengths):
        shown = ",".join(map(str, lengths))
        raise InputError(f"--lengths is {shown!r}, must be numbers from 1 to {LONGEST}")
    if not 0 <= seed < 1 << 32:
        raise InputError(f"--seed is {seed}, must be 0 to {(1 << 32) - 1}")
    build = buildfolder.read(build_dir)
    stimulus = build.frames(_POOL_FRAMES, None, seed)
    in_flight = int(build.record["frames_in_flight"])
    traffic = 2 * in_flight + 4
    numbers = {
        "resets": resets,
        "every_cycle": int(every_cycle),
        "lengths": list(lengths),
        "seed": seed,
        "traffic_frames": traffic,
        "stuck_frames": 8 * in_flight + 16,  # more than all buffers hold
        "traffic_contexts": 2,
        "idle_cycles": len(stimulus.writes) + int(build.record["latency_cycles"])
        + 2 * beats(build, "output_beats_per_frame") + 16,
        "quiet_cycles": len(stimulus.writes) + bound_cycles(build),
    }  # fmt: skip
    plan = Plan(build, stimulus, numbers).text()
    start = time.monotonic()
    # Of every cycle there are thousands.
    binary = program(build, math.inf if every_cycle else 2 * traffic * resets)
    middle = time.monotonic()
    found = drive(binary, "resets", plan, "reset", progress)
    return ResetsResult(
        **{name: found[name] for name in
           ("trials", "wrong", "phantoms", "window_cycles", "cycles", "interrupted", "fault")},
        lengths=tuple(lengths),
        seconds=time.monotonic() - middle,
        compile_seconds=middle - start,
        spec_sha=build.spec_sha,
        seed=seed,
    )  # fmt: skip


def report(result: ResetsResult) -> str:
    """Return the readable summary, one line and one more for a fault."""
    lengths = ", ".join(map(str, result.lengths))
    text = (
        f"{result.trials} resets of {lengths} cycles within {result.window_cycles} cycles: "
        f"{result.wrong} wrong, {result.phantoms} phantom frames"
        f" ({result.trials / max(result.seconds, 1e-9):.0f} resets/s, {result.seconds:.1f} s and "
        f"{result.compile_seconds:.1f} s compile, {result.cycles} cycles)"
    )
    if result.interrupted:
        text += ", interrupted"
    return text if result.fault is None else f"{text}\nFAILED: {result.fault}"


def record(result: ResetsResult) -> dict:
    """Return the object ``--json`` prints."""
    rate = round(result.trials / max(result.seconds, 1e-9), 1)
    return vars(result) | {"lengths": list(result.lengths), "resets_per_second": rate}


def _lengths(text: str) -> list[int]:
    try:
        return [int(part) for part in text.split(",")]
    except ValueError:
        raise InputError(f"--lengths is {text!r}, must be numbers like 1,2,3") from None


def main(argv: Sequence[str] | None = None) -> int:
    """Command line; returns 0 when every trial was right, 1 when not."""
    parser = cli.Parser(
        prog="python -m sim.resets",
        description="Compare what follows short resets at any moment with what follows a long one.",
        epilog=_EXAMPLE,
    )
    parser.add_argument("--build", required=True, metavar="DIR", help="folder from hw.build")
    parser.add_argument(
        "--resets", type=int, metavar="N",
        help="trials at random moments (default 1000, or none with --every-cycle)",
    )
    parser.add_argument(
        "--every-cycle", action="store_true",
        help="a trial at every cycle of a busy stream, until its last frame has left",
    )
    parser.add_argument(
        "--lengths", default="1,2,3", metavar="L,..", help="cycles of a reset (default 1,2,3)"
    )
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="default 1")
    parser.add_argument("--json", action="store_true", help="last line: one JSON object")
    args = parser.parse_args(argv)
    resets = args.resets
    if resets is None:
        resets = 0 if args.every_cycle else 1000
    elif resets < 1:
        raise InputError(f"--resets is {resets}, at least 1 is needed")
    try:
        result = run(args.build, resets, args.every_cycle, _lengths(args.lengths), args.seed, True)
    except CompileError as error:
        print(f"FAILED: {error}")
        return 1
    print(report(result))
    if args.json:
        cli.print_json(record(result))
    if result.interrupted:
        raise KeyboardInterrupt
    return 0 if result.ok else 1


if __name__ == "__main__":
    cli.run(main)
