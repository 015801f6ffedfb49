"""``python -m model.reproduce detectors``: measure the detectors and print their tables."""

import hashlib
import json
import shlex
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import torch
from tqdm import tqdm

from model import cli
from model.files import write_atomic
from model.json_text import parse_json
from model.locks import locked
from model.mimo_detector import link
from model.reproduce import options
from model.reproduce.detector_table import Case, Point, Row, ready
from model.reproduce.detectors import CASES
from model.reproduce.text import chosen, markdown, short

EXAMPLE = """example:
  python -m model.reproduce detectors --trained quant/presets
  python -m model.reproduce detectors --cases 64x16 --only lmmse m3 --trained quant/presets

All detectors of a system see the same channels, symbols and noise. SNR is the received signal
power per antenna over the noise power. Points that an interrupted run has measured are not
measured again; detectors whose numbers the same options made are not trained again.
"""
FEWEST = 100
"""Symbol errors; fewer make no figure to quote."""
SLOW = {"ep": 24_000, "ml": 12_000}
"""Most symbol vectors of detectors that take milliseconds for each."""


def parser() -> cli.Parser:
    """Return the command line."""
    p = cli.Parser(
        prog="python -m model.reproduce detectors",
        description="Tables of MIMO detectors, published and trained here.",
        epilog=EXAMPLE,
    )
    p.add_argument("--cases", nargs="+", metavar="SIZE", help="antennas x users; default: all")
    p.add_argument("--only", nargs="+", metavar="DETECTOR", help="default: all of a case")
    p.add_argument("--steps", type=int, help="training steps, instead of each detector's own")
    p.add_argument(
        "--errors", type=int, default=300,
        help="symbol errors of every detector that end a point (default 300)",
    )  # fmt: skip
    p.add_argument(
        "--vectors", type=int, default=400_000, help="most symbol vectors a point (default 400000)"
    )
    p.add_argument("--seed", type=int, default=1, help="of channels and noise (default 1)")
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
    options.check(args)
    torch.set_num_threads(args.threads)
    cases = chosen("case", args.cases, CASES)
    if args.only:
        known = [row for case in cases for row in case.rows]
        chosen("detector", args.only, known)
    started = time.perf_counter()
    found = {}
    with locked(args.out):
        for case in cases:
            rows = [row for row in case.rows if not args.only or row.name in args.only]
            found[case.name] = one_case(case, rows, args)
            text = "\n".join(
                [*lines(case, rows, found[case.name]), "",
                 f"`python -m model.reproduce detectors {shlex.join(argv)}`", ""]
            )  # fmt: skip
            write_atomic(args.out / f"detectors_{case.name}.md", text)
            print(text)
    if args.json:
        cli.print_json(
            {"cases": found, "seed": args.seed, "seconds": round(time.perf_counter() - started, 1)}
        )
    return 0


def one_case(case: Case, rows: Sequence[Row], args) -> dict:
    """Return records of all rows by name; counts go to ``--out`` after every point."""
    system = case.system()
    detectors, records = {}, {}
    for row in rows:
        detector, numbers, path = ready(
            case, row, args.out, tuple(args.trained), args.steps, args.threads
        )
        detectors[row.name] = detector
        content = b"" if path is None else path.read_bytes()
        records[row.name] = {
            "label": row.label, "numbers": numbers, "file": None if path is None else path.name,
            "sha256": hashlib.sha256(content).hexdigest()[:16], "points": {},
        }  # fmt: skip
    store = args.out / f"detectors_{case.name}.json"
    kept = parse_json(store.read_text(), str(store)) if store.exists() else {}
    for point in case.points:
        waiting = {}
        for name, record in records.items():
            key = f"{name} {record['sha256']} {point} {args.seed} {args.errors} {args.vectors}"
            if isinstance(kept.get(key), dict):
                record["points"][str(point)] = kept[key]
            else:
                waiting[key] = name
        if not waiting:
            continue
        with tqdm(desc=f"{case.name} {point}", unit="vector", file=sys.stderr) as bar:
            for group in _groups(waiting):
                most = min([args.vectors, *(SLOW.get(waiting[key], args.vectors) for key in group)])
                counts = link.measure(
                    {waiting[key]: detectors[waiting[key]] for key in group}, system,
                    point.snr_db, point.channel, args.errors, most, pilots=point.pilots,
                    seed=args.seed, progress=bar,
                )  # fmt: skip
                for key in group:
                    kept[key] = counts[waiting[key]].record()
                    records[waiting[key]]["points"][str(point)] = kept[key]
                write_atomic(store, json.dumps(kept, indent=1))
    return records


def _groups(waiting: dict[str, str]) -> list[list[str]]:
    """Detectors measured at once, and each slow one alone, on the first of the same blocks."""
    fast = [key for key, name in waiting.items() if name not in SLOW]
    return ([fast] if fast else []) + [[key] for key, name in waiting.items() if name in SLOW]


def lines(case: Case, rows: Sequence[Row], records: dict) -> list[str]:
    """Return a case as Markdown."""
    metric = case.metric.upper()
    heads = ["detector", "numbers", *(f"{metric} at {point}" for point in case.points)]
    body = [
        [row.label, str(records[row.name]["numbers"]),
         *(cell(case, row, point, records[row.name]["points"][str(point)])
           for point in case.points)]
        for row in rows
    ]  # fmt: skip
    labels = {row.name for row in case.rows}
    for label, published in case.elsewhere.items():
        if label not in labels:
            cells = (short(published[p]) if p in published else "" for p in case.points)
            body.append([f"{label} (published)", "", *cells])
    second = [["detector", *(f"BER and bit information at {point}" for point in case.points)]]
    for row in rows:
        found = (records[row.name]["points"][str(point)] for point in case.points)
        cells = (f"{short(each['ber'])}, {each['information']:.4f}" for each in found)
        second.append([row.label, *cells])
    return [
        f"{case.name}, {case.system().modulation}", "", *markdown([heads, *body]), "",
        *markdown(second),
    ]  # fmt: skip


def cell(case: Case, row: Row, point: Point, record: dict) -> str:
    """``1.02e-3 (0.96-1.09), bar 1.05e-3 met; published 9.1e-4``."""
    if record["symbol_errors"] < FEWEST:
        return f"< {short(record['interval'][1], 1)} *" if case.metric == "ser" else "*"
    rate = record[case.metric]
    exponent = int(f"{rate:.2e}".split("e")[1])
    low, high = (end * rate / record["ser"] / 10.0**exponent for end in record["interval"])
    text = f"{short(rate)} ({low:.2f}-{high:.2f})"
    if point in row.bars:
        text += f", bar {row.bars[point]:.3g} {'met' if rate <= row.bars[point] else 'MISSED'}"
    published = row.published.get(point, case.elsewhere.get(row.name, {}).get(point))
    return text if published is None else f"{text}; published {short(published)}"


def listing() -> list[str]:
    """Return what there is, as lines."""
    found = ["detectors: MIMO detectors, published and trained here (see its own --help)"]
    for case in CASES:
        found.append(f"  case {case.name}: " + ", ".join(row.name for row in case.rows))
    return found


