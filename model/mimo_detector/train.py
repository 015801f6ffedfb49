"""Train the unfolded MIMO detector: ``python -m model.train --code mimo_detector``."""

import argparse
import sys
from collections.abc import Sequence

import numpy as np

from model import cli
from model.errors import InputError
from model.mimo.options import add_system_options
from model.mimo_detector import networks, soft
from model.mimo_detector.channels import CHANNELS
from model.mimo_detector.losses import LOSSES
from model.mimo_detector.network import Network
from model.mimo_detector.networks import NETWORKS
from model.mimo_detector.parameters import ETAS, MOST_ROUNDS, STARTS, WEIGHTS
from model.mimo_detector.system import System
from model.mimo_detector.training import DetectorPlan, DetectorTrainer
from model.mimo_detector.unfolded import UnfoldedDetector
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
  python -m model.train --code mimo_detector --antennas 64 --users 16 --modulation 16qam \\
      --start lmmse --rounds 3 --snr 12 --out build/detector.npz

"""
    + CHECKPOINT_NOTE
)
NOISE_BLOCKS = 500
PROJECTED_GRADIENT = "projected-gradient"


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    p = cli.Parser(
        prog="python -m model.train",
        description="Train a projected-gradient detector's step sizes, momenta and tables.",
        epilog=EXAMPLE,
    )
    default, size = DetectorPlan(), System()
    detector = p.add_argument_group("detector")
    detector.add_argument("--code", required=True, help="mimo_detector")
    add_system_options(detector, size)
    detector.add_argument(
        "--detector", choices=(PROJECTED_GRADIENT, *NETWORKS), default=PROJECTED_GRADIENT,
        help=f"{PROJECTED_GRADIENT} (default), or one to compare it with",
    )  # fmt: skip
    detector.add_argument("--rounds", type=int, default=3, help="T, rounds or layers (default 3)")
    detector.add_argument(
        "--start", choices=STARTS, default="zero", help="x_0: zero (default), or W0 y of the host"
    )
    detector.add_argument(
        "--weights", choices=WEIGHTS, default="matched",
        help="W: matched (default), or whitened, for more users than antennas",
    )  # fmt: skip
    detector.add_argument("--eta", choices=ETAS, default="posterior", help="(default posterior)")
    detector.add_argument("--no-momentum", action="store_true", help="b_t = 0")
    detector.add_argument(
        "--numbers", type=int, choices=(2, 4), default=4, help="oamp-net: a round (default 4)"
    )
    training = p.add_argument_group("training")
    add_training_options(training, default, LOSSES, "channels a step ")
    snr = "received power per antenna over noise,"
    add_link_options(training, default, CHANNELS, snr, "rounds")
    add_run_options(p)
    return p


def main(argv: Sequence[str] | None = None) -> int:
    """Train, find the scale of the LLRs, save, report."""
    argv = sys.argv[1:] if argv is None else list(argv)
    args = parser().parse_args(argv)
    check_run_options(args)
    if args.device != "cpu":
        raise InputError(f"--device must be cpu for {args.code}, not {args.device}")
    if not 1 <= args.rounds <= MOST_ROUNDS:
        raise InputError(f"--rounds must be from 1 to {MOST_ROUNDS}, not {args.rounds}")
    plan = DetectorPlan(
        **loop_options(args), vectors=args.vectors, snr_db=tuple(args.snr),
        channel=args.channel, incremental=args.incremental,
    )  # fmt: skip
    detector = detector_of(args)

    def save(record: dict) -> None:
        detector.llr_noise = llr_noise(detector, plan)
        if isinstance(detector, UnfoldedDetector):
            detector.export(record).save(args.out)
        else:
            networks.save(detector, args.out, record)

    trainer = DetectorTrainer(detector, plan, checkpoint_of(args.out))
    name = f"{args.code} {detector.system}, {args.detector}, {args.rounds} rounds"
    return execute(trainer, args, argv, name, "channels", {}, save)


def detector_of(args: argparse.Namespace) -> Network:
    """Return the untrained detector that the options describe."""
    system = System(args.antennas, args.users, args.modulation)
    if args.detector == PROJECTED_GRADIENT:
        return UnfoldedDetector(
            system, args.rounds, args.start, args.weights, args.eta, not args.no_momentum
        )
    for name in ("start", "weights", "eta", "no_momentum"):
        if getattr(args, name) != parser().get_default(name):
            option = "--" + name.replace("_", "-")
            raise InputError(f"{option} is an option of {PROJECTED_GRADIENT}, not {args.detector}")
    more = {"numbers": args.numbers} if args.detector == "oamp-net" else {}
    return NETWORKS[args.detector](system, args.rounds, **more)


def llr_noise(detector: Network, plan: DetectorPlan) -> float:
    """Return the noise deviation of the best LLRs on blocks that training has not seen."""
    rng = np.random.default_rng([plan.seed, plan.steps])
    snr_db = rng.uniform(*plan.snr_db, size=NOISE_BLOCKS)
    blocks = detector.system.blocks(NOISE_BLOCKS, plan.vectors, plan.channel, snr_db, rng)
    return soft.best_noise(detector.detect(blocks), blocks.bits, detector.system.constellation)
