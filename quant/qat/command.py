"""``python -m quant.qat``: thresholds, levels and channel step of a spec, trained."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from model import cli
from model.errors import InputError
from model.losses import LOSSES
from model.options import add_to
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
from quant import source_options
from quant.min_sum.link import Channel
from quant.provenance import fitted_for
from quant.qat.training import Plan, Trainer, wrong_frames
from quant.search.candidates import add_ties_to, restaged
from quant.spec import Spec

EXAMPLE = (
    """example:
  python -m quant.fit --code wifi_1296_r34 --thresholds 4,8,13 \\
      --magnitudes 1.4,5.4,9.4,18.7 --out build/start.json
  python -m quant.qat --spec build/start.json --stages 0,3,6,8 --ties --ebn0 2.9:3.1 \\
      --steps 150 --batch 60 --lr 0.06 --out build/trained.json

Forwards the decoder is the integer one, bit for bit; backwards its steps count as ramps. Frames
are those that the decoder still works on in its last iterations. At the end start and result
decode the same fresh frames, and the one with fewer errors is written. quant.search goes on from
there, one number at a time.

"""
    + CHECKPOINT_NOTE
)


def parser() -> cli.Parser:
    """Return the command line."""
    p = cli.Parser(
        prog="python -m quant.qat",
        description="Train the alphabet of a decoder on the integers that it computes.",
        epilog=EXAMPLE,
    )
    default = Plan()
    source_options.add_to(p)
    p.add_argument("--name", help="top-level name (default: as it was)")
    add_ties_to(p)
    p.add_argument("--stages", metavar="0,I,..", help="first iterations of maps of their own")
    training = p.add_argument_group("training")
    add_training_options(training, default, LOSSES)
    training.add_argument(
        "--ebn0", type=db_range, default=default.ebn0_db, metavar="DB[:DB]",
        help="Eb/N0 or range, drawn per step (default 2.8:3.2)",
    )  # fmt: skip
    add_to(training, Channel)
    training.add_argument(
        "--hard", type=int, metavar="ITERATIONS",
        help="train on frames not finished after so many (default: four fifths of all)",
    )  # fmt: skip
    training.add_argument(
        "--fix", nargs="+", choices=Plan.TRAINED, default=[], metavar="WHAT",
        help=f"do not train: {', '.join(Plan.TRAINED)}",
    )  # fmt: skip
    training.add_argument(
        "--top-floor", type=float, default=2.0, metavar="LSB",
        help="how far a top level may sink: soft losses pull it down (default 2 APP LSB)",
    )  # fmt: skip
    training.add_argument("--count-frames", type=int, default=100_000, metavar="FRAMES",
                          help="decoded by start and result (default 100000)")  # fmt: skip
    add_run_options(p, "spec file to write (.json)")
    return p


def main(argv: Sequence[str]) -> int:
    """Train, count errors before and after, write the better spec."""
    args = parser().parse_args(argv)
    check_run_options(args)
    if args.device != "cpu":
        raise InputError(f"--device {args.device}: the integer decoder is trained on the cpu")
    if args.count_frames < 1:
        raise InputError(f"--count-frames must be at least 1, not {args.count_frames}")
    spec = source_options.chosen(args)
    if args.name is not None:
        spec = spec.renamed(args.name)
    spec = restaged(spec, args.stages, args.ties)
    plan = Plan(
        **loop_options(args), ebn0_db=tuple(args.ebn0), hard=args.hard, fixed=tuple(args.fix),
        channel=args.channel, modulation=args.modulation,
    )  # fmt: skip
    trainer = Trainer(spec, plan, checkpoint_of(args.out), args.top_floor)
    args.code = spec.code.name

    def save(record: dict) -> None:
        _write_better(args.out, spec, trainer, record, args.count_frames)

    return execute(
        trainer, args, argv, spec.name, "frames", {"start_sha": spec.sha}, save, "quant.qat"
    )


def _write_better(out: Path, start: Spec, trainer: Trainer, record: dict, frames: int) -> None:
    """Count frame errors of start and result in the middle of the trained range; write one."""
    plan, trained = trainer.plan, trainer.decoder.spec()
    ebn0_db = sum(plan.ebn0_db) / 2
    before, after = (
        int(wrong_frames(trainer.frames_of, tables, plan.link, ebn0_db, frames, plan.seed).sum())
        for tables in (start, trained)
    )
    print(f"frame errors of {frames} at {ebn0_db:g} dB: {before} at the start, {after} trained")
    if after > before:
        print("the start is better and is what is written")
    record |= {"frame_errors": [before, after], "counted_frames": frames, "counted_db": ebn0_db}
    spec = start if after > before else trained
    made = fitted_for({**start.provenance, "training": record}, plan.link, ebn0_db)
    replace(spec, provenance=made).save(out)
    print(f"lsb {spec.channel.lsb_llr:g} LLR, thresholds {list(spec.thresholds)}")
    for entry, levels in enumerate(spec.maps.codebook):
        print(f"map {entry}: levels {list(levels)}")
