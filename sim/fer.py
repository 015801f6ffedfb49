"""``python -m sim.fer``: frame error rates of a spec by Monte Carlo, on one machine or many."""

import argparse
import contextlib
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tqdm import tqdm

from model import cli
from model.channel import checked_ebn0
from model.errors import InputError
from model.locks import locked
from quant.sources import spec_for
from quant.spec import SCHEDULES, Spec
from sim import bounds, curves, engines, results, tally, units
from sim.failures import Failures
from sim.links import CHANNELS, MODULATIONS, Channel
from sim.results import Results
from sim.units import Job

EXAMPLE = """examples:
  python -m sim.fer --code qc_ldpc --ebn0 2.6:3.4:0.2 --out build/fer.json --plot build/fer.png
  python -m sim.fer --spec my.json --ebn0 3.0 --model golden --min-frame-errors 20 --json
  python -m sim.fer --code qc_ldpc --ebn0 3.0:3.6:0.2 --engine ray --ray-address 10.0.0.1:6379

A frame is wrong if one of its information bits is. Frames are counted in units of 512: a point ends
with the unit that brings it to --min-frame-errors or --max-frames, whatever engine and number of
workers. The same seed gives the same frames to every model. A results file that exists is added
to, also by several runs at once; --plot draws it with those of --with. Rates are for one core, from
processor time.
"""
HEADER = (
    "  Eb/N0      frames  errors        FER         95 % interval        BER  iterations  "
    "undetected  frames/s  decoded/s"
)
SAVE_SECONDS = 1.0
SAVE_SHARE = 20  # so many times as long as saving takes passes until the next time
MOST_POINTS = 200


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    p = cli.Parser(
        prog="python -m sim.fer",
        description="Frame error rates of a decoder by Monte Carlo.",
        epilog=EXAMPLE,
    )
    p.add_argument("--spec", metavar="FILE", help="spec file")
    p.add_argument("--code", metavar="NAME|FILE", help="a preset, a catalogue name or a code file")
    p.add_argument("--model", choices=units.MODELS, default="c", help="who decodes (default c)")
    p.add_argument("--channel", choices=CHANNELS, default="awgn", help="(default awgn)")
    p.add_argument("--modulation", choices=tuple(MODULATIONS), default="bpsk",
                   help="(default bpsk)")  # fmt: skip
    p.add_argument("--ebn0", required=True, metavar="DB", help="START:STOP:STEP, or values: 2.8,3")
    p.add_argument("--min-frame-errors", type=int, default=100, help="a point (default 100)")
    p.add_argument("--max-frames", type=int, default=10_000_000, help="a point (default 10000000)")
    p.add_argument("--seed", type=int, default=1, help="(default 1)")
    p.add_argument("--engine", choices=engines.NAMES, default="local", help="(default local)")
    p.add_argument("--workers", type=int, help="(default: all cores)")
    p.add_argument("--ray-address", metavar="HOST:PORT", help="cluster (default: one started here)")
    p.add_argument("--out", type=Path, metavar="FILE.json", help="results, added to if there")
    p.add_argument("--save-failures", type=Path, metavar="FILE", help="wrong frames for sim.replay")
    p.add_argument("--plot", type=Path, metavar="FILE.png", help="draw the curves")
    p.add_argument("--with", dest="others", type=Path, nargs="+", default=[], metavar="FILE.json",
                   help="results of other specs or models for the plot")  # fmt: skip
    p.add_argument("--json", action="store_true", help="one JSON object as the last line")
    return p


def points_of(text: str) -> list[float]:
    """Eb/N0 values in dB of ``START:STOP:STEP`` (both ends included) or ``A,B,...``."""
    try:
        if ":" in text:
            start, stop, step = (float(part) for part in text.split(":"))
            number = (stop - start) / step
            if not (step > 0 and 0 <= number < MOST_POINTS):
                raise ValueError
            values = [start + i * step for i in range(int(number + 1e-9) + 1)]
        else:
            values = [float(part) for part in text.split(",")]
    except (ValueError, ZeroDivisionError, OverflowError):
        raise InputError(
            f"--ebn0 {text!r} is neither START:STOP:STEP (up to {MOST_POINTS} points) nor A,B,..."
        ) from None
    return sorted({round(checked_ebn0(value), 3) for value in values})


def _checked(args: argparse.Namespace) -> None:
    for option in ("min_frame_errors", "max_frames", "workers"):
        value = getattr(args, option)
        if value is not None and value < 1:
            raise InputError(f"--{option.replace('_', '-')} must be at least 1, not {value}")
    if not 0 <= args.seed < 2**64:
        raise InputError(f"--seed must be 0 to 2^64 - 1, not {args.seed}")
    Channel(args.channel, args.modulation).check()
    if args.code is None and args.spec is None:
        raise InputError("--spec or --code is needed")
    if args.plot is not None:
        curves.check_file(args.plot)
    _check_places(args)


def _check_places(args: argparse.Namespace) -> None:
    """``InputError`` if a file would be written over one that this command reads or writes."""
    taken: dict[Path, str] = {}
    for name in ("spec", "code", "out", "others", "save_failures", "plot"):
        value = getattr(args, name)
        option = "--with" if name == "others" else f"--{name.replace('_', '-')}"
        for path in value if isinstance(value, list) else [value] if value is not None else []:
            try:
                place = Path(path).resolve()
            except (OSError, ValueError):  # no file can have this name: for its reader to say
                continue
            if name in ("out", "save_failures", "plot") and place in taken:
                raise InputError(f"{option} {path}: {taken[place]} names the same file")
            taken.setdefault(place, option)


