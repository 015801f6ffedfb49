"""``python -m tests.formal_table``: the table of docs/formal.md, each block proved and spoiled."""

import argparse
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parent.parent)]

from formal import ALL  # noqa: E402
from formal.sby import IC3  # noqa: E402

HEAD = """| block | case | properties | proved by | seconds | faults found |
|---|---|---|---|---|---|"""


def row(number: int) -> tuple[str, list[str]]:
    """A line of the table, and what is wrong with it."""
    proof = ALL[number]
    verdict, name = proof.check(), f"{proof.name}, {proof.case}".rstrip(", ")
    wrong = [f"{name}: {p} is violated" for p in sorted(verdict.violated)]
    wrong += [f"{name}: {p} is not proved" for p in sorted(verdict.undecided)]
    found = 0
    for fault in proof.faults:
        if fault.breaks in proof.check_with(fault).violated:
            found += 1
        else:
            wrong.append(f"{name}: {fault.new!r} does not break {fault.breaks}")
    how = "IC3" if proof.induction == IC3 else "induction"
    proved = len(verdict.proved)
    total = proved + len(verdict.violated) + len(verdict.undecided)
    return (
        f"| {proof.name} | {proof.case} | {proved} of {total} | {how}, {verdict.depth} | "
        f"{verdict.seconds:.0f} | {f'{found} of {len(proof.faults)}' if proof.faults else ''} |"
    ), wrong


def main(argv: Sequence[str] | None = None) -> int:
    """Print the table; exit code 1 if anything was not proved, or a fault not found."""
    parser = argparse.ArgumentParser(prog="python -m tests.formal_table", description=__doc__)
    parser.add_argument("--only", metavar="TEXT", default="", help="blocks whose name has it")
    parser.add_argument("--jobs", type=int, default=2, help="proofs at a time (default 2)")
    args = parser.parse_args(argv)
    numbers = [n for n, proof in enumerate(ALL) if args.only in f"{proof.name}, {proof.case}"]
    started, bad = time.monotonic(), []
    print(HEAD, flush=True)
    with ProcessPoolExecutor(max_workers=args.jobs) as pool:
        for line, wrong in pool.map(row, numbers):
            print(line, flush=True)
            bad += wrong
    blocks = len({ALL[n].name for n in numbers})
    faults = sum(len(ALL[n].faults) for n in numbers)
    print(f"\n{len(numbers)} proofs of {blocks} blocks, {faults} faults: "
          f"{time.monotonic() - started:.0f} s, {args.jobs} at a time")  # fmt: skip
    for line in bad:
        print(line, file=sys.stderr)
    return 1 if bad or not numbers else 0


if __name__ == "__main__":
    sys.exit(main())
