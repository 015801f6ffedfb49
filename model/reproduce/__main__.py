"""Train and measure published learned decoders: ``python -m model.reproduce TABLE``."""

import shlex
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import torch
from tqdm import tqdm

from model import cli
from model.files import write_atomic
from model.locks import locked
from model.reproduce import adaptive, detection, entry, measured, options, report, restarts
from model.reproduce.catalogue import TABLES
from model.reproduce.table import Case, Table, Variant

EXAMPLE = """example:
  python -m model.reproduce --list
  python -m model.reproduce neural --codes bch_63_45 --trained quant/presets
  python -m model.reproduce relaxation --only noms relaxed_noms --steps 50 --frames 5000
  python -m model.reproduce detectors --help

Trains every decoder of a table with python -m model.train, measures all of them on the same
random codewords and noise, and prints the table with published figures beside. An interrupted
run goes on where it was; decoders whose parameters are there, made with the same options, are
not trained again.
"""

OWN = {"detectors": detection, "adaptive": adaptive.TABLE, "restarts": restarts.TABLE}
"""Tables with a command line of their own."""
FLOOR = 1.0
"""Of the error rate at which gains are read: a curve below it is not followed to higher Eb/N0."""


def parser() -> cli.Parser:
    """Return the command line."""
    p = cli.Parser(
        prog="python -m model.reproduce",
        description="Tables of published learned decoders, trained and measured here.",
        epilog=EXAMPLE,
    )
    p.add_argument(
        "table", nargs="?", choices=TABLES, metavar="TABLE",
        help=f"{', '.join(TABLES)}; or {', '.join(OWN)}, which have a --help of their own",
    )  # fmt: skip
    p.add_argument("--list", action="store_true", help="tables, their codes and decoders")
    p.add_argument("--codes", nargs="+", metavar="CODE", help="default: all of the table's")
    p.add_argument("--only", nargs="+", metavar="DECODER", help="some decoders, and the baseline")
    p.add_argument("--steps", type=int, help="training steps, instead of the table's own")
    p.add_argument("--train-seed", type=int, default=1, help="(default 1)")
    p.add_argument("--ebn0", type=float, nargs="+", metavar="DB", help="instead of the table's")
    p.add_argument("--errors", type=int, default=measured.FRAME_ERRORS,
                   help="frame errors of every decoder that end a point (default 300)")  # fmt: skip
    p.add_argument("--frames", type=int, help="most frames a point, instead of the table's")
    p.add_argument("--seed", type=int, default=1, help="of codewords and noise (default 1)")
    p.add_argument("--out", type=Path, default=Path("build/reproduce"), metavar="FOLDER",
                   help="for parameters and tables (default build/reproduce)")  # fmt: skip
    p.add_argument("--trained", type=Path, nargs="+", default=[], metavar="FOLDER",
                   help="also look there for trained parameters")  # fmt: skip
    p.add_argument("--device", default="cpu", help="cpu (default), cuda, cuda:1, ...")
    p.add_argument("--threads", type=int, default=1, help="CPU threads (default 1)")
    p.add_argument("--json", action="store_true", help="one JSON object as last line")
    return p


def main(argv: Sequence[str] | None = None) -> int:
    """Print the list, or train, measure and print a table."""
    argv = sys.argv[1:] if argv is None else list(argv)
    if argv[:1] and argv[0] in OWN:
        return OWN[argv[0]].main(argv[1:])
    p = parser()
    args = p.parse_args(argv)
    if args.list:
        own = [line for module in OWN.values() for line in module.listing()]
        print("\n".join([*listing(), *own]))
        if args.json:
            cli.print_json({"tables": {name: _facts(table) for name, table in TABLES.items()}})
        return 0
    if args.table is None:
        p.error("name a table, or use --list")
    options.check(args)
    torch.set_num_threads(args.threads)

    table = TABLES[args.table]
    cases = [table.case(code) for code in args.codes] if args.codes else table.cases
    variants = table.chosen(args.only)
    command = "python -m model.reproduce " + shlex.join(argv)
    started = time.perf_counter()
    found = {}
    with locked(args.out):
        for case in cases:
            text, found[case.code] = one_case(table, case, variants, args, command)
            print(text)
    if args.json:
        cli.print_json(
            {
                "table": table.name, "metric": table.metric, "seed": args.seed,
                "train_seed": args.train_seed, "codes": found,
                "seconds": round(time.perf_counter() - started, 1),
            }
        )  # fmt: skip
    return 0


def one_case(
    table: Table, case: Case, variants: Sequence[Variant], args, command: str
) -> tuple[str, list[dict]]:
    """Train and measure one code; return the table as text and as records."""
    budget = entry.Budget(
        args.out, tuple(args.trained), args.train_seed, args.steps, args.device, args.threads
    )
    entries = [entry.prepare(case, variant, budget) for variant in variants]
    points = measured.Budget(
        tuple(sorted(args.ebn0 or case.ebn0_db)), args.errors, args.frames or case.frames,
        args.seed, table.metric, 0.0 if args.ebn0 else FLOOR * case.target,
    )  # fmt: skip
    with tqdm(desc=f"measure {case.code}", unit="frame", file=sys.stderr) as bar:
        curves = measured.curves(entries, points, args.device, bar)
    for made in entries:
        if made.path.parent == args.out:
            measured.remember(made, case, curves[made.variant.name], command, args.seed)
    text = "\n".join([*report.lines(table, case, entries, curves), f"`{command}`", ""])
    write_atomic(args.out / f"{table.name}_{case.code}.md", text)
    return text, report.rows(table, case, entries, curves)


def listing() -> list[str]:
    """Return what there is, as lines."""
    lines = []
    for name, table in TABLES.items():
        lines += [f"{name}: {table.title} ({table.source})", f"  about {table.minutes} minutes"]
        lines += [f"  code {case.code}" for case in table.cases]
        lines += [f"  {v.name:24s} {v.label}" for v in table.variants]
    return lines


def _facts(table: Table) -> dict:
    return {
        "title": table.title,
        "codes": [case.code for case in table.cases],
        "decoders": [variant.name for variant in table.variants],
        "minutes": table.minutes,
    }


if __name__ == "__main__":
    cli.run(main)
