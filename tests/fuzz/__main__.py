"""``python -m tests.fuzz``: changed files for every loader, and what came of them."""

import gc
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import scipy.stats  # noqa: E402, F401  # loaded once, not in the first case of each process

from model import cli  # noqa: E402
from model.errors import InputError  # noqa: E402
from model.files import write_atomic  # noqa: E402

from . import NAMES, all_targets, cases, workers  # noqa: E402

EXAMPLE = """example:
  python -m tests.fuzz                                  # 10 minutes of processor time a target
  python -m tests.fuzz --target alist npz --seconds 60
  python -m tests.fuzz --target alist --seed 1 --case 4711    # one case again, its text and verdict

A case is a good file of the project's own, changed, with its hashes made anew. It has to end in
one line that says what is wrong, within 10 s and 1 GiB, or be accepted and be good: saved and read
again it is the same, and golden, the encoder and plain readings of the file agree with it. Anything
else is a finding: its file is kept, its command printed, and the exit code is 1.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Fuzz, print a line a target; exit code 1 with findings."""
    p = cli.Parser(prog="python -m tests.fuzz", description=__doc__, epilog=EXAMPLE)
    p.add_argument("--target", nargs="+", choices=NAMES, default=list(NAMES), metavar="NAME",
                   help=f"of {', '.join(NAMES)} (default all)")  # fmt: skip
    p.add_argument("--seconds", type=float, default=600.0, help="of processor time a target")
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--jobs", type=int, default=os.cpu_count(), help="processes (default all cores)")
    p.add_argument("--case", type=int, help="number of the one case to run, in this process")
    p.add_argument("--out", type=Path, default=Path("build/fuzz"), help="folder for findings")
    p.add_argument("--json", action="store_true", help="one JSON object as the last line")
    args = p.parse_args(argv)
    if args.seconds <= 0 or args.jobs < 1:
        raise InputError("--seconds and --jobs must be above 0")
    targets = all_targets(args.target)
    gc.freeze()  # what all processes share is neither looked through nor copied by them
    if args.case is not None:
        return max(_one(target, args.seed, args.case, args.out) for target in targets)
    print(f"{'target':14}{'cases':>10}{'a second':>9}{'refused':>10}{'accepted':>10}{'findings':>9}"
          f"{'cpu s':>8}{'slowest':>9}{'MiB':>6}", flush=True)  # fmt: skip
    record, findings = {}, 0
    for target in targets:
        tally = workers.fuzz(target, args.seed, args.seconds, args.jobs)
        rate = tally.total / max(tally.wall_seconds, 1e-9)
        refused, accepted = tally.counts[cases.REFUSED], tally.counts[cases.ACCEPTED]
        print(f"{target.name:14}{tally.total:10}{rate:9.0f}{refused:10}{accepted:10}"
              f"{tally.n_findings:9}{tally.cpu_seconds:8.0f}{tally.slowest_seconds:7.1f} s"
              f"{tally.megabytes:6}", flush=True)  # fmt: skip
        _keep(target, tally, args)
        findings += tally.n_findings
        record[target.name] = {
            "cases": tally.total, "refused": refused, "accepted": accepted,
            "findings": tally.n_findings, "cpu_seconds": round(tally.cpu_seconds, 1),
        }  # fmt: skip
    total = sum(entry["cases"] for entry in record.values())
    print(f"{total} cases, {findings} findings" + (f", kept in {args.out}" if findings else ""))
    if args.json:
        cli.print_json({"targets": record, "findings": findings})
    return 1 if findings else 0


def _keep(target, tally: workers.Tally, args) -> None:
    """Write the files of findings, print the command of each."""
    for signature, found in sorted(tally.findings.items()):
        print(f"  {signature}")
        for number, verdict in found:
            place = args.out / f"{target.name}_{args.seed}_{number}{target.suffix}"
            if verdict.kind != "fuzzer":  # there is a file
                write_atomic(place, target.case(args.seed, number))
            write_atomic(place.with_suffix(".txt"), verdict.text + "\n")
            print(f"    python -m tests.fuzz --target {target.name} --seed {args.seed} "
                  f"--case {number}    # {place}")  # fmt: skip


def _one(target, seed: int, number: int, out: Path) -> int:
    place = out / f"{target.name}_{seed}_{number}{target.suffix}"
    write_atomic(place, target.case(seed, number))
    cases.limit()
    with cases.folders() as folder:
        started = time.process_time()
        verdict = cases.run(target, seed, number, folder)
        seconds = time.process_time() - started
    print(f"{place}: {verdict.kind}, {seconds:.2f} s\n{verdict.text}")
    return 0 if verdict.good else 1


if __name__ == "__main__":
    cli.run(main)
