"""Decoders of one code side by side on the same frames: what such a table needs, and its command.

Rows differ in what they spend: iterations one after the other (latency) and in all (work) stand
beside the error rates.
"""

import hashlib
import json
import shlex
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from tqdm import tqdm

from model import catalog, cli
from model.evaluate import Decoder, Point, measure
from model.files import write_atomic
from model.json_text import parse_json
from model.locks import locked
from model.reproduce import options
from model.reproduce.entry import Budget
from model.reproduce.measured import MIN_FRAME_ERRORS, gain
from model.reproduce.report import quoted, rate_cell
from model.reproduce.text import chosen, markdown


class Case(Protocol):
    """A code of a table: name in the catalogue, title, where it is measured, most frames."""

    name: str
    title: str
    ebn0_db: tuple[float, ...]
    frames: int


@dataclass(frozen=True, eq=False)
class Made:
    """A decoder ready to be measured.

    Attributes:
        decoder: What ``model.evaluate.measure`` takes.
        in_a_row, in_all: Iterations at most, one after the other and in all.
        identity: Decides its results, as JSON values.
        note: What is to be said below the table; empty: nothing.
    """

    decoder: Decoder
    in_a_row: int
    in_all: int
    identity: object
    note: str = ""

    def facts(self) -> dict:
        """Return what a record says of it."""
        return {"in_a_row": self.in_a_row, "in_all": self.in_all, "note": self.note}


@dataclass(frozen=True, eq=False)
class Row:
    """A decoder of the table.

    Attributes:
        name: What ``--only`` calls it.
        label: What the row is called.
        make: Makes it ready of what training has found for the code.
        over: Name of the row that its gain is read over; empty: none.
        gain_ber: Bit error rate at which it is read.
    """

    name: str
    label: str
    make: Callable[..., Made]
    over: str = ""
    gain_ber: float = 1e-3