def main(argv: Sequence[str] | None = None) -> int:
    """Count point after point, print a table, save, draw."""
    args = parser().parse_args(argv)
    _checked(args)
    points = points_of(args.ebn0)
    spec = spec_for(args.code, args.spec)
    if spec.kind not in SCHEDULES.values():
        raise InputError(f"{args.spec or args.code}: kind {spec.kind!r} has no frame error rate")
    channel = Channel(args.channel, args.modulation)
    kept = Results(spec.to_json(), args.model, channel, args.seed)
    if args.out is not None:
        kept = results.opened(args.out, kept)
    enough = tally.Enough(args.min_frame_errors, args.max_frames)
    others = [results.load(path) for path in args.others]
    for path, other in zip(args.others, others, strict=True):
        if not other.counted():
            raise InputError(f"{path}: holds no points to draw")
    with contextlib.ExitStack() as stack:
        if args.save_failures is not None:  # written at the end, and by one run only
            stack.enter_context(locked(args.save_failures))
        units.model_of(kept.spec)  # compiled once, before the workers ask for it
        engine = engines.make(args.engine, args.workers, args.ray_address)
        stack.callback(engine.close)
        if args.out is not None:
            kept.save(args.out)  # a place that cannot be written is told before the work
        print(f"{kept.title}, {args.channel} {args.modulation}, seed {args.seed}, "
              f"{engine.workers} workers ({args.engine})")  # fmt: skip
        print(HEADER)
        started, counted = time.monotonic(), 0
        for ebn0_db in points:
            counted += _count(kept, ebn0_db, engine, enough, args.out)
            print(_line(kept.tally(ebn0_db).record(spec.k)), flush=True)
        seconds = time.monotonic() - started
        print(f"{counted} frames in {seconds:.1f} s, {counted / seconds:.0f} a second in all")
        if args.save_failures is not None:
            wrong = Failures.of(kept.spec, kept.channel, kept.seed, kept.counted())
            wrong.save(args.save_failures)
            print(f"{args.save_failures}: {len(wrong.frames)} wrong frames")
    if args.plot is not None:
        draw(args.plot, [kept, *others])
        print(args.plot)
    if args.json:
        cli.print_json(
            {
                "spec_sha": spec.sha,
                "model": args.model,
                "points": [kept.tally(ebn0_db).record(spec.k) for ebn0_db in points],
            }
        )
    return 0


def _count(kept: Results, ebn0_db: float, engine, enough: tally.Enough, out: Path | None) -> int:
    """Count one point, saving on the way and at its end, however that comes; frames counted."""
    if out is not None:
        kept.take_in(out)
    sums = kept.tally(ebn0_db)
    before = sums.frames
    job = Job(kept.spec, kept.model, kept.channel, ebn0_db, kept.seed)
    due = time.monotonic() + SAVE_SECONDS
    with tqdm(
        desc=f"{ebn0_db:g} dB", unit="frame", unit_scale=True, file=sys.stderr, leave=False,
        initial=sums.frames,
    ) as bar:  # fmt: skip

        def changed(sums: tally.Tally) -> None:
            nonlocal due
            bar.update(sums.frames - bar.n)
            bar.set_postfix_str(
                f"{sums.frame_errors} errors, FER {sums.frame_errors / sums.frames:.2e}"
            )
            began = time.monotonic()
            if out is not None and began >= due:
                kept.save(out)
                ended = time.monotonic()
                due = ended + max(SAVE_SECONDS, SAVE_SHARE * (ended - began))

        try:
            tally.fill(sums, engine, job, enough, changed)
        finally:
            if out is not None and sums.frames > before:
                kept.save(out)
    return sums.frames - before


def _line(point: dict) -> str:
    return (
        f"{point['ebn0_db']:5g} dB  {point['frames']:10}  {point['frame_errors']:6}  "
        f"{point['fer']:.3e}  {point['fer_low']:.2e}..{point['fer_high']:.2e}  "
        f"{point['ber']:.3e}  {point['mean_iterations']:10.2f}  {point['undetected']:10}  "
        f"{point['frames_per_s']:8.0f}  {point['decode_frames_per_s']:9.0f}"
    )


def draw(path: Path, shown: Sequence[Results]) -> None:
    """Curves of all results, with guides where all are BPSK over AWGN with the same n and k."""
    specs = [Spec.from_json(one.spec) for one in shown]
    lines, names = {}, [one.title for one in shown]
    for number, (one, spec) in enumerate(zip(shown, specs, strict=True)):
        name = names[number]
        if names.count(name) > 1:
            name += f", {spec.name} {spec.sha[:6]} {one.channel.name} {one.channel.modulation}"
        records = [t.record(spec.k) for t in one.counted()]
        lines[name] = [(r["ebn0_db"], r["fer"], r["fer_low"], r["fer_high"]) for r in records]
    guides = {}
    if all(one.channel == Channel("awgn", "bpsk") for one in shown):
        for n, k in sorted({(spec.n, spec.k) for spec in specs}):
            at = [p[0] for line in lines.values() for p in line]
            low = min(p[1] or p[3] for line in lines.values() for p in line)
            guides |= bounds.guides(n, k, at, low)
    channel = f"{shown[0].channel.modulation} over {shown[0].channel.name}"
    curves.draw(path, channel, "Eb/N0 in dB", "frame error rate", lines, guides)


if __name__ == "__main__":
    cli.run(main)
