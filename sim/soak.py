"""A soak test: a million frames, most of wrong length, from sources that break the rules of AXI.

``run`` is the Python call, ``python -m sim.soak`` the command. Every frame that was transferred
with the right length must come out as golden says, and nothing else may. What must hold, and what
the sources do: docs/robustness.md.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from model import cli
from model.errors import InputError
from sim import buildfolder
from sim.compiled import CompileError
from sim.driver.plan import Plan, bound_cycles
from sim.driver.process import drive
from sim.driver.program import program
from sim.plan import counted

WRONG = 0.99
_POOL_FRAMES = 384  # of a precoder: 96 for each of four channels
_EXAMPLE = """examples:
  python -m hw.build --code bch_31_16 --out build/bch
  python -m sim.soak --build build/bch --frames 1000000
  python -m sim.soak --build build/bch --frames 100000 --wrong 0.5 --json
"""
_KINDS = {
    "right": "frames of right length",
    "length_1": "of one beat",
    "too_short": "too short",
    "too_long": "too long",
    "very_long": "eight times too long and more",
    "in_error": "of right length, in error",
    "withdrawn": "offers withdrawn before tready",
    "changed_while_waiting": "beats changed while they waited",
    "garbage_while_idle": "idle cycles with garbage",
    "stalled_cycles": "cycles of a stalled output",
    "most_dropped_in_a_row": "most frames dropped in a row",
    "results_with_saturated_count": "results with a saturated drop count",
    "overtaken": "results that overtook others",
    "contexts": "channels put in service",
    "wrong_contexts": "channels of wrong length",
    "longest_wait_cycles": "longest wait in cycles",
    "bound_cycles": "longest wait allowed",
}


@dataclass(frozen=True)
class SoakResult:
    """What a soak test came to.

    Parameters
    ----------
    frames : given, of ``frames_asked``, wrong ones included
    results : that came out and were right in every beat
    counts : by kind, see the report
    cycles : simulated
    seconds : of the run; ``compile_seconds`` of the compilation before it
    interrupted : whether it was stopped before its end
    spec_sha, seed : what was tried
    fault : None, or the first that was wrong
    """

    frames: int
    frames_asked: int
    results: int
    counts: dict[str, int]
    cycles: int
    seconds: float
    compile_seconds: float
    interrupted: bool
    spec_sha: str
    seed: int
    fault: str | None

    @property
    def ok(self) -> bool:
        """All frames were given, every right one came out, nothing else did."""
        whole = self.frames == self.frames_asked and self.results == self.counts["right"] > 0
        return whole and self.fault is None


def run(
    build_dir: str | Path,
    frames: int = 100_000,
    wrong: float = WRONG,
    seed: int = 1,
    progress: bool = False,
) -> SoakResult:
    """Soak the Verilog of ``build_dir`` in ``frames`` frames.

    Parameters
    ----------
    build_dir : folder written by ``hw.build``
    frames : how many, wrong ones included
    wrong : share of frames of wrong length, 0 to 0.9999
    seed : of all that is random
    progress : show a progress bar on standard error

    Bad input raises ``InputError``, Verilog that does not compile ``CompileError``.
    """
    if not 1 <= frames <= 10**12:
        raise InputError(f"--frames is {frames}, must be 1 to {10**12}")
    if not 0 <= wrong <= 0.9999:
        raise InputError(f"--wrong is {wrong}, must be 0 to 0.9999")
    if not 0 <= seed < 1 << 32:
        raise InputError(f"--seed is {seed}, must be 0 to {(1 << 32) - 1}")
    build = buildfolder.read(build_dir)
    if wrong and counted(build.record):
        raise InputError(f"{build_dir}: --wrong {wrong:g}: its frames are counted, no length is "
                         "wrong (--wrong 0)")  # fmt: skip
    stimulus = build.frames(_POOL_FRAMES, None, seed)
    if "dropped" not in stimulus.status_fields:
        raise InputError(f"{build_dir}: its family does not promise to drop wrong frames")
    numbers = {
        "frames": frames,
        "wrong_of_million": round(wrong * 1e6),
        "seed": seed,
        "in_order": 0,
        "bound_cycles": bound_cycles(build),
    }
    plan = Plan(build, stimulus, numbers).text()
    start = time.monotonic()
    binary = program(build, frames)
    middle = time.monotonic()
    found = drive(binary, "soak", plan, "frame", progress)
    return SoakResult(
        frames=found["frames"],
        frames_asked=frames,
        results=found["results"],
        counts={name: found[name] for name in _KINDS},
        cycles=found["cycles"],
        seconds=time.monotonic() - middle,
        compile_seconds=middle - start,
        interrupted=found["interrupted"],
        spec_sha=build.spec_sha,
        seed=seed,
        fault=found["fault"],
    )


def report(result: SoakResult) -> str:
    """Return the readable summary; its last line is the one that counts."""
    lines = [f"{text:<38}{result.counts[name]}" for name, text in _KINDS.items()]
    line = (
        f"{result.frames} frames: {result.results} of {result.counts['right']} results right, "
        f"{result.frames - result.counts['right']} of wrong length or in error dropped "
        f"({result.frames / max(result.seconds, 1e-9):.0f} frames/s, {result.seconds:.1f} s and "
        f"{result.compile_seconds:.1f} s compile, {result.cycles} cycles)"
    )
    if result.interrupted:
        line += ", interrupted"
    if result.fault is not None:
        line += f"\nFAILED: {result.fault}"
    return "\n".join([*lines, line])


def record(result: SoakResult) -> dict:
    """Return the object ``--json`` prints."""
    rate = round(result.frames / max(result.seconds, 1e-9), 1)
    return vars(result) | {"frames_per_second": rate}


def main(argv: Sequence[str] | None = None) -> int:
    """Command line; returns 0 when everything was right, 1 when not."""
    parser = cli.Parser(
        prog="python -m sim.soak",
        description="Frames of wrong length and illegal streams into the Verilog of a build.",
        epilog=_EXAMPLE,
    )
    parser.add_argument("--build", required=True, metavar="DIR", help="folder from hw.build")
    parser.add_argument(
        "--frames", type=int, default=100_000, metavar="N",
        help="frames given, wrong ones included (default 100000)",
    )
    parser.add_argument(
        "--wrong", type=float, default=WRONG, metavar="SHARE",
        help=f"share of frames of wrong length (default {WRONG})",
    )
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="default 1")
    parser.add_argument("--json", action="store_true", help="last line: one JSON object")
    args = parser.parse_args(argv)
    try:
        result = run(args.build, args.frames, args.wrong, args.seed, progress=True)
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
