"""The command line of ``python -m sim.fer``: what is common, and what a family adds."""

import argparse
from pathlib import Path

from model import cli, curves, families
from model.errors import InputError
from model.options import add_to
from quant import source_options
from quant.monte_carlo import AXES, Axis, MonteCarlo
from sim import engines

EXAMPLE = """examples:
  python -m sim.fer --code qc_ldpc --ebn0 2.6:3.4:0.2 --out build/fer.json --plot build/fer.png
  python -m sim.fer --spec my.json --ebn0 3.0 --model golden --min-frame-errors 20 --json
  python -m sim.fer --code qc_ldpc --ebn0 3.0:3.6:0.2 --engine ray --ray-address 10.0.0.1:6379
  python -m sim.fer --code mimo_precoder_32x4 --snr 6,8,10 --out build/ber.json
  python -m sim.fer --code qc_ldpc --recorded --with qc_ldpc_4bit --plot build/recorded.png

Points, links and models are those of the spec's family: --help with --code or --spec shows them. A
frame is wrong if one of its (information) bits is. Frames are counted in units: a point ends with
the unit that brings it to --min-frame-errors (--min-bit-errors of a precoder, whose frames are
coherence blocks) or to --max-frames, whatever engine and number of workers. The same seed gives the
same frames to every model. A results file that exists is added to, also by several runs at once;
--plot draws it with those of --with. Rates are for one core, from processor time.
"""
MOST_POINTS = 200
LEAST_ERRORS = {"min_frame_errors": 100, "min_bit_errors": 1000}


def parser(part: type[MonteCarlo]) -> argparse.ArgumentParser:
    """Return the command line for the specs of a family."""
    p = cli.Parser(
        prog="python -m sim.fer",
        description="Error rates of a spec by Monte Carlo.",
        epilog=EXAMPLE,
    )
    source_options.add_to(p)
    p.add_argument("--model", default=part.models[0],
                   help=f"{', '.join(part.models)} (default {part.models[0]})")  # fmt: skip
    add_to(p, part.link)
    for axis in AXES:
        mine = axis == part.axis
        p.add_argument(f"--{axis.option}", metavar="DB", dest=axis.field,
                       help=f"{axis.name}: START:STOP:STEP, or values: 2.8,3 (=-2,0 if negative)"
                       if mine else argparse.SUPPRESS)  # fmt: skip
    for name, least in LEAST_ERRORS.items():
        mine = name == least_option(part)
        text = f"a point (default {least})" if mine else argparse.SUPPRESS
        p.add_argument(f"--{name.replace('_', '-')}", type=int, help=text)
    p.add_argument("--max-frames", type=int, default=10_000_000,
                   help=f"{part.frame}s a point (default 10000000)")  # fmt: skip
    p.add_argument("--seed", type=int, default=1, help="(default 1)")
    p.add_argument("--engine", choices=engines.NAMES, default="local", help="(default local)")
    p.add_argument("--workers", type=int, help="(default: all cores)")
    p.add_argument("--ray-address", metavar="HOST:PORT", help="cluster (default: one started here)")
    p.add_argument("--out", type=Path, metavar="FILE.json", help="results, added to if there")
    p.add_argument("--save-failures", type=Path, metavar="FILE", help="wrong frames for sim.replay")
    p.add_argument("--plot", type=Path, metavar="FILE.png", help="draw the curves")
    p.add_argument("--with", dest="others", type=Path, nargs="+", default=[],
                   metavar="FILE.json|NAME", help="for the plot: results of other specs or models, "
                   "or presets with error rates on record")  # fmt: skip
    p.add_argument("--record", action="store_true",
                   help="keep all points counted with the spec, in its file")  # fmt: skip
    p.add_argument("--recorded", action="store_true",
                   help="count nothing: print, and --plot, what is kept with the spec")  # fmt: skip
    p.add_argument("--json", action="store_true", help="one JSON object as the last line")
    return p


def least_option(part: type[MonteCarlo]) -> str:
    """The option that says how many errors end a point."""
    return "min_frame_errors" if part.frames_decide else "min_bit_errors"


def least_errors(args: argparse.Namespace, part: type[MonteCarlo]) -> int:
    """Its value."""
    name = least_option(part)
    return LEAST_ERRORS[name] if getattr(args, name) is None else getattr(args, name)


def points_of(text: str, axis: Axis) -> list[float]:
    """Points in dB of ``START:STOP:STEP`` (both ends included) or ``A,B,...``."""
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
            f"--{axis.option} {text!r} is neither START:STOP:STEP (up to {MOST_POINTS} points) "
            "nor A,B,..."
        ) from None
    return sorted({round(axis.checked(value), 3) for value in values})


def check(args: argparse.Namespace, family: families.Family, part: type[MonteCarlo]) -> None:
    """``InputError`` for what no run can be made of, before anything is read or compiled."""
    for option in (*LEAST_ERRORS, "max_frames", "workers"):
        value = getattr(args, option)
        if value is not None and value < 1:
            raise InputError(f"--{option.replace('_', '-')} must be at least 1, not {value}")
    if not 0 <= args.seed < 2**64:
        raise InputError(f"--seed must be 0 to 2^64 - 1, not {args.seed}")
    source_options.check(args)
    part.checked_model(args.model, family.name)
    mine = {part.axis.field: f"--{part.axis.option}",
            least_option(part): f"--{least_option(part).replace('_', '-')}"}  # fmt: skip
    others = {axis.field: f"--{axis.option}" for axis in AXES}
    others |= {name: f"--{name.replace('_', '-')}" for name in LEAST_ERRORS}
    for name, option in others.items():
        if name not in mine and getattr(args, name) is not None:
            raise InputError(f"{option} {getattr(args, name)}: not an option of family "
                             f"{family.name!r}, which has {', '.join(mine.values())}")  # fmt: skip
    if args.recorded:
        for option in (*mine, "out", "save_failures", "record"):
            if getattr(args, option) not in (None, False):
                name = mine.get(option, f"--{option.replace('_', '-')}")
                raise InputError(f"{name}: not with --recorded, which counts nothing")
    elif getattr(args, part.axis.field) is None:
        raise InputError(f"--{part.axis.option} is needed: {part.axis.name} in dB")
    if args.save_failures is not None:
        families.need(family, "replay")
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
