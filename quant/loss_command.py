"""``python -m quant.loss`` for decoders: Eb/N0 that a spec loses against floating point."""

import math
import sys
from collections.abc import Sequence

from tqdm import tqdm

from model import cli
from model.channel import checked_ebn0
from model.errors import InputError
from model.options import add_to, chosen
from quant import kinds, measured, source_options
from quant.cmodel import CModel
from quant.counting_options import check_counts, check_target
from quant.loss import REFERENCES, loss, measure
from quant.min_sum.link import Channel
from quant.search.trial import BISECTION_FRAMES, waterfall_db
from quant.spec import Spec

EXAMPLE = """example:
  python -m quant.loss --spec quant/presets/qc_ldpc.json --ebn0 2.95 3.05 3.15 --errors 100
  python -m quant.loss --spec qc_ldpc_flooding --reference sum-product --ebn0 2.85 2.95 3.05
  python -m quant.loss --spec qc_ldpc --channel rayleigh --modulation qam64 --errors 1000

With --channel and --modulation both decoders see another channel, as in sim.fer.

Frame errors count wrong information bits. The points must enclose the target error rate for both
decoders; both curves are interpolated linearly in log10 of the error rate.
"""
USUAL_DB = [2.95, 3.05, 3.15]
STEPS_DB = (-0.4, -0.2, 0.1)


def _factor(reference: str, alpha: float | None) -> float | None:
    """The float decoder's factor, None for sum-product."""
    if reference == "min-sum":
        if alpha is not None and not 0 < alpha < math.inf:
            raise InputError(f"--alpha must be more than 0, not {alpha:g}")
        return 0.75 if alpha is None else alpha
    if alpha is not None:
        raise InputError(f"--alpha {alpha:g}: sum-product has no factor")
    return None


def _around(spec: Spec, channel: Channel, args) -> list[float]:
    """Points that enclose the target for a spec and for a float decoder that is a little better."""
    frames = max(BISECTION_FRAMES, int(20 / args.target))
    at = waterfall_db(CModel(spec), channel, args.target, args.seed, frames)
    return [round(at + step_db, 2) for step_db in STEPS_DB]


def main(argv: Sequence[str]) -> int:
    """Measure and print the points and the loss."""
    p = cli.Parser(
        prog="python -m quant.loss",
        description="Eb/N0 that a spec loses against floating point.",
        epilog=EXAMPLE,
    )
    source_options.add_to(p)
    add_to(p, Channel)
    p.add_argument(
        "--ebn0", type=float, nargs="+", metavar="DB",
        help=f"(default {' '.join(map(str, USUAL_DB))}; of another channel than BPSK over AWGN: "
        "around the point where the spec meets --target)",
    )  # fmt: skip
    p.add_argument("--errors", type=int, default=100, help="of each decoder a point (default 100)")
    p.add_argument("--most-frames", type=int, default=200_000, help="a point (default 200000)")
    p.add_argument("--target", type=float, default=1e-2, help="frame error rate (default 1e-2)")
    p.add_argument(
        "--reference", choices=REFERENCES, default=REFERENCES[0],
        help="rule of the float decoder; its schedule and iterations are the spec's (default "
        f"{REFERENCES[0]})",
    )  # fmt: skip
    p.add_argument("--alpha", type=float, help="of the float min-sum (default 0.75)")
    p.add_argument("--seed", type=int, default=1, help="(default 1)")
    p.add_argument("--record", action="store_true", help="keep the loss in the spec's file")
    p.add_argument("--json", action="store_true", help="one JSON object as the last line")
    args = p.parse_args(argv)
    check_counts(args, "errors", "most_frames")
    check_target(args)
    channel = chosen(args, Channel)
    points_db = args.ebn0 or USUAL_DB
    if len({checked_ebn0(ebn0_db) for ebn0_db in points_db}) < max(2, len(points_db)):
        raise InputError(f"--ebn0 must be two different points or more, not {points_db}")
    alpha = _factor(args.reference, args.alpha)
    spec = source_options.chosen(args)
    if args.record:
        kinds.resolve(args.spec or args.code)  # a preset or a spec file: nothing else keeps it
    if args.ebn0 is None and not channel.usual:
        points_db = _around(spec, channel, args)
    points = []
    print(f"{spec.code.name}, {'' if channel.usual else f'{channel}, '}"
          f"{spec.message_bits}-bit messages, lsb {spec.channel.lsb_llr:g} LLR, "
          f"{spec.iterations} iterations, random codewords, seed {args.seed}, "
          f"float: {args.reference}{'' if alpha is None else f' {alpha:g}'}")  # fmt: skip
    for ebn0_db in sorted(points_db):
        with tqdm(desc=f"{ebn0_db:g} dB", unit="frame", file=sys.stderr, leave=False) as bar:
            q = measure(spec, ebn0_db, args.errors, args.most_frames, alpha, args.seed, bar,
                        channel)  # fmt: skip
        points.append(q)
        print(f"{ebn0_db:6.2f} dB  {q.frames:7} frames  float {q.float_errors / q.frames:.3e} "
              f"({q.float_errors})  spec {q.integer_errors / q.frames:.3e} ({q.integer_errors})",
              flush=True)  # fmt: skip
    found = loss(points, args.target)
    print(f"loss at FER {args.target:g}: {found.loss_db:.3f} dB, 95 % interval "
          f"{found.low_db:.3f} to {found.high_db:.3f}")  # fmt: skip
    if args.record:
        figures = {field: round(value, 4) for field, value in vars(found).items()}
        figures |= {"reference": args.reference}
        if not channel.usual:
            figures |= {"channel": channel.channel, "modulation": channel.modulation}
        measured.keep(args.spec or args.code, spec, "loss", figures, "quant.loss", argv)
    if args.json:
        cli.print_json(
            {
                "spec_sha": spec.sha, "lsb_llr": spec.channel.lsb_llr, "seed": args.seed,
                "reference": args.reference,
                "channel": channel.channel, "modulation": channel.modulation,
                "points": [vars(q) for q in points], **vars(found),
            }
        )  # fmt: skip
    return 0
