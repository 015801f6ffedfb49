"""Train the unfolded 1-bit precoder: ``python -m model.train --code mimo_precoder``."""

import argparse
import sys
from collections.abc import Sequence

from model import cli
from model.inference import torch_device
from model.mimo.channels import CHANNELS
from model.mimo.options import add_system_options
from model.precoder.losses import LOSSES
from model.precoder.system import System
from model.precoder.training import PrecoderPlan, PrecoderTrainer
from model.precoder.unfolded import UnfoldedPrecoder
from model.train_run import (
    CHECKPOINT_NOTE,
    add_link_options,
    add_run_options,
    add_training_options,
    check_run_options,
    checkpoint_of,
    execute,
    loop_options,
)

EXAMPLE = (
    """example:
  python -m model.train --code mimo_precoder --antennas 128 --users 16 --modulation 16qam \\
      --iterations 4 --snr 10 --steps 600 --loss vector-mse --out build/precoder.npz

"""
    + CHECKPOINT_NOTE
)


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    p = cli.Parser(
        prog="python -m model.train",
        description="Train C2PO's step sizes and gains on random channels and symbols.",
        epilog=EXAMPLE,
    )
    default, size = PrecoderPlan(), System()
    precoder = p.add_argument_group("precoder")
    precoder.add_argument("--code", required=True, help="mimo_precoder")
    add_system_options(precoder, size)
    precoder.add_argument("--iterations", type=int, default=4, help="T (default 4)")
    precoder.add_argument("--tied", action="store_true", help="one tau and rho for all iterations")
    precoder.add_argument("--tau", type=float, help="start step size (default 1/antennas)")
    precoder.add_argument("--rho", type=float, default=1.25, help="start gain (default 1.25)")
    precoder.add_argument(
        "--start", type=float, default=1.0,
        help="start of the scale of the matched filter, in units of the clipping level (default 1)",
    )  # fmt: skip
    training = p.add_argument_group("training")
    add_training_options(training, default, LOSSES, "channels a step ")
    add_link_options(training, default, CHANNELS, "P/N0", "iterations")
    training.add_argument(
        "--width", type=float, default=default.width,
        help="clipping level of the slope that stands for the sign's in the gradient "
        f"(default {default.width:g})",
    )  # fmt: skip
    add_run_options(p)
    return p


def main(argv: Sequence[str] | None = None) -> int:
    """Train, save, report."""
    argv = sys.argv[1:] if argv is None else list(argv)
    args = parser().parse_args(argv)
    check_run_options(args)
    plan = PrecoderPlan(
        **loop_options(args), vectors=args.vectors, snr_db=tuple(args.snr),
        channel=args.channel, incremental=args.incremental, width=args.width,
    )  # fmt: skip
    system = System(args.antennas, args.users, args.modulation)
    precoder = UnfoldedPrecoder(
        system, args.iterations, args.tau, args.rho, args.start, args.tied
    ).to(torch_device(args.device))
    trainer = PrecoderTrainer(precoder, plan, checkpoint_of(args.out))
    start = {"tau": args.tau or 1 / system.antennas, "rho": args.rho, "start": args.start}
    name = f"{args.code} {system.antennas}x{system.users} {system.modulation}"
    return execute(
        trainer, args, argv, f"{name}, {args.iterations} iterations", "channels",
        {"start": start}, lambda record: precoder.export(record).save(args.out),
    )  # fmt: skip
