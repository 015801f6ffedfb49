"""Train an unfolded decoder: ``python -m model.train --code qc_ldpc --out params.npz``."""

import argparse
import platform
import shlex
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from model import catalog, cli
from model.check_rules import RULES
from model.decoder import UnfoldedDecoder
from model.errors import InputError
from model.inference import torch_device
from model.losses import LOSSES
from model.schedules import SCHEDULES
from model.sharing import CHANNEL_SHARINGS, SHARINGS
from model.training import CODEWORDS, DECAYS, OPTIMISERS, Plan, Trainer

EXAMPLE = """example:
  python -m model.train --code qc_ldpc --sharing one --alpha 0.75 --ebn0 2.6:3.0 --hard 6 \\
      --loss soft-frame-error --discount 0 --lr 0.004 --steps 220 --out build/qc_ldpc.params.npz

A checkpoint OUT.checkpoint is written every --checkpoint-every steps; the same command with
--resume goes on from there and ends with the numbers of an uninterrupted run. A finished run
removes it unless --keep-checkpoint is given.
"""


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    p = argparse.ArgumentParser(
        prog="python -m model.train",
        description="Train the parameters of an unfolded decoder on random frames through AWGN.",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    default = Plan()
    decoder = p.add_argument_group("decoder")
    decoder.add_argument("--code", required=True, help="name in the catalogue, or a code file")
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
    training = p.add_argument_group("training")
    training.add_argument("--loss", choices=tuple(LOSSES), default=default.loss)
    training.add_argument(
        "--discount", type=float, default=default.discount,
        help="weight of iteration i against i+1 in the multiloss; 0: last only (default 1)",
    )  # fmt: skip
    training.add_argument("--optimiser", choices=tuple(OPTIMISERS), default=default.optimiser)
    training.add_argument("--lr", type=float, default=default.lr, help="(default 0.01)")
    training.add_argument("--decay", choices=DECAYS, default=default.decay)
    training.add_argument(
        "--ebn0", type=ebn0_range, default=default.ebn0_db, metavar="DB[:DB]",
        help="Eb/N0 or range, drawn per frame (default 2.4:3.2)",
    )  # fmt: skip
    training.add_argument("--batch", type=int, default=default.batch, help="(default 100)")
    training.add_argument("--steps", type=int, default=default.steps, help="(default 300)")
    training.add_argument(
        "--hard", type=int, default=default.hard, metavar="ITERATIONS",
        help="train only on frames that the decoder has not finished after so many (default 0)",
    )  # fmt: skip
    training.add_argument("--codewords", choices=CODEWORDS, default=default.codewords)
    training.add_argument("--seed", type=int, default=default.seed, help="(default 1)")
    run = p.add_argument_group("run")
    run.add_argument("--out", required=True, type=Path, help="parameters file to write (.npz)")
    run.add_argument("--resume", action="store_true", help="go on from OUT.checkpoint")
    run.add_argument("--checkpoint-every", type=int, default=50, metavar="STEPS")
    run.add_argument("--keep-checkpoint", action="store_true")
    run.add_argument("--device", default="cpu", help="cpu (default), cuda, cuda:1, ...")
    run.add_argument("--threads", type=int, default=1, help="CPU threads (default 1)")
    run.add_argument("--json", action="store_true", help="one JSON object as last line")
    return p


def ebn0_range(text: str) -> tuple[float, float]:
    """Read ``2.4:3.2`` or ``3`` as (low, high) in dB."""
    low, _, high = text.partition(":")
    try:
        return float(low), float(high or low)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not DB or DB:DB") from None


def main(argv: Sequence[str] | None = None) -> int:
    """Train, save, report."""
    argv = sys.argv[1:] if argv is None else list(argv)
    args = parser().parse_args(argv)
    for name in ("checkpoint_every", "threads"):
        if getattr(args, name) < 1:
            option = name.replace("_", "-")
            raise InputError(f"--{option} must be at least 1, not {getattr(args, name)}")
    torch.set_num_threads(args.threads)
    plan = Plan(
        steps=args.steps, batch=args.batch, ebn0_db=tuple(args.ebn0), optimiser=args.optimiser,
        lr=args.lr, decay=args.decay, loss=args.loss, discount=args.discount,
        hard=args.hard, codewords=args.codewords, seed=args.seed,
    )  # fmt: skip
    graph = catalog.resolve(args.code)
    decoder = UnfoldedDecoder(
        graph, args.iterations, rule=args.rule, schedule=args.schedule, sharing=args.sharing,
        tied=args.tied, alpha=args.alpha, beta=args.beta, relaxation=args.relaxation,
        channel_weights=args.channel_weights,
    )  # fmt: skip
    decoder.to(torch_device(args.device))
    checkpoint = args.out.with_name(args.out.name + ".checkpoint")
    trainer = Trainer(decoder, plan, checkpoint)
    if args.resume:
        trainer.resume()
    count = sum(p.numel() for p in decoder.parameters())
    print(
        f"{graph.name}: {count} parameters, {plan.steps} steps of {plan.batch} frames, "
        f"seed {plan.seed}" + (f", from step {trainer.step}" if args.resume else ""),
        flush=True,
    )
    # A folder that cannot be written fails here, before the work, and step 0 can be resumed.
    trainer.save()
    started = time.perf_counter()
    running = None
    with tqdm(
        total=plan.steps, initial=trainer.step, desc="train", unit="step", file=sys.stderr
    ) as bar:

        def on_step(step: int, loss: float) -> None:
            nonlocal running
            running = loss if running is None else 0.95 * running + 0.05 * loss
            bar.set_postfix_str(f"loss {running:.5f}", refresh=False)
            bar.update(step - bar.n)

        trainer.run(every=args.checkpoint_every, on_step=on_step)
    seconds = time.perf_counter() - started

    losses = summary(trainer.history)
    made = {
        "command": "python -m model.train " + shlex.join(argv),
        "code": args.code,
        "edges_sha256": graph.edges_sha,
        "plan": asdict(plan),
        "start": {"alpha": args.alpha, "beta": args.beta},
        "loss": losses,
        "versions": {
            "python": platform.python_version(),
            "torch": torch.__version__,
            "numpy": np.__version__,
        },
        "device": args.device,
        "seconds": round(seconds, 1),
    }
    decoder.export(made).save(args.out)
    if not args.keep_checkpoint:
        checkpoint.unlink(missing_ok=True)
    print(f"loss {losses['first']:.5f} -> {losses['last']:.5f} in {seconds:.0f} s; {args.out}")
    if args.json:
        cli.print_json(
            {
                "out": str(args.out), "code": graph.name, "steps": trainer.step,
                "parameters": count, "seed": plan.seed, "loss_first": losses["first"],
                "loss_last": losses["last"], "seconds": round(seconds, 2),
            }
        )  # fmt: skip
    return 0


def summary(history: Sequence[float], points: int = 20) -> dict:
    """Return the loss at the start and end (means of a tenth) and a curve of ``points`` means."""
    tenth = max(1, len(history) // 10)
    curve = [float(np.mean(part)) for part in np.array_split(history, min(points, len(history)))]
    return {
        "first": float(np.mean(history[:tenth])),
        "last": float(np.mean(history[-tenth:])),
        "curve": [round(value, 6) for value in curve],
    }


if __name__ == "__main__":
    cli.run(main)
