"""``python -m sim.equality``: the C model against golden, frame by frame, over codes and widths."""

import contextlib
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from tqdm import tqdm

from model import catalog, cli, families
from model.errors import InputError
from model.files import checked_file_name
from model.locks import locked
from model.stage import stage
from quant import comparison, kinds
from quant.fit import default_spec
from sim import comparing, engines, tally
from sim.comparing import Entry, Kept
from sim.saving import Saver

CODES = ("wifi_1296_r34", "wifi_648_r12", "nr5g_bg2_z16", "nr5g_bg1_z8_n400_k150", "ccsds_128_64")
WIDTHS = (2, 3, 4, 5, 6)
EXAMPLE = """example:
  python -m sim.equality --frames 100000
  python -m sim.equality --specs bch_63_45 ccsds_128_64 mimo_precoder_32x4 --frames 5000
  python -m sim.equality --codes ccsds_128_64 --widths 3 --frames 2000 --json
  python -m sim.equality --specs qc_ldpc --frames 10000000 --out build/equality.json

Compared is all that a family's models answer, of frames that they are given and of frames that the
C model makes itself, at points from almost no frame right to few wrong, with all vector widths of
this processor in turn. --frames are those of each code, spread over the widths, or of each spec;
whole units are compared, so that it may be more. Golden does some 1,500 frames a second on a core.
With --out sums are saved about every second and on Ctrl-C; the same command goes on from there.
"""


def _specs(names: Sequence[str]) -> Iterator[tuple[str, str, object]]:
    """Name, what else tells them apart, and spec of shipped specs or files."""
    for name in names:
        spec = kinds.resolve(name)
        families.need(kinds.family_of(spec), "compare")
        yield spec.name, spec.describe(), spec


def _codes(names: Sequence[str], widths: Sequence[int]) -> Iterator[tuple[str, str, object]]:
    """The same of the untrained specs of catalogued codes in several message widths."""
    for name in names:
        graph = catalog.resolve(name)
        for bits in widths:
            yield name, f"{bits} bits", default_spec(graph, message_bits=bits)


def main(argv: Sequence[str] | None = None) -> int:
    """Compare and print a line a spec; exit code 1 if any frame differs."""
    p = cli.Parser(
        prog="python -m sim.equality",
        description="The C model against golden, frame by frame.",
        epilog=EXAMPLE,
    )
    p.add_argument("--codes", nargs="+", default=list(CODES), metavar="NAME")
    p.add_argument("--specs", nargs="+", default=[], metavar="NAME|FILE",
                   help="compare these specs, not codes in several widths")  # fmt: skip
    p.add_argument("--widths", nargs="+", type=int, default=list(WIDTHS), metavar="BITS")
    p.add_argument("--frames", type=int, default=10_000, help="of each code (default 10000)")
    p.add_argument("--seed", type=int, default=1, help="(default 1)")
    p.add_argument("--workers", type=int, metavar="N",
                   help="processes (default: one a core; 1 starts none)")  # fmt: skip
    p.add_argument("--out", type=Path, metavar="FILE",
                   help="JSON file: sums are kept there, and gone on with")  # fmt: skip
    p.add_argument("--json", action="store_true", help="one JSON object as the last line")
    args = p.parse_args(argv)
    if args.frames < 1 or not 0 <= args.seed < 2**64:
        raise InputError("--frames must be at least 1 and --seed 0 to 2^64 - 1, not "
                         f"{args.frames} and {args.seed}")  # fmt: skip
    if args.out is not None:
        checked_file_name(args.out, "--out")
    due = list(_specs(args.specs) if args.specs else _codes(args.codes, args.widths))
    share = args.frames if args.specs else -(-args.frames // len(args.widths))
    kept = Kept(args.seed, [Entry(name, what, spec.sha) for name, what, spec in due])
    started = time.monotonic()
    with contextlib.ExitStack() as stack:
        if args.out is not None:
            stack.enter_context(locked(args.out))
            kept.take_in(args.out)
            kept.save(args.out)  # a place that cannot be written is told before the work
        engine = _engine(args.workers)
        stack.callback(engine.close)
        for entry, (_, _, spec) in zip(kept.entries, due, strict=True):
            _compare(kept, entry, spec, share, engine, args.out)
            sums = entry.sums
            rates = " ".join(f"{rate:.1e}" for rate in sums.error_rates)
            print(f"{entry.name:24} {entry.what}  {sums.frames:7} frames  "
                  f"{sums.different} different  {sums.rate} {rates}", flush=True)  # fmt: skip
    different = sum(entry.sums.different for entry in kept.entries)
    total = sum(entry.frames for entry in kept.entries)
    print(f"{different} different of {total} frames, {time.monotonic() - started:.0f} s")
    if args.json:
        cli.print_json({"different": different, "frames": total, "specs": [
            {"code": entry.name, "what": entry.what, "frames": entry.frames,
             "different": entry.sums.different, "error_rates": entry.sums.error_rates,
             "rate": entry.sums.rate} for entry in kept.entries]})  # fmt: skip
    return 1 if different else 0


def _engine(workers: int | None):
    """Processes, or for one worker this process alone."""
    return engines.InlineEngine() if workers == 1 else engines.make("local", workers, None)


def _compare(kept: Kept, entry: Entry, spec, frames: int, engine, out: Path | None) -> None:
    """Compare one spec, saving on the way and at its end, however that comes."""
    if entry.sums is None:
        with stage(f"{entry.place}: compiling, finding points", brief=True):
            entry.sums = comparison.begun(comparing.comparer_of(spec), frames, kept.seed)
    elif entry.units:
        print(f"{entry.place}: goes on from {entry.frames} frames", file=sys.stderr)
    sums, before = entry.sums, entry.units
    job = comparing.Job(
        spec.to_json(), sums.rate, tuple(sums.points_db), sums.unit_frames, kept.seed
    )
    enough = comparing.Units(sums.units_of(frames))
    saver = Saver(kept, out)
    with tqdm(
        desc=entry.place, unit="frame", unit_scale=True, file=sys.stderr, leave=False,
        initial=entry.frames, total=max(enough.number * sums.unit_frames, entry.frames),
    ) as bar:  # fmt: skip

        def changed(entry: Entry) -> None:
            bar.update(entry.frames - bar.n)
            bar.set_postfix_str(f"{sums.different} different")
            saver.save_if_due()

        try:
            tally.fill(entry, comparing.Counting(engine), job, enough, changed)
        finally:
            if entry.units > before:
                saver.save()


if __name__ == "__main__":
    cli.run(main)
