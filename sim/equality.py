"""``python -m sim.equality``: the C model against golden, frame by frame, over codes and widths."""

import sys
import time
from collections.abc import Iterator, Sequence

from tqdm import tqdm

from model import catalog, cli, families
from model.errors import InputError
from quant import kinds
from quant.fit import default_spec

CODES = ("wifi_1296_r34", "wifi_648_r12", "nr5g_bg2_z16", "nr5g_bg1_z8_n400_k150", "ccsds_128_64")
WIDTHS = (2, 3, 4, 5, 6)
EXAMPLE = """example:
  python -m sim.equality --frames 100000
  python -m sim.equality --specs bch_63_45 ccsds_128_64 mimo_precoder_32x4 --frames 5000
  python -m sim.equality --codes ccsds_128_64 --widths 3 --frames 2000 --json

Compared is all that a family's models answer, of frames that they are given and of frames that the
C model makes itself, at points from almost no frame right to few wrong, with all vector widths of
this processor in turn. --frames are those of each code, spread over the widths, or of each spec.
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
    p.add_argument("--json", action="store_true", help="one JSON object as the last line")
    args = p.parse_args(argv)
    if args.frames < 1 or args.seed < 0:
        raise InputError("--frames must be at least 1 and --seed not negative, not "
                         f"{args.frames} and {args.seed}")  # fmt: skip
    records, started = [], time.monotonic()
    due = list(_specs(args.specs)) if args.specs else _codes(args.codes, args.widths)
    share = args.frames if args.specs else -(-args.frames // len(args.widths))
    for name, what, spec in due:
        compare = families.need(kinds.family_of(spec), "compare")
        with tqdm(desc=f"{name} {what}", unit="frame", file=sys.stderr, leave=False) as bar:
            found = compare(spec, share, args.seed, bar)
        rates = " ".join(f"{rate:.1e}" for rate in found.error_rates)
        print(f"{name:24} {what}  {found.frames:7} frames  {found.different} different  "
              f"{found.rate} {rates}", flush=True)  # fmt: skip
        records.append({"code": name, "what": what, **vars(found)})
    different = sum(record["different"] for record in records)
    total = sum(record["frames"] for record in records)
    print(f"{different} different of {total} frames, {time.monotonic() - started:.0f} s")
    if args.json:
        cli.print_json({"different": different, "frames": total, "specs": records})
    return 1 if different else 0


if __name__ == "__main__":
    cli.run(main)
