"""``python -m tests.preset_table``: every preset built, co-simulated and counted, a line each."""

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from hw.build import build
from quant import kinds
from quant.sources import spec_for
from sim import cosim
from synth.flow import synthesise

ARCHITECTURES = {"qc_ldpc_flooding": "flooding"}
"""Where the spec's kind has several and the default is not the one that is shipped for it."""


def row(name: str, folder: Path, args: argparse.Namespace) -> tuple[str, bool]:
    """A line of the table, and whether every frame was right."""
    architecture = ARCHITECTURES.get(name)
    spec = spec_for(name, None, architecture)
    options = {"target": args.target} if args.target else {}
    record = build(spec, folder, options, architecture)
    found = cosim.run(folder, args.frames, seed=args.seed)
    cycles = "" if found.cycles_per_frame is None else f"{found.cycles_per_frame:.1f}"
    cells = [f"`{name}`", f"{found.frames} (+ {found.fault_frames})", f"{found.mismatches}",
             f"{record['cycles_per_frame_full']:g}", cycles]  # fmt: skip
    if args.count:
        counted = synthesise(folder, stop_after="packing")
        before = kinds.load(kinds.presets()[name]).provenance.get("cost", {}).get("comb")
        cells += [f"{counted.comb}", "" if before is None else f"{before}",
                  "" if before is None else f"{100 * (counted.comb / before - 1):+.2f} %",
                  f"{counted.ff}", f"{counted.ebr:g}"]  # fmt: skip
    return f"| {' | '.join(cells)} |", found.ok and found.frames == args.frames


def main(argv: Sequence[str] | None = None) -> int:
    """Print the table; exit code 1 if anything was wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.preset_table", description=__doc__)
    parser.add_argument("--frames", type=int, default=500, help="of each preset (default 500)")
    parser.add_argument("--seed", type=int, default=1, help="(default 1)")
    parser.add_argument("--target", help="of the builds")
    parser.add_argument("--count", action="store_true", help="also map and pack, for the area")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="these presets")
    args = parser.parse_args(argv)
    titles = ["preset", "frames (+ after faults)", "wrong", "cycles a frame, full", "in the run"]
    if args.count:
        titles += ["COMB", "on record", "", "FF", "EBR"]
    print(f"| {' | '.join(titles)} |\n|{'---|' * len(titles)}", flush=True)
    good = True
    for name in args.only or kinds.presets():
        started = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            line, right = row(name, Path(folder), args)
        good &= right
        print(line, flush=True)
        print(f"{name}: {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)
    return 0 if good else 1


if __name__ == "__main__":
    raise SystemExit(main())
