"""``python -m model.reproduce adaptive``: decoders with weights for each word, and what they cost.

Each is compared with a static decoder at equal iterations in a row (latency) and at equal
iterations in all (work), and with the same frame tried again.
"""

import hashlib
import json
import shlex
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import torch
from tqdm import tqdm

from model import catalog, cli
from model.errors import InputError
from model.evaluate import Point, measure
from model.files import write_atomic
from model.json_text import parse_json
from model.locks import locked
from model.reproduce import adaptive_rows
from model.reproduce.adaptive_cases import CASES, Case
from model.reproduce.adaptive_rows import Row
from model.reproduce.entry import Budget
from model.reproduce.measured import MIN_FRAME_ERRORS
from model.reproduce.report import rate_cell
from model.reproduce.text import chosen, markdown

EXAMPLE = """example:
  python -m model.reproduce adaptive --codes bch_63_36_cycle_reduced
  python -m model.reproduce adaptive --codes ccsds_128_64 --only static parallel retry

All decoders of a code see the same codewords and noise. Points that an interrupted run has
measured are not measured again; what the same options trained before is not trained again.
"""


def parser() -> cli.Parser:
    """Return the command line."""
    p = cli.Parser(
        prog="python -m model.reproduce adaptive",
        description="Decoders whose weights depend on the word, beside static ones of equal cost.",
        epilog=EXAMPLE,
    )
    p.add_argument("--codes", nargs="+", metavar="CODE", help="default: all")
    p.add_argument("--only", nargs="+", metavar="DECODER", help="default: all of a code")
    p.add_argument("--steps", type=int, help="training steps, instead of each decoder's own")
    p.add_argument("--train-seed", type=int, default=1, help="(default 1)")
    p.add_argument("--ebn0", type=float, nargs="+", metavar="DB", help="instead of the code's own")
    p.add_argument("--errors", type=int, default=200,
                   help="frame errors of every decoder that end a point (default 200)")  # fmt: skip
    p.add_argument("--frames", type=int, help="most frames a point, instead of the code's own")
    p.add_argument("--seed", type=int, default=1, help="of codewords and noise (default 1)")
    p.add_argument("--out", type=Path, default=Path("build/reproduce"), metavar="FOLDER",
                   help="for parameters, counts and tables (default build/reproduce)")  # fmt: skip
    p.add_argument("--trained", type=Path, nargs="+", default=[], metavar="FOLDER",
                   help="also look there for trained parameters")  # fmt: skip
    p.add_argument("--threads", type=int, default=1, help="CPU threads (default 1)")
    p.add_argument("--json", action="store_true", help="one JSON object as last line")
    return p


def main(argv: Sequence[str]) -> int:
    """Train what is missing, measure, print."""
    args = parser().parse_args(argv)
    for name in ("threads", "errors", "frames", "steps"):
        value = getattr(args, name)
        if value is not None and value < 1:
            raise InputError(f"--{name} must be at least 1, not {value}")
    for name in ("seed", "train_seed"):
        if getattr(args, name) < 0:
            raise InputError(f"--{name.replace('_', '-')} must not be negative")
    torch.set_num_threads(args.threads)
    cases = chosen("code", args.codes, CASES)
    if args.only:
        chosen("decoder", args.only, [row for case in cases for row in adaptive_rows.rows(case)])
    started = time.perf_counter()
    found = {}
    with locked(args.out):
        for case in cases:
            rows = [r for r in adaptive_rows.rows(case) if not args.only or r.name in args.only]
            found[case.name] = one_case(case, rows, args)
            text = "\n".join(
                [*lines(case, rows, found[case.name]), "",
                 f"`python -m model.reproduce adaptive {shlex.join(argv)}`", ""]
            )  # fmt: skip
            write_atomic(args.out / f"adaptive_{case.name}.md", text)
            print(text)
    if args.json:
        cli.print_json(
            {"codes": found, "seed": args.seed, "seconds": round(time.perf_counter() - started, 1)}
        )
    return 0


def one_case(case: Case, rows: Sequence[Row], args) -> dict:
    """Return records of all rows by name; counts go to ``--out`` after every point."""
    budget = Budget(args.out, tuple(args.trained), args.train_seed, args.steps, "cpu", args.threads)
    shop = adaptive_rows.Workshop(case, catalog.get(case.name), budget)
    made = {row.name: row.make(shop) for row in rows}
    store = args.out / f"adaptive_{case.name}.json"
    kept = parse_json(store.read_text(), str(store)) if store.exists() else {}
    frames = args.frames or case.frames
    records = {row.name: {"label": row.label, **made[row.name].facts(), "points": {}}
               for row in rows}  # fmt: skip
    for ebn0_db in sorted(args.ebn0 or case.ebn0_db):
        waiting = {}
        for name, decoder in made.items():
            what = [decoder.identity, ebn0_db, args.seed, args.errors, frames]
            key = f"{name} {hashlib.sha256(json.dumps(what).encode()).hexdigest()[:16]}"
            if isinstance(kept.get(key), dict):
                records[name]["points"][f"{ebn0_db:g}"] = kept[key]
            else:
                waiting[name] = key
        if not waiting:
            continue
        decoders = {name: made[name].decoder for name in waiting}
        with tqdm(desc=f"{case.name} {ebn0_db:g} dB", unit="frame", file=sys.stderr) as bar:
            points = measure(decoders, ebn0_db, frames, args.seed, bar, errors=args.errors)
        for name, key in waiting.items():
            records[name]["points"][f"{ebn0_db:g}"] = kept[key] = asdict(points[name])
        write_atomic(store, json.dumps(kept, indent=1))
    return records


def lines(case: Case, rows: Sequence[Row], records: dict) -> list[str]:
    """Return a case as Markdown."""
    places = list(dict.fromkeys(place for r in records.values() for place in r["points"]))
    heads = ["decoder", "in a row", "in all"]
    heads += [f"{rate} at {place} dB" for place in places for rate in ("FER", "BER", "iterations")]
    body = []
    for row in rows:
        record = records[row.name]
        cells = [row.label, str(record["in_a_row"]), str(record["in_all"])]
        for place in places:
            point = Point(**record["points"][place])
            cells += [rate_cell(point, "fer"), rate_cell(point, "ber"), f"{point.iterations:.2f}"]
        body.append(cells)
    notes = [f"{row.label}: {note}" for row in rows if (note := records[row.name]["note"])]
    return [
        f"{case.name}: {case.title}", "", *markdown([heads, *body]), "",
        *(f"* {note}" for note in notes),
        f"* In a row, in all: iterations at most. Stars: fewer than {MIN_FRAME_ERRORS} frame "
        "errors, the upper end of the interval.",
    ]  # fmt: skip


def listing() -> list[str]:
    """Return what there is, as lines."""
    found = ["adaptive: decoders with weights for each word (see its own --help)"]
    for case in CASES:
        names = ", ".join(row.name for row in adaptive_rows.rows(case))
        found.append(f"  code {case.name}: {names}")
    return found
