"""``python -m sim.fer``: error rates of a spec by Monte Carlo, on one machine or many."""

import contextlib
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tqdm import tqdm

from model import cli, curves
from model.errors import InputError
from model.files import checked_file_name
from model.locks import locked
from model.options import chosen
from quant import kinds, monte_carlo, recorded, source_options
from quant.monte_carlo import MonteCarlo, described
from quant.sources import family_named
from sim import bounds, engines, fer_options, on_record, results, table, tally, units
from sim.failures import Failures
from sim.results import Results
from sim.saving import Saver
from sim.units import Job


def main(argv: Sequence[str] | None = None) -> int:
    """Count point after point, print a table, save, draw."""
    argv = sys.argv[1:] if argv is None else list(argv)
    family = family_named(argv)
    part = monte_carlo.of(family)
    args = fer_options.parser(part).parse_args(argv)
    fer_options.check(args, family, part)
    if args.recorded:
        return _on_record(args, part)
    points = fer_options.points_of(getattr(args, part.axis.field), part.axis)
    link = chosen(args, part.link)
    spec = source_options.chosen(args)
    if args.record:
        kinds.resolve(args.spec or args.code)  # a preset or a spec file: nothing else keeps it
    if args.save_failures is not None:
        checked_file_name(args.save_failures, "--save-failures")
    text = spec.to_json()
    units.read_already(text, spec)
    kept = Results(text, args.model, link, args.seed)
    if args.out is not None:
        kept = results.opened(args.out, kept)
    enough = tally.Enough(fer_options.least_errors(args, part), args.max_frames)
    others = [_to_draw(path, part) for path in args.others]
    measured = kept.measured
    bits = measured.frame_bits(link)
    with contextlib.ExitStack() as stack:
        if args.save_failures is not None:  # written at the end, and by one run only
            stack.enter_context(locked(args.save_failures))
        measured.prepare(args.model)  # compiled once, before the workers ask for it
        engine = engines.make(args.engine, args.workers, args.ray_address)
        stack.callback(engine.close)
        if args.out is not None:
            kept.save(args.out)  # a place that cannot be written is told before the work
        about = [kept.title, described(link), f"seed {args.seed}"]
        print(f"{', '.join(filter(None, about))}, {engine.workers} workers ({args.engine})")
        for remark in measured.remarks():
            print(remark)
        print(table.header(part))
        started, counted = time.monotonic(), 0
        for point_db in points:
            counted += _count(kept, point_db, engine, enough, args.out)
            print(table.line(kept.tally(point_db), bits), flush=True)
        seconds = time.monotonic() - started
        print(f"{counted} {part.frame}s in {seconds:.1f} s, "
              f"{counted / seconds:.0f} a second in all")  # fmt: skip
        if args.save_failures is not None:
            wrong = Failures.of(kept.spec, kept.link, kept.seed, kept.counted())
            wrong.save(args.save_failures)
            print(f"{args.save_failures}: {len(wrong.frames)} wrong frames")
    if args.record:
        print(f"on record in {on_record.keep(args.spec or args.code, kept, argv)}")
    if args.plot is not None:
        draw(args.plot, [kept, *others])
        print(args.plot)
    if args.json:
        cli.print_json(
            {
                "spec_sha": spec.sha,
                "model": args.model,
                "points": [kept.tally(point_db).record(bits) for point_db in points],
            }
        )
    return 0


def _on_record(args, part: type[MonteCarlo]) -> int:
    """Print and draw what is on record of the spec."""
    spec = source_options.chosen(args)
    shown = on_record.needed(spec)
    others = [_to_draw(path, part) for path in args.others]
    for one in shown:
        print(", ".join(filter(None, [one.title, described(one.link), f"seed {one.seed}"])))
        print(table.header(part, speeds=False))
        bits = one.measured.frame_bits(one.link)
        for tally_ in one.counted():
            print(table.line(tally_, bits))
    if args.plot is not None:
        draw(args.plot, [*shown, *others])
        print(args.plot)
    if args.json:
        cli.print_json({"spec_sha": spec.sha, "recorded": spec.provenance[recorded.WHAT]})
    return 0


