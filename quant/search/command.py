"""``python -m quant.search`` for decoders: thresholds, levels, channel step by frame errors."""

import math
import shlex
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from model import catalog, cli, code_file
from model.channel import checked_ebn0
from model.errors import InputError
from model.files import checked_file_name
from model.locks import locked
from model.options import add_to, chosen
from quant import kinds
from quant.cmodel.tunable import TunableModel
from quant.document import Document
from quant.fit import default_spec
from quant.min_sum.link import Channel
from quant.provenance import fitted_for
from quant.search import anneal, descent
from quant.search.candidates import Tables, add_ties_to, restaged
from quant.search.density_trial import DensityTrial
from quant.search.trial import HARD_FRAMES, Trial, waterfall_db
from quant.spec import Spec

EXAMPLE = """examples:
  python -m quant.search --code wifi_648_r12 --message-bits 3 --minutes 5 --out build/wifi3.json
  python -m quant.search --spec build/wifi3.json --ties --minutes 5 --out build/wifi3_ties.json
  python -m quant.search --spec build/wifi3_ties.json --anneal --minutes 30 --out build/best3.json
  python -m quant.search --spec qc_ldpc --channel rayleigh --modulation qam64 --out build/mine.json

Starts from a spec (with --stages or --apart its maps may differ by iteration only) or from
the untrained one of a code. Every step is measured on the C model: frame errors at the Eb/N0
where the start has FER 1.5e-2, and on the frames that need its last iterations --tail-db above.
The spec is written after every sweep; stop when you like, go on with --spec.

With --anneal the steps are random ones, up to three changes at a time, all on the same frames, and
steps that are a little worse are taken too, fewer and fewer of them. The best is written every
minute. With --steps N in place of a time the result is the same on any machine. With --tables N its
levels need at most N tables of one bit a lane in hardware; more at the start are given up.
--density judges by density evolution in place of frames: a good start within minutes.
"""
WATERFALL_FER = 0.015


def main(argv: Sequence[str]) -> int:
    """Search, write the spec after every sweep, or every minute of annealing."""
    args = parser().parse_args(argv)
    check(args)
    spec = _start(args)
    with locked(args.out):  # each sweep is written over the one before
        return _run(args, argv, spec)


def _run(args, argv: Sequence[str], spec: Spec) -> int:
    channel = chosen(args, Channel)
    trial, at = _trial(args, TunableModel(spec), channel)

    def inside(tables: Tables, provenance: dict) -> Spec:
        return tables.inside(spec, provenance=provenance)

    found = followed(args, argv, trial, Tables.of(spec), spec, at, inside)
    tell(args, found, found, at)
    return 0


def tell(args, found: Document, decoder: Spec, at: float) -> None:
    """Print what was found: the numbers of ``decoder``, which is the spec or a part of it."""
    channel, thresholds = decoder.channel, list(decoder.thresholds)
    print(f"{args.out}: lsb {channel.lsb_llr:g} LLR, thresholds {thresholds}")
    print("\n".join(about(Tables.of(decoder))))
    if args.json:
        cli.print_json({"out": str(args.out), "spec_sha": found.sha, "ebn0_db": at,
                        **found.provenance["search"]})  # fmt: skip


def followed(
    args, argv: Sequence[str], trial, start: Tables, spec: Document, at: float, inside: Callable
) -> Document:
    """Search, and write the spec wherever the search says where it stands; return the last one.

    trial : judges tables (:class:`quant.search.trial.Trial`) ; start : those of ``spec``
    at : Eb/N0 in dB of the waterfall, for the provenance
    inside : of tables and a provenance, ``spec`` with both
    """
    before = spec.provenance.get("search", {})
    commands = [*before.get("commands", []), f"python -m quant.search {shlex.join(argv)}"]
    found = spec
    for state in searched(args, trial, start, before.get("sweeps", 0)):
        search = {"commands": commands, **state.record()}
        made = fitted_for({**spec.provenance, "search": search}, chosen(args, Channel), at)
        found = inside(state.tables, made)
        found.save(args.out)
        print(state.line(), flush=True)
    return found


def _trial(args, model: TunableModel, channel: Channel) -> tuple[Trial | DensityTrial, float]:
    """What judges tables, and at which Eb/N0; say so."""
    what = f"{model.spec.describe()}, {channel}"
    if args.density:
        trial = DensityTrial(model, args.ebn0)
        print(f"{what}, densities at {trial.ebn0_db:g} dB, seed {args.seed}")
        return trial, trial.ebn0_db
    at, tail = points_db(args, model, channel)
    print(f"{what}, at {at:g} dB, hard frames of {tail:g} dB, seed {args.seed}")
    trial = Trial(model, channel, at, tail, args.frames, args.tail_frames,
                  args.hard_frames, args.threads)  # fmt: skip
    return trial, at


def points_db(args, model, channel: Channel) -> tuple[float, float]:
    """Eb/N0 in dB of the waterfall and of the hard frames; ``InputError`` out of range."""
    at = args.ebn0
    if at is None:
        at = waterfall_db(model, channel, WATERFALL_FER, args.seed)
    return checked_ebn0(at), checked_ebn0(at + args.tail_db)


def about(tables: Tables) -> list[str]:
    """The numbers that a search has found, but for steps and thresholds, as lines."""
    channel, lines = tables.channel, []
    if channel.values:
        lines = [f"channel values {list(channel.values)}, cuts {list(channel.cuts)}"]
    levels = enumerate(tables.codebook)
    return lines + [f"map {entry}: levels {list(each)}" for entry, each in levels]


