"""``python -m synth.explore``: many designs of one code built, routed, measured, compared."""

import math
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from pathlib import Path

from tqdm import tqdm

from model import cli
from model.errors import InputError
from model.files import folder_made, write_atomic
from sim import engines
from synth.explore import estimate, measure, picture, summary, sweep
from synth.explore.store import Store

EXAMPLE = """examples:
  python -m synth.explore --code qc_ldpc --sweep spec=qc_ldpc,qc_ldpc_4bit slots=2,3 target=generic,ecp5
  python -m synth.explore --code qc_ldpc --sweep message_bits=3,4,5 app_bits=7,8 --estimate
  python -m synth.explore --code wifi_648_r12 --sweep cores=1,2,4 seed=1,2,3 --workers 4
  python -m synth.explore --code qc_ldpc --sweep lanes=18,27,54 --sweep cores=2 slots=3,4

Keys: spec (shipped specs or files), seed, of decoders message_bits and app_bits, and every option of
hw.build by its name with _ for -. Every combination of a --sweep is a point; several are added up. A second call
goes on where the first one was interrupted and measures only what changed; several at once add to
the same results. --estimate answers at once and builds nothing.
"""  # noqa: E501


def parser() -> cli.Parser:
    """Return the command line."""
    p = cli.Parser(
        prog="python -m synth.explore",
        description="Build, synthesise, route and compare many designs of one code.",
        epilog=EXAMPLE,
    )
    p.add_argument("--code", required=True, metavar="NAME|FILE", help="as hw.build takes it")
    p.add_argument("--sweep", nargs="+", action="append", metavar="KEY=V1,V2",
                   help="what to vary; several --sweep are added up")  # fmt: skip
    p.add_argument("--out", type=Path, metavar="DIR", help="(default build/explore/NAME)")
    p.add_argument("--estimate", action="store_true", help="only estimate area and rate")
    p.add_argument("--freq", type=float, default=200.0, metavar="MHZ", help="wanted clock")
    p.add_argument("--limit-min", type=float, default=30.0, metavar="MIN",
                   help="time limit of one place and route (default 30)")  # fmt: skip
    p.add_argument("--no-counts", action="store_true",
                   help=f"leave out {' and '.join(measure.COUNTED)}, which Yosys alone counts")  # fmt: skip  # noqa: E501
    p.add_argument("--engine", choices=engines.NAMES, default="local", help="(default local)")
    p.add_argument("--workers", type=int, help="(default: all cores)")
    p.add_argument("--ray-address", metavar="HOST:PORT", help="cluster (default: one started here)")
    p.add_argument("--plot", type=Path, metavar="FILE.png", help="(default DIR/front.png)")
    p.add_argument("--json", action="store_true", help="one JSON object as the last line")
    return p


def main(argv: Sequence[str] | None = None) -> int:
    """Command line; returns the exit code."""
    args = parser().parse_args(argv)
    if args.workers is not None and args.workers < 1:
        raise InputError(f"--workers must be at least 1, not {args.workers}")
    for option, value in (("--freq", args.freq), ("--limit-min", args.limit_min)):
        if not 0 < value < math.inf:
            raise InputError(f"{option} {value:g}: must be more than 0")
    folder = args.out or Path("build/explore") / Path(args.code).stem
    plot = args.plot or folder / "front.png"
    picture.check_file(plot)
    points = sweep.all_points(args.code, args.sweep or [[]])
    designs = list({point.design.sha: point.design for point in points}.values())
    for design in designs:
        estimate.check_fits(design)
    store = Store(folder / "results.jsonl")
    wanted = measure.wanted(points, args.freq, not args.no_counts)
    if args.estimate:
        return _estimates(designs, store.those(wanted), args.json)
    todo = [place for key, place in wanted.items() if key not in store.rows]
    with folder_made(folder / "designs"):
        _run(measure.tasks(todo, folder, args.freq, args.limit_min), store, args)
    store.read()  # with what other runs have added meanwhile
    found = summary.summarise(store.those(wanted), [design.sha for design in designs])
    text = summary.table(found)
    sys.stdout.write(text)
    write_atomic(folder / "table.md", text)
    print(_accuracy(designs, found))
    if any(f.mhz is not None for f in found):
        title = f"{args.code}: {len(found)} designs, {measure.DEVICE}, routed"
        print(picture.draw(plot, title, found))
    if args.json:
        cli.print_json({"results": str(store.path), "designs": summary.to_json(found)})
    return 0


def _run(todo: list[measure.Task], store: Store, args) -> None:
    """Measure; every task's rows are kept as soon as it ends."""
    if not todo:
        return
    engine = engines.make(args.engine, args.workers, args.ray_address)
    total = sum(len(task.seeds) for task in todo)
    running, ahead = {}, iter(todo)
    try:
        with tqdm(total=total, unit="point", file=sys.stderr, desc="explore") as bar:
            while True:
                while len(running) < engine.workers and (task := next(ahead, None)) is not None:
                    with _kills_named(task):
                        running[engine.call(measure.measure, task)] = task
                if not running:
                    return
                done, _ = wait(running, timeout=1.0, return_when=FIRST_COMPLETED)
                for future in done:
                    task = running.pop(future)
                    bar.set_postfix_str(f"{task.design.title()} {task.device}")
                    with _kills_named(task):
                        rows = future.result()
                    store.add(rows)
                    bar.update(len(task.seeds))
    finally:
        engine.close()


@contextmanager
def _kills_named(task: measure.Task) -> Iterator[None]:
    try:
        yield
    except BrokenProcessPool as error:
        raise InputError(
            f"{task.design.title()}: a worker process was killed; start again to go on from what "
            "was measured"
        ) from error


def _estimates(designs: list[sweep.Design], rows: list[dict], as_json: bool) -> int:
    records = []
    estimates = [(design, estimate.needed(design)) for design in designs]
    print("   COMB  EBR   cycles  Mb/s at 130 MHz  a kCOMB  design")
    for design, e in estimates:
        rate = e.coded_mbps()
        print(f"{e.comb:7,}  {e.ebr:3}  {e.cycles_per_frame:7.1f}  {rate:15.1f}  "
              f"{1000 * rate / e.comb:7.1f}  {design.title()}")  # fmt: skip
        records.append({"design": design.title(), **vars(e), "coded_mbps": rate})
    found = summary.summarise(rows, [design.sha for design in designs])
    print(_accuracy(designs, found))
    if as_json:
        cli.print_json({"designs": records})
    return 0


def _accuracy(designs: list[sweep.Design], found: list[summary.Found]) -> str:
    """How far the estimate is from what was measured here."""
    known = {design.sha: estimate.of(design) for design in designs}
    pairs = [(e, f.row) for f in found if f.row["comb"] and (e := known.get(f.row["design"]))]
    e = estimate.errors(pairs)
    if e is None:
        return "estimate: nothing measured here to compare with"
    return (
        f"estimate against {e.designs} measured designs: COMB {e.mean_comb_percent:.1f} % off on "
        f"average, {e.worst_comb_percent:.1f} % at most; block RAM {e.worst_ebr:g}, cycles "
        f"{e.worst_cycles:g} at most"
    )


if __name__ == "__main__":
    cli.run(main)
