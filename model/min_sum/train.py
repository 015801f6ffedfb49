"""Train a decoder: ``python -m model.train --code qc_ldpc --out params.npz``."""

import argparse
from collections.abc import Sequence

from model import catalog, cli, code_file
from model.adapter import AdapterTrainer
from model.check_rules import RULES
from model.code import TannerGraph
from model.decoder import FREEZABLE, UnfoldedDecoder
from model.errors import InputError
from model.inference import torch_device
from model.losses import LOSSES
from model.schedules import SCHEDULES
from model.sharing import CHANNEL_SHARINGS, SHARINGS
from model.train_run import (
    CHECKPOINT_NOTE,
    add_run_options,
    add_training_options,
    check_run_options,
    checkpoint_of,
    db_range,
    execute,
    loop_options,
)
from model.training import CODEWORDS, Plan, Trainer

EXAMPLE = (
    """example:
  python -m model.train --code qc_ldpc --sharing one --alpha 0.75 --ebn0 2.6:3.0 --hard 6 \\
      --loss soft-frame-error --discount 0 --lr 0.004 --steps 220 --out build/qc_ldpc.params.npz

Other families have options of their own: python -m model.train --code mimo_precoder --help

"""
    + CHECKPOINT_NOTE
)


def parser() -> argparse.ArgumentParser:
    """Return the command line of decoders."""
    p = cli.Parser(
        prog="python -m model.train",
        description="Train the parameters of an unfolded decoder on random frames through AWGN.",
        epilog=EXAMPLE,
    )
    default = Plan()
    decoder = p.add_argument_group("decoder")
    decoder.add_argument("--code", required=True, help="name in the catalogue, or a code file")
    code_file.add_options(decoder)
    decoder.add_argument("--rule", choices=RULES, default="normalised-offset")
    decoder.add_argument("--schedule", choices=SCHEDULES, default="layered")
    decoder.add_argument("--iterations", type=int, default=10, help="(default 10)")
    decoder.add_argument(
        "--sharing", choices=SHARINGS, default="layer", help="edges that share (default layer)"
    )
    decoder.add_argument("--tied", action="store_true", help="same parameters in all iterations")
    decoder.add_argument("--alpha", type=float, default=1.0, help="start factor (default 1)")
    decoder.add_argument("--beta", type=float, default=0.0, help="start offset (default 0)")
    decoder.add_argument(
        "--relaxation", type=float, metavar="GAMMA", help="start gamma of relaxed messages"
    )
    decoder.add_argument(
        "--channel-weights", choices=CHANNEL_SHARINGS, help="train factors of the channel LLRs"
    )
    decoder.add_argument(
        "--freeze", nargs="+", choices=FREEZABLE, default=[], metavar="NAME",
        help="keep alpha (offset min-sum), beta (normalised) or gamma as they start",
    )  # fmt: skip
    training = p.add_argument_group("training")
    add_training_options(training, default, LOSSES)
    training.add_argument(
        "--ebn0", type=db_range, default=default.ebn0_db, metavar="DB[:DB]",
        help="Eb/N0 or range, drawn per frame (default 2.4:3.2)",
    )  # fmt: skip
    training.add_argument(
        "--hard", type=int, default=default.hard, metavar="ITERATIONS",
        help="train only on frames that the decoder has not finished after so many (default 0)",
    )  # fmt: skip
    training.add_argument(
        "--near", type=int, default=default.near, metavar="BITS",
        help="train only on frames that the decoder leaves with 1 to BITS wrong bits (default 0)",
    )  # fmt: skip
    training.add_argument("--codewords", choices=CODEWORDS, default=default.codewords)
    training.add_argument(
        "--snr-rows", type=int, metavar="ROWS",
        help="train a network from Eb/N0 to the parameters; OUT is its table of so many rows",
    )  # fmt: skip
    add_run_options(p)
    return p


def decoder_of(args: argparse.Namespace, graph: TannerGraph) -> UnfoldedDecoder:
    """Return the untrained decoder that the options ask for."""
    return UnfoldedDecoder(
        graph, args.iterations, rule=args.rule, schedule=args.schedule, sharing=args.sharing,
        tied=args.tied, alpha=args.alpha, beta=args.beta, relaxation=args.relaxation,
        channel_weights=args.channel_weights, frozen=args.freeze,
    )  # fmt: skip


def main(argv: Sequence[str]) -> int:
    """Train, save, report."""
    args = parser().parse_args(argv)
    check_run_options(args)
    plan = Plan(
        **loop_options(args), ebn0_db=tuple(args.ebn0), hard=args.hard, near=args.near,
        codewords=args.codewords,
    )  # fmt: skip
    graph = catalog.resolve(code_file.named(args.code, args))
    decoder = decoder_of(args, graph).to(torch_device(args.device))
    if args.snr_rows is None:
        trainer = Trainer(decoder, plan, checkpoint_of(args.out))
    else:
        if args.snr_rows < 1:
            raise InputError(f"--snr-rows must be at least 1, not {args.snr_rows}")
        trainer = AdapterTrainer(decoder, plan, checkpoint_of(args.out))
    made = {
        "edges_sha256": graph.edges_sha,
        "start": {"alpha": args.alpha, "beta": args.beta},
    }

    def save(record: dict) -> None:
        if args.snr_rows is None:
            decoder.export(record).save(args.out)
        else:
            trainer.table(args.snr_rows, record).save(args.out)

    return execute(trainer, args, argv, graph.name, "frames", made, save)