@dataclass(frozen=True, eq=False)
class SideBySide:
    """A table with a command of its own: ``python -m model.reproduce NAME``.

    Attributes:
        name: What the command line calls it.
        about: One line about what is compared.
        example: Command lines, as the help shows them.
        cases: The codes.
        rows: The rows of a case.
        training: Called with case, graph and budget: what ``Row.make`` takes.
    """

    name: str
    about: str
    example: str
    cases: Sequence[Case]
    rows: Callable[[Case], list[Row]]
    training: Callable

    def parser(self) -> cli.Parser:
        """Return the command line."""
        p = cli.Parser(
            prog=f"python -m model.reproduce {self.name}",
            description=f"{self.about[0].upper()}{self.about[1:]}.",
            epilog=f"""example:
{self.example}
All decoders of a code see the same codewords and noise. Points that an interrupted run has
measured are not measured again; what the same options trained before is not trained again.
""",
        )
        add = p.add_argument
        add("--codes", nargs="+", metavar="CODE", help="default: all")
        add("--only", nargs="+", metavar="DECODER", help="default: all of a code")
        add("--steps", type=int, help="training steps, instead of each decoder's own")
        add("--train-seed", type=int, default=1, help="(default 1)")
        add("--ebn0", type=float, nargs="+", metavar="DB", help="instead of a code's own")
        add("--errors", type=int, default=200,
            help="frame errors of every decoder that end a point (default 200)")
        add("--frames", type=int, help="most frames a point, instead of a code's own")
        add("--seed", type=int, default=1, help="of codewords and noise (default 1)")
        add("--out", type=Path, default=Path("build/reproduce"), metavar="FOLDER",
            help="for parameters, counts and tables (default build/reproduce)")
        add("--trained", type=Path, nargs="+", default=[], metavar="FOLDER",
            help="also look there for trained parameters")
        add("--threads", type=int, default=1, help="CPU threads (default 1)")
        add("--json", action="store_true", help="one JSON object as last line")
        return p

    def main(self, argv: Sequence[str]) -> int:
        """Train what is missing, measure, print."""
        args = self.parser().parse_args(argv)
        options.check(args)
        torch.set_num_threads(args.threads)
        cases = chosen("code", args.codes, self.cases)
        if args.only:
            chosen("decoder", args.only, [row for case in cases for row in self.rows(case)])
        started = time.perf_counter()
        found = {}
        with locked(args.out):
            for case in cases:
                rows = [r for r in self.rows(case) if not args.only or r.name in args.only]
                found[case.name] = self._measured(case, rows, args)
                text = "\n".join(
                    [*self._lines(case, rows, found[case.name]), "",
                     f"`python -m model.reproduce {self.name} {shlex.join(argv)}`", ""]
                )  # fmt: skip
                write_atomic(args.out / f"{self.name}_{case.name}.md", text)
                print(text)
        if args.json:
            seconds = round(time.perf_counter() - started, 1)
            cli.print_json({"codes": found, "seed": args.seed, "seconds": seconds})
        return 0

    def listing(self) -> list[str]:
        """Return what there is, as lines."""
        found = [f"{self.name}: {self.about} (see its own --help)"]
        for case in self.cases:
            names = ", ".join(row.name for row in self.rows(case))
            found.append(f"  code {case.name}: {names}")
        return found

    def _measured(self, case: Case, rows: Sequence[Row], args) -> dict:
        """Records of all rows by name; counts go to ``--out`` after every point."""
        budget = Budget(
            args.out, tuple(args.trained), args.train_seed, args.steps, "cpu", args.threads
        )
        training = self.training(case, catalog.get(case.name), budget)
        made = {row.name: row.make(training) for row in rows}
        store = args.out / f"{self.name}_{case.name}.json"
        kept = parse_json(store.read_text(), str(store)) if store.exists() else {}
        frames = args.frames or case.frames
        records = {
            row.name: {"label": row.label, **made[row.name].facts(), "points": {}} for row in rows
        }
        for ebn0_db in sorted(args.ebn0 or case.ebn0_db):
            waiting = {}
            for name, decoder in made.items():
                what = [decoder.identity, ebn0_db, args.seed, args.errors]
                key = f"{name} {hashlib.sha256(json.dumps(what).encode()).hexdigest()[:16]}"
                if _complete(kept.get(key), args.errors, frames):
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

    def _lines(self, case: Case, rows: Sequence[Row], records: dict) -> list[str]:
        """A case as Markdown."""
        curves = {
            name: {place: Point(**point) for place, point in record["points"].items()}
            for name, record in records.items()
        }
        places = list(dict.fromkeys(place for curve in curves.values() for place in curve))
        heads = ["decoder", "in a row", "in all"]
        heads += [f"{x} at {place} dB" for place in places for x in ("FER", "BER", "iterations")]
        body, notes = [], []
        for row in rows:
            record, points = records[row.name], curves[row.name]
            cells = [row.label, str(record["in_a_row"]), str(record["in_all"])]
            for point in (points[place] for place in places):
                iterations = f"{point.iterations:.2f}"
                cells += [rate_cell(point, "fer"), rate_cell(point, "ber"), iterations]
            body.append(cells)
            said = [record["note"]] if record["note"] else []
            if row.over in curves:
                said.append(self._gain(rows, row, curves))
            notes += [f"* {row.label}: {'; '.join(said)}"] if said else []
        return [
            f"{case.name}: {case.title}", "", *markdown([heads, *body]), "", *notes,
            f"* In a row, in all: iterations at most. Stars: fewer than {MIN_FRAME_ERRORS} frame "
            "errors, the upper end of the interval.",
        ]  # fmt: skip

    def _gain(self, rows: Sequence[Row], row: Row, curves: dict) -> str:
        """What a row gains over another one."""
        (other,) = (each.label for each in rows if each.name == row.over)
        ours, theirs = (quoted(list(curves[name].values())) for name in (row.name, row.over))
        ber = row.gain_ber
        found = gain(theirs, ours, "ber", ber) if ours and theirs else None
        if found is None:
            return f"no gain over {other} at BER {ber:g}: a curve does not cross it"
        interval = f"{found.low_db:.2f} to {found.high_db:.2f}"
        return f"{found.db:.2f} dB ({interval}) over {other} at BER {ber:g}"


def _complete(point: dict | None, errors: int, frames: int) -> bool:
    """Whether a kept point has the errors, or the frames, that are asked for."""
    return bool(point) and (point["frame_errors"] >= errors or point["frames"] >= frames)


def digest(values: np.ndarray) -> str:
    """Return what tells numbers of one decoder from those of another."""
    return hashlib.sha256(np.ascontiguousarray(values, dtype=np.float64).tobytes()).hexdigest()[:16]