def parser() -> cli.Parser:
    """Return the command line."""
    p = cli.Parser(
        prog="python -m quant.search",
        description="Search the alphabet of a decoder by the frame errors it makes.",
        epilog=EXAMPLE,
    )
    start = p.add_mutually_exclusive_group(required=True)
    start.add_argument("--spec", help="spec file, or the name of a shipped one")
    start.add_argument("--code", help="name or code file: start untrained")
    code_file.add_options(p)
    p.add_argument("--out", required=True, type=Path, metavar="SPEC.json", help="spec to write")
    p.add_argument("--name", help="top-level name (default: as it was)")
    p.add_argument("--message-bits", type=int, default=3, help="with --code (default 3)")
    p.add_argument("--iterations", type=int, default=10, help="with --code (default 10)")
    add_ties_to(p)
    p.add_argument("--stages", metavar="0,I,..", help="first iterations of maps of their own")
    p.add_argument("--apart", type=int, metavar="EDGES",
                   help="maps of their own for columns of at most so many edges")  # fmt: skip
    p.add_argument("--channel-table", action="store_true",
                   help="free values and cuts of the channel, uniform at first")  # fmt: skip
    p.add_argument("--app-bits", type=int, help="of the APP values (default: as it was)")
    p.add_argument("--minutes", type=float, default=10.0, help="(default 10)")
    p.add_argument("--frames", type=int, default=400_000,
                   help="of the waterfall, a sweep (default 400000)")  # fmt: skip
    p.add_argument("--tail-frames", type=int, default=3_000_000,
                   help="searched for hard ones, a sweep (default 3000000)")  # fmt: skip
    p.add_argument("--hard-frames", type=int, default=HARD_FRAMES,
                   help=f"of those at most (default {HARD_FRAMES})")  # fmt: skip
    add_to(p, Channel)
    p.add_argument("--ebn0", type=float, metavar="DB", help="(default: where FER is 1.5e-2)")
    p.add_argument("--tail-db", type=float, default=0.75, help="above that (default 0.75)")
    p.add_argument("--tail-weight", type=float, default=0.25, help="(default 0.25)")
    p.add_argument("--deviations", type=float, default=0.8,
                   help="how sure an improvement by a sweep must be (default 0.8)")  # fmt: skip
    p.add_argument("--anneal", action="store_true",
                   help="random steps, at first also some that are worse")  # fmt: skip
    p.add_argument("--tables", type=int, metavar="N",
                   help="with --anneal: of one bit, at most so many a lane for levels")  # fmt: skip
    p.add_argument("--steps", type=int, metavar="N",
                   help="with --anneal: so many, in place of --minutes")  # fmt: skip
    p.add_argument("--density", action="store_true",
                   help="with --anneal: judge by density evolution, without frames")  # fmt: skip
    p.add_argument("--threads", type=int, default=1, help="that decode (default 1)")
    p.add_argument("--seed", type=int, default=1, help="(default 1)")
    p.add_argument("--json", action="store_true", help="one JSON object as the last line")
    return p


def check(args) -> None:
    """``InputError`` for numbers out of range and options that do not go together."""
    chosen(args, Channel)
    checked_file_name(args.out, "--out")
    for name, value in (("frames", args.frames), ("tail-frames", args.tail_frames),
                        ("hard-frames", args.hard_frames), ("tables", args.tables),
                        ("steps", args.steps), ("threads", args.threads)):  # fmt: skip
        if value is not None and value < 1:
            raise InputError(f"--{name} must be at least 1, not {value}")
    if not 0 < args.minutes < 1e5:
        raise InputError(f"--minutes must be more than 0, not {args.minutes:g}")
    for name, value in (("tail-db", args.tail_db), ("tail-weight", args.tail_weight),
                        ("deviations", args.deviations)):  # fmt: skip
        if not 0 <= value < math.inf:
            raise InputError(f"--{name} must be a number of at least 0, not {value:g}")
    if args.seed < 0:
        raise InputError(f"--seed must not be negative: {args.seed}")
    for name, value in (("tables", args.tables), ("steps", args.steps)):
        if value is not None and not args.anneal:
            raise InputError(f"--{name} {value}: only --anneal heeds it")
    if args.density and not args.anneal:
        raise InputError("--density: goes with --anneal")
    if args.density and not chosen(args, Channel).usual:
        raise InputError(f"--density: for BPSK over AWGN, not for {chosen(args, Channel)}")


def searched(
    args, trial: Trial | DensityTrial, start: Tables, first: int
) -> Iterator[descent.Sweep | anneal.Minute]:
    """Print the header of the search that was asked for and begin it.

    first : sweeps before this search. Annealing counts as one: it has frames of its own.
    """
    seconds = 60 * args.minutes
    print(anneal.HEADER + trial.titles if args.anneal else descent.HEADER)
    if args.anneal:
        settings = anneal.Settings(args.tail_weight, args.tables, seconds, args.steps, args.seed)
        return anneal.anneal(trial, start, settings, first)
    settings = descent.Settings(args.tail_weight, args.deviations, seconds, args.seed)
    return descent.descend(trial, start, settings, first)


def _start(args) -> Spec:
    """The spec that the search starts from."""
    code = code_file.named(args.code, args)
    if args.spec is not None:
        spec = kinds.resolve(args.spec)
    else:
        graph = catalog.resolve(code)
        spec = default_spec(graph, args.message_bits, args.iterations, max_maps=16)
    if args.name is not None:
        spec = replace(spec, name=args.name)
    if args.app_bits is not None:
        spec = replace(spec, app_bits=args.app_bits)
    if args.channel_table and not spec.channel.values:
        spec = replace(spec, channel=spec.channel.with_table())
    return restaged(spec, args.stages, args.ties, args.apart)
