"""``python -m tests.preset_table``: every preset built, co-simulated and counted, a line each."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parent.parent)]

from tables import printed  # noqa: E402

from hw.build import build  # noqa: E402
from quant import kinds  # noqa: E402
from quant.sources import spec_for  # noqa: E402
from sim import cosim  # noqa: E402
from synth.flow import synthesise  # noqa: E402

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
    names = args.only or kinds.presets()
    good = printed(names, lambda name, folder: row(name, folder, args))
    return 0 if good else 1


if __name__ == "__main__":
    raise SystemExit(main())