def _to_draw(path: Path, part: type[MonteCarlo]) -> Results:
    """Results for a picture; ``InputError`` if there are none or they are of other axes."""
    found = (None if path.exists() else on_record.of_name(str(path))) or results.load(path)
    if not found.counted():
        raise InputError(f"{path}: holds no points to draw")
    if _axes(type(found.measured)) != _axes(part):
        raise InputError(f"{path}: {' over '.join(_axes(type(found.measured)))} in no picture of "
                         f"{' over '.join(_axes(part))}")  # fmt: skip
    return found


def _axes(part: type[MonteCarlo]) -> tuple[str, str]:
    """What a picture shows: rate and points."""
    return part.rate_name(), part.axis.name


def _count(kept: Results, point_db: float, engine, enough: tally.Enough, out: Path | None) -> int:
    """Count one point, saving on the way and at its end, however that comes; frames counted."""
    if out is not None:
        kept.take_in(out)
    sums = kept.tally(point_db)
    before = sums.frames
    job = Job(kept.spec, kept.model, kept.link, point_db, kept.seed)
    saver = Saver(kept, out)
    with tqdm(
        desc=f"{point_db:g} dB", unit=sums.part.frame, unit_scale=True, file=sys.stderr,
        leave=False, initial=sums.frames,
    ) as bar:  # fmt: skip

        def changed(sums: tally.Tally) -> None:
            bar.update(sums.frames - bar.n)
            bar.set_postfix_str(f"{sums.deciding_errors} errors")
            saver.save_if_due()

        try:
            tally.fill(sums, engine, job, enough, changed)
        finally:
            if sums.frames > before:
                saver.save()
    return sums.frames - before


def draw(path: Path, shown: Sequence[Results]) -> None:
    """Curves of all results, with guides where all are of codes as BPSK over AWGN."""
    lines, bits_wrong, guides = {}, {}, {}
    for name, one in zip(_names(shown), shown, strict=True):
        bits = one.measured.frame_bits(one.link)
        lines[name] = [found.curve_point(bits) for found in one.counted()]
        if one.measured.frames_decide:
            bits_wrong[name] = [(f.point_db, f.bit_errors / f.all_bits(bits))
                                for f in one.counted()]  # fmt: skip
    sizes = {one.measured.code_size(one.link) for one in shown}
    if None not in sizes:
        for n, k in sorted(sizes):
            at = [p[0] for line in lines.values() for p in line]
            low = min(p[1] or p[3] for line in lines.values() for p in line)
            guides |= bounds.guides(n, k, at, low)
    rate, axis = _axes(type(shown[0].measured))
    links = {one.measured.link_title(one.link) for one in shown}
    specs = {one.measured.spec.name for one in shown}
    what = f"{specs.pop()}: {rate}" if len(specs) == 1 else rate.capitalize()
    title = ", ".join([what, *(links if len(links) == 1 else ())])
    label = f"{rate}; dotted: bit error rate" if bits_wrong else rate
    curves.draw(path, title, f"{axis} in dB", label, lines, guides, bits_wrong, "bit error rate")


def _names(shown: Sequence[Results]) -> list[str]:
    """A name for each curve, short where it tells them apart: what differs is added."""
    found = [one.title for one in shown]
    for more in (
        lambda one: one.measured.spec.name,
        lambda one: one.measured.link_title(one.link),
        lambda one: f"seed {one.seed}",
        lambda one: one.measured.spec.sha[:6],  # equal but for their numbers
    ):
        about = {}
        for name, one in zip(found, shown, strict=True):
            about.setdefault(name, set()).add(more(one))
        found = [f"{name}, {more(one)}" if len(about[name]) > 1 else name
                 for name, one in zip(found, shown, strict=True)]  # fmt: skip
    return found


if __name__ == "__main__":
    cli.run(main)
