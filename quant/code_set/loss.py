"""``python -m quant.loss`` of a set: what each of its codes loses against floating point."""

import sys
from collections.abc import Sequence

from tqdm import tqdm

from model import cli
from model.options import add_to, chosen
from quant import source_options
from quant.cmodel import CModel
from quant.counting_options import check_counts, check_target
from quant.loss import loss, measure
from quant.min_sum.link import Channel
from quant.search.trial import BISECTION_FRAMES, waterfall_db

EXAMPLE = """example:
  python -m quant.loss --code wifi_1296 --errors 300
  python -m quant.loss --spec build/set.json --json

Each code is decoded with its own number of iterations, and by float min-sum with a factor of 0.75
on the same frames, at points around the one where it meets --target.
"""
STEPS_DB = (-0.4, -0.2, 0.1)
_ALPHA = 0.75


def main(argv: Sequence[str]) -> int:
    """Measure and print a line for each code."""
    p = cli.Parser(
        prog="python -m quant.loss",
        description="Eb/N0 that each code of a set loses against floating point.",
        epilog=EXAMPLE,
    )
    source_options.add_to(p)
    add_to(p, Channel)
    p.add_argument("--errors", type=int, default=100, help="of each decoder a point (default 100)")
    p.add_argument("--most-frames", type=int, default=200_000, help="a point (default 200000)")
    p.add_argument("--target", type=float, default=1e-2, help="frame error rate (default 1e-2)")
    p.add_argument("--seed", type=int, default=1, help="(default 1)")
    p.add_argument("--json", action="store_true", help="one JSON object as the last line")
    args = p.parse_args(argv)
    check_counts(args, "errors", "most_frames")
    check_target(args)
    channel, spec = chosen(args, Channel), source_options.chosen(args)
    print(f"{spec.describe()}, {channel}, seed {args.seed}, float: min-sum {_ALPHA:g}")
    found = {}
    for member in spec.members:
        frames = max(BISECTION_FRAMES, int(20 / args.target))
        at = waterfall_db(CModel(member), channel, args.target, args.seed, frames)
        points = []
        for step_db in STEPS_DB:
            ebn0_db = round(at + step_db, 2)
            with tqdm(desc=f"{member.code.name}, {ebn0_db:g} dB", unit="frame", file=sys.stderr,
                      leave=False) as bar:  # fmt: skip
                points.append(measure(member, ebn0_db, args.errors, args.most_frames, _ALPHA,
                                      args.seed, bar, channel))  # fmt: skip
        lost = found[member.code.name] = loss(points, args.target)
        print(f"{member.code.name:24} {lost.integer_db:6.2f} dB at FER {args.target:g}, loss "
              f"{lost.loss_db:.3f} dB, 95 % interval {lost.low_db:.3f} to {lost.high_db:.3f}",
              flush=True)  # fmt: skip
    if args.json:
        cli.print_json({"spec_sha": spec.sha, "seed": args.seed,
                        "codes": {name: vars(each) for name, each in found.items()}})  # fmt: skip
    return 0
