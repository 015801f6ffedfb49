"""``python -m tests.robustness_table``: the table of docs/robustness.md, row by row, measured."""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parent.parent)]

from driver_builds import BUILDS  # noqa: E402
from small_specs import flooding_spec, small_spec  # noqa: E402
from tables import printed  # noqa: E402

from hw.build import build  # noqa: E402
from quant.sources import spec_for  # noqa: E402
from sim import resets, soak  # noqa: E402


def _layered():
    return small_spec(z=3, iterations=2)


# Those of tests/driver_builds.py, and what has no test of its own for want of time.
DESIGNS = {
    "layered": BUILDS["layered"],
    "layered, `--target ecp5`": lambda: (_layered(), {"target": "ecp5"}),
    "flooding, block row after block row": lambda: (
        flooding_spec(z=3, iterations=2), {"slots": 2}, "flooding"
    ),
    "layered, `--lanes`": BUILDS["lanes"],
    "layered, `--cores 2`": BUILDS["cores"],
    "layered, `--cores 2 --order out-of-order`": lambda: (
        _layered(), {"slots": 1, "cores": 2, "order": "out-of-order"}
    ),
    "direct, iterated": BUILDS["direct"],
    "direct, `--cores 2 --order out-of-order`": BUILDS["tagged"],
    "direct, unrolled": BUILDS["unrolled"],
    "precoder, folded": BUILDS["precoder"],
    "precoder, unfolded, `--writable`": lambda: (
        BUILDS["precoder"]()[0], {"form": "unfolded", "writable": True}
    ),
}  # fmt: skip
"""Spec, options and perhaps architecture of each row."""


def row(name: str, folder: Path, args: argparse.Namespace) -> tuple[str, bool]:
    """A line of the table, and whether all of it is right."""
    spec, *how = DESIGNS[name]()
    build(spec, folder, *how)
    every = resets.run(folder, every_cycle=True, seed=1)
    drawn = resets.run(folder, resets=args.resets, seed=3)
    soaked = soak.run(folder, frames=args.frames, seed=1)
    good = not (every.wrong or drawn.wrong or drawn.phantoms or soaked.fault)
    good &= soaked.results == soaked.counts["right"]
    return (
        f"| {name} | {every.trials:,} | {every.wrong} | {drawn.trials:,} | {drawn.wrong}, "
        f"{drawn.phantoms} | {soaked.frames:,} | {soaked.results} of {soaked.counts['right']} |"
    ), good


def old_fault(resets_tried: int) -> tuple[str, bool]:
    """The design in which a reset of one cycle was wrong 6 times in 6,000 at 3d5d31b."""
    with tempfile.TemporaryDirectory() as folder:
        build(spec_for("wifi_648_r12"), Path(folder))
        found = resets.run(folder, resets=resets_tried, lengths=(1,), seed=1)
    text = f"wifi_648_r12, defaults, resets of one cycle: {found.wrong} wrong of {found.trials:,}"
    return text, not (found.wrong or found.phantoms)


def main(argv: Sequence[str] | None = None) -> int:
    """Print the table; exit code 1 if anything was wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.robustness_table", description=__doc__)
    parser.add_argument("--resets", type=int, default=100_000, help="random ones a design")
    parser.add_argument("--frames", type=int, default=1_000_000, help="of the soak test")
    parser.add_argument("--old-fault", type=int, default=6000, metavar="N",
                        help="resets of wifi_648_r12 (0: leave it out)")  # fmt: skip
    parser.add_argument("--only", metavar="TEXT", default="", help="rows whose name has it")
    args = parser.parse_args(argv)
    print("| design | every cycle x 1, 2, 3: resets | wrong | random resets | wrong, phantom | "
          "soak: frames | results right |\n|---|---|---|---|---|---|---|", flush=True)  # fmt: skip
    names = [name for name in DESIGNS if args.only in name]
    good = printed(names, lambda name, folder: row(name, folder, args))
    if args.old_fault:
        line, right = old_fault(args.old_fault)
        good &= right
        print(line, flush=True)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
