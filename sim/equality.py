"""``python -m sim.equality``: the C model against golden, frame by frame, over codes and widths."""

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from tqdm import tqdm

from model import catalog, cli
from model.encode import Encoder
from model.errors import InputError
from quant import golden, kinds
from quant.cmodel import CModel
from quant.fit import default_spec
from quant.spec import SCHEDULES, Spec
from sim.links import Channel, point_number

CODES = ("wifi_1296_r34", "wifi_648_r12", "nr5g_bg2_z16", "nr5g_bg1_z8_n400_k150", "ccsds_128_64")
WIDTHS = (2, 3, 4, 5, 6)
POINTS = 8
EASIEST_FER, EASIEST_FRAMES = 1e-4, 100_000
BATCH = 500
EXAMPLE = """example:
  python -m sim.equality --frames 100000
  python -m sim.equality --specs bch_63_45 ccsds_128_64 --frames 5000
  python -m sim.equality --codes ccsds_128_64 --widths 3 --frames 2000 --json

Random codewords over AWGN, in equal parts at eight Eb/N0, from almost no frame right to one in
10,000 wrong.
Compared are all hard decisions, the verified flag and the iterations, of frames decoded from codes
and of frames that the C model makes itself. --frames are those of each code, spread over the
widths, or of each spec, and of all vector widths of this processor in turn.
"""


@dataclass
class Comparison:
    """Frames compared and frames with any difference; error rate at each point."""

    frames: int
    different: int
    error_rates: list[float]


def compare(spec: Spec, frames: int, seed: int = 1, progress: tqdm | None = None) -> Comparison:
    """Run at least ``frames`` frames through golden and the C model."""
    model = CModel(spec)
    information = Encoder(spec.graph()).information_positions
    points = ladder_db(model, seed)
    sizes = [size for size in (16, 32, 64) if size <= model.vector_bytes]
    share = -(-frames // len(points))
    result = Comparison(0, 0, [])
    for ebn0_db in points:
        link = Channel("awgn", "bpsk").at(ebn0_db, spec)
        wrong = 0
        for number, first in enumerate(range(0, share, BATCH)):
            count = min(BATCH, share - first)
            model.use_vector_bytes(sizes[number % len(sizes)])
            where = link, seed, point_number(ebn0_db), first, count
            words, llr = model.frames(*where)
            codes = golden.quantise_llr(spec, llr)
            due, found = golden.decode(spec, codes), model.decode(codes)
            counted = model.simulate(*where)
            errors = (due.bits != words)[:, information].sum(axis=1)
            same = (found.bits == due.bits).all(axis=1) & (counted.bit_errors == errors)
            for other in (found, counted):
                same &= (other.decoded == due.decoded) & (other.iterations == due.iterations)
            result.frames += count
            result.different += int((~same).sum())
            wrong += int((errors > 0).sum())
            if progress is not None:
                progress.update(count)
        result.error_rates.append(wrong / share)
    model.use_vector_bytes(0)
    return result


def ladder_db(model: CModel, seed: int) -> list[float]:
    """Eb/N0 in dB of the points: from 0.8 dB below half the frames wrong to one in 10,000."""
    middle = _wrong_db(model, seed, 0.5, 512, -2.0)
    easiest = _wrong_db(model, seed, EASIEST_FER, EASIEST_FRAMES, middle)
    return np.linspace(middle - 0.8, easiest, POINTS).round(3).tolist()


def _wrong_db(model: CModel, seed: int, rate: float, frames: int, low: float) -> float:
    """Eb/N0 in dB, from ``low`` on, where frames have a wrong information bit at about ``rate``."""
    high = 14.0
    while high - low > 0.1:
        middle = (low + high) / 2
        link = Channel("awgn", "bpsk").at(middle, model.spec)
        counted = model.simulate(link, seed, point_number(middle), 0, frames)
        low, high = (middle, high) if (counted.bit_errors > 0).mean() > rate else (low, middle)
    return (low + high) / 2


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
    if args.specs:
        due = [kinds.resolve(name) for name in args.specs]
        for name, spec in zip(args.specs, due, strict=True):
            if spec.kind not in SCHEDULES.values():
                raise InputError(f"{name}: kind {spec.kind!r} has no C model of a decoder")
    else:
        due = (
            default_spec(catalog.resolve(name), message_bits=bits)
            for name in args.codes
            for bits in args.widths
        )
    share = args.frames if args.specs else -(-args.frames // len(args.widths))
    for spec in due:
        name, bits = spec.name if args.specs else spec.made_for, spec.message_bits
        with tqdm(desc=f"{name} {bits} bits", unit="frame", file=sys.stderr, leave=False) as bar:
            found = compare(spec, share, args.seed, bar)
        rates = " ".join(f"{rate:.1e}" for rate in found.error_rates)
        print(f"{name:24} {bits} bits  {found.frames:7} frames  {found.different} different  "
              f"FER {rates}", flush=True)  # fmt: skip
        records.append({"code": name, "message_bits": bits, **vars(found)})
    different = sum(record["different"] for record in records)
    total = sum(record["frames"] for record in records)
    print(f"{different} different of {total} frames, {time.monotonic() - started:.0f} s")
    if args.json:
        cli.print_json({"different": different, "frames": total, "specs": records})
    return 1 if different else 0


if __name__ == "__main__":
    cli.run(main)
