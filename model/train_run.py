"""What the training commands of all families share: their options, the run, the report."""

import argparse
import os
import platform
import shlex
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from model import cli
from model.errors import InputError
from model.files import checked_file_name
from model.locks import locked
from model.training_loop import DECAYS, OPTIMISERS, LoopPlan, TrainingLoop
from model.version import VERSION

CHECKPOINT_NOTE = """\
A checkpoint OUT.checkpoint is written every --checkpoint-every steps; the same command with
--resume goes on from there and ends with the numbers of an uninterrupted run. A finished run
removes it unless --keep-checkpoint is given.
"""


def db_range(text: str) -> tuple[float, float]:
    """Read ``2.4:3.2`` or ``3`` as (low, high) in dB."""
    low, _, high = text.partition(":")
    try:
        return float(low), float(high or low)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not DB or DB:DB") from None


def add_training_options(
    group: argparse._ArgumentGroup, default: LoopPlan, losses: Iterable[str], batch: str = ""
) -> None:
    """Add the options that fill a ``LoopPlan``; ``batch`` says what one of a batch is."""
    group.add_argument("--loss", choices=tuple(losses), default=default.loss)
    group.add_argument(
        "--discount", type=float, default=default.discount,
        help="weight of iteration i against i+1 in the multiloss; 0: last only "
        f"(default {default.discount:g})",
    )  # fmt: skip
    group.add_argument("--optimiser", choices=tuple(OPTIMISERS), default=default.optimiser)
    group.add_argument("--lr", type=float, default=default.lr, help=f"(default {default.lr:g})")
    group.add_argument("--decay", choices=DECAYS, default=default.decay)
    group.add_argument(
        "--batch", type=int, default=default.batch, help=f"{batch}(default {default.batch})"
    )
    group.add_argument(
        "--steps", type=int, default=default.steps, help=f"(default {default.steps})"
    )
    group.add_argument("--seed", type=int, default=default.seed, help=f"(default {default.seed})")


def loop_options(args: argparse.Namespace) -> dict:
    """Return the values of ``add_training_options`` as keywords of a plan."""
    names = ("loss", "discount", "optimiser", "lr", "decay", "batch", "steps", "seed")
    return {name: getattr(args, name) for name in names}


def add_link_options(
    group: argparse._ArgumentGroup, default, channels: Iterable[str], snr: str, rounds: str
) -> None:
    """Add the options that say what training sends its vectors through.

    Args:
        group: Of the command line.
        default: A plan with ``snr_db``, ``vectors`` and ``channel``.
        channels: That there are.
        snr: What the SNR is, for the help.
        rounds: What the rounds are called.
    """
    group.add_argument(
        "--snr", type=db_range, default=default.snr_db, metavar="DB[:DB]",
        help=f"{snr} or range, drawn per channel (default {default.snr_db[0]:g})",
    )  # fmt: skip
    group.add_argument(
        "--vectors", type=int, default=default.vectors,
        help=f"symbol vectors a channel (default {default.vectors})",
    )  # fmt: skip
    group.add_argument("--channel", choices=tuple(channels), default=default.channel)
    group.add_argument(
        "--incremental", action="store_true",
        help=f"train 1, 2, ... T {rounds} in stages, for large T",
    )  # fmt: skip


def add_run_options(
    p: argparse.ArgumentParser, written: str = "parameters file to write (.npz)"
) -> None:
    """Add output (``written`` says what), resume, checkpoint, device, thread, report options."""
    run = p.add_argument_group("run")
    run.add_argument("--out", required=True, type=Path, help=written)
    run.add_argument("--resume", action="store_true", help="go on from OUT.checkpoint")
    run.add_argument("--checkpoint-every", type=int, default=50, metavar="STEPS")
    run.add_argument("--keep-checkpoint", action="store_true")
    run.add_argument("--device", default="cpu", help="cpu (default), cuda, cuda:1, ...")
    run.add_argument("--threads", type=int, default=1, help="CPU threads (default 1)")
    run.add_argument("--json", action="store_true", help="one JSON object as last line")


def check_run_options(args: argparse.Namespace) -> None:
    """Raise ``InputError`` for counts below 1 or a folder as output, and set torch's threads."""
    checked_file_name(args.out, "--out")
    for name in ("checkpoint_every", "threads"):
        if getattr(args, name) < 1:
            option = name.replace("_", "-")
            raise InputError(f"--{option} must be at least 1, not {getattr(args, name)}")
    torch.set_num_threads(args.threads)


def checkpoint_of(out: Path) -> Path:
    """Return where the checkpoints of a run that writes ``out`` lie."""
    return out.with_name(out.name + ".checkpoint")


def execute(
    trainer: TrainingLoop,
    args: argparse.Namespace,
    argv: Sequence[str],
    name: str,
    frames: str,
    made: dict,
    save: Callable[[dict], None],
    module: str = "model.train",
) -> int:
    """Train with checkpoints and a progress bar, save, report; return the exit code.

    One run at a time writes to ``args.out`` and its checkpoint; a second one is refused.

    Args:
        trainer: What to train; its plan says how long.
        args: Values of ``add_run_options``.
        argv: The command's arguments, for the record.
        name: What is trained, for the first line.
        frames: What a batch consists of ("frames", "channels").
        made: Facts of the family for the record in the file.
        save: Writes the result, given the whole record.
        module: The command, for the record.
    """
    with locked(args.out):
        return _execute(trainer, args, argv, name, frames, made, save, module)


def _execute(trainer, args, argv, name, frames, made, save, module) -> int:
    plan = trainer.plan
    if args.resume:
        trainer.resume()
    elif trainer.checkpoint.exists():
        aside = trainer.checkpoint.with_name(trainer.checkpoint.name + ".old")
        os.replace(trainer.checkpoint, aside)
        print(f"{aside}: the checkpoint of an earlier run, which --resume would have gone on with")
    count = sum(p.numel() for p in trainer.model.parameters() if p.requires_grad)
    print(
        f"{name}: {count} parameters, {plan.steps} steps of {plan.batch} {frames}, "
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
    save(
        {
            "command": f"python -m {module} {shlex.join(argv)}",
            "code": args.code,
            **made,
            "plan": asdict(plan),
            "loss": losses,
            "versions": {
                "unfoldhw": VERSION,
                "python": platform.python_version(),
                "torch": torch.__version__,
                "numpy": np.__version__,
            },
            "device": args.device,
            "seconds": round(seconds, 1),
        }
    )
    if not args.keep_checkpoint:
        trainer.checkpoint.unlink(missing_ok=True)
    print(f"loss {losses['first']:.5f} -> {losses['last']:.5f} in {seconds:.0f} s; {args.out}")
    if args.json:
        cli.print_json(
            {
                "out": str(args.out), "code": name, "steps": trainer.step,
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
