"""Bit error rate against SNR for several precoders: ``python -m sim.ber --code mimo_precoder``."""

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import torch
from tqdm import tqdm

from model import cli, curves
from model.errors import InputError
from model.mimo.channels import CHANNELS
from model.mimo.options import add_system_options
from model.precoder import link
from model.precoder.receiver import RECEIVERS
from model.precoder.system import System
from sim.precoder import precoders

EXAMPLE = """example:
  python -m sim.ber --code mimo_precoder --snr 6 8 10 12 --precoders zf wf-1bit c2po:10 learned:4
  python -m sim.ber --code mimo_precoder --snr 10 --precoders c2po:24 build/precoder.npz \\
      --receiver block --plot build/ber.png --json

precoders:
  zf, wf            zero forcing, Wiener filter, infinite resolution
  zf-1bit, wf-1bit  the same, quantised to one bit
  c2po:T            C2PO with the published constants, T iterations
  best:T            one trained pair of constants for all T iterations (shipped)
  learned:T         tau and rho of each iteration trained (shipped), T iterations
  FILE.npz          any trained parameters
  spec:SPEC         an integer precoder, bit for bit: a shipped spec's name or a spec file

Uncoded bits, Gray mapping, SNR = P/N0. All precoders see the same channels, symbols and noise, each
until it has --errors. The interval (95 %, Wilson) allows for bit errors that share a channel.
"""


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    p = cli.Parser(
        prog="python -m sim.ber",
        description="Bit error rates of precoders on the same random channels.",
        epilog=EXAMPLE,
    )
    p.add_argument("--code", choices=("mimo_precoder",), required=True)
    add_system_options(p, System())
    p.add_argument("--channel", choices=tuple(CHANNELS), default="rayleigh")
    p.add_argument(
        "--receiver", choices=RECEIVERS, default="genie",
        help="genie: one complex scale a vector (default); genie-real: one real scale a vector; "
        "block: one real scale a coherence block",
    )  # fmt: skip
    p.add_argument(
        "--precoders", nargs="+", metavar="NAME", help="see below",
        default=["zf", "wf-1bit", "c2po:10", "c2po:24", "learned:4", "learned:6"],
    )  # fmt: skip
    p.add_argument("--snr", type=float, nargs="+", default=[6, 8, 10, 12], metavar="DB")
    p.add_argument(
        "--errors", type=int, default=500, help="bit errors of each precoder a point (default 500)"
    )
    p.add_argument(
        "--most-vectors", type=int, default=200_000, help="a point at most (default 200000)"
    )
    p.add_argument("--vectors", type=int, default=20, help="a coherence block (default 20)")
    p.add_argument("--seed", type=int, default=1, help="(default 1)")
    p.add_argument("--threads", type=int, default=1, help="CPU threads (default 1)")
    p.add_argument("--plot", type=Path, metavar="FILE.png", help="draw the curves")
    p.add_argument("--json", action="store_true", help="one JSON object as last line")
    return p


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print a table, draw."""
    args = parser().parse_args(argv)
    if args.threads < 1:
        raise InputError(f"--threads must be at least 1, not {args.threads}")
    if args.seed < 0:
        raise InputError(f"--seed must not be negative: {args.seed}")
    torch.set_num_threads(args.threads)
    system = System(args.antennas, args.users, args.modulation)
    chosen = {name: precoders.get(name, system) for name in args.precoders}
    if args.plot is not None:
        curves.check_file(args.plot)

    title = (
        f"{system.antennas}x{system.users} {system.modulation}, {args.channel}, "
        f"receiver {args.receiver}, {args.vectors} vectors a block"
    )
    print(f"{title}, seed {args.seed}")
    width = max(9, *(len(name) for name in chosen))
    print(f"{'SNR':>8}  {'precoder':<{width}}  {'BER':>9}  {'95 % interval':>20}  "
          f"{'errors':>7}  {'bits':>10}")  # fmt: skip
    started = time.perf_counter()
    points: dict[str, list[link.ErrorCount]] = {name: [] for name in chosen}
    for snr_db in args.snr:
        with tqdm(desc=f"{snr_db:g} dB", unit="vector", file=sys.stderr, leave=False) as bar:
            row = link.measure(
                chosen, system, snr_db, args.receiver, args.channel, args.errors,
                args.most_vectors, args.vectors, args.seed, bar,
            )  # fmt: skip
        for name, point in row.items():
            points[name].append(point)
            low, high = point.interval
            print(f"{snr_db:5g} dB  {name:<{width}}  {point.ber:.3e}  "
                  f"{low:.3e}..{high:.3e}  {point.bit_errors:>7}  {point.bits:>10}",
                  flush=True)  # fmt: skip
    if args.plot is not None:
        curves.draw(
            args.plot, title, "SNR = P/N0 in dB", "bit error rate",
            {n: [(q.snr_db, q.ber, *q.interval) for q in row] for n, row in points.items()},
        )  # fmt: skip
        print(args.plot)
    if args.json:
        cli.print_json(
            {
                "code": args.code, **asdict(system), "channel": args.channel,
                "receiver": args.receiver, "vectors_per_block": args.vectors, "seed": args.seed,
                "seconds": round(time.perf_counter() - started, 2),
                "points": {name: [_record(q) for q in row] for name, row in points.items()},
            }
        )  # fmt: skip
    return 0


def _record(point: link.ErrorCount) -> dict:
    rates = {"ber": point.ber, "interval": point.interval, "worst_user_ber": point.worst_user_ber}
    return asdict(point) | rates
