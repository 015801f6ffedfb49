"""``python -m quant.search``: thresholds, levels and channel step by counted frame errors."""

import shlex
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from model import catalog, cli
from model.channel import checked_ebn0
from model.errors import InputError
from quant import kinds
from quant.cmodel.tunable import TunableModel
from quant.fit import default_spec
from quant.search.candidates import Tables, restaged
from quant.search.descent import Settings, descend
from quant.search.trial import Trial, waterfall_db
from quant.spec import Spec

EXAMPLE = """examples:
  python -m quant.search --code wifi_648_r12 --message-bits 3 --minutes 5 --out build/wifi3.json
  python -m quant.search --spec build/wifi3.json --ties --minutes 5 --out build/wifi3_ties.json

Starts from a spec (with --stages, --ties or --apart its maps may differ by iteration only) or from
the untrained one of a code. Every step is measured on the C model: frame errors at the Eb/N0
where the start has FER 1.5e-2, and on the frames that need its last iterations --tail-db above.
The spec is written after every sweep; stop when you like, go on with --spec.
"""
WATERFALL_FER = 0.015


def main(argv: Sequence[str] | None = None) -> int:
    """Search, write the spec after every sweep."""
    argv = sys.argv[1:] if argv is None else list(argv)
    p = cli.Parser(
        prog="python -m quant.search",
        description="Search the alphabet of a decoder by the frame errors it makes.",
        epilog=EXAMPLE,
    )
    start = p.add_mutually_exclusive_group(required=True)
    start.add_argument("--spec", help="spec file, or the name of a shipped one")
    start.add_argument("--code", help="name or code file: start untrained")
    p.add_argument("--out", required=True, type=Path, metavar="SPEC.json", help="spec to write")
    p.add_argument("--name", help="top-level name (default: as it was)")
    p.add_argument("--message-bits", type=int, default=3, help="with --code (default 3)")
    p.add_argument("--iterations", type=int, default=10, help="with --code (default 10)")
    p.add_argument("--ties", action="store_true", help="levels of their own for ties")
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
    p.add_argument("--ebn0", type=float, metavar="DB", help="(default: where FER is 1.5e-2)")
    p.add_argument("--tail-db", type=float, default=0.75, help="above that (default 0.75)")
    p.add_argument("--tail-weight", type=float, default=0.25, help="(default 0.25)")
    p.add_argument("--deviations", type=float, default=0.8,
                   help="how sure an improvement must be to be taken (default 0.8)")  # fmt: skip
    p.add_argument("--seed", type=int, default=1, help="(default 1)")
    p.add_argument("--json", action="store_true", help="one JSON object as the last line")
    args = p.parse_args(argv)
    for name, value in (("frames", args.frames), ("tail-frames", args.tail_frames)):
        if value < 1:
            raise InputError(f"--{name} must be at least 1, not {value}")
    if not 0 < args.minutes < 1e5:
        raise InputError(f"--minutes must be more than 0, not {args.minutes:g}")
    if args.seed < 0:
        raise InputError(f"--seed must not be negative: {args.seed}")

    spec = _start(args)
    model = TunableModel(spec)
    at = waterfall_db(model, WATERFALL_FER, args.seed) if args.ebn0 is None else args.ebn0
    trial = Trial(model, checked_ebn0(at), checked_ebn0(at + args.tail_db), args.frames,
                  args.tail_frames)  # fmt: skip
    settings = Settings(args.tail_weight, args.deviations, 60 * args.minutes, args.seed)
    print(f"{spec.describe()}, at {at:g} dB, hard frames of {at + args.tail_db:g} dB, "
          f"seed {args.seed}")  # fmt: skip
    print("sweep  steps taken  errors in the waterfall  of hard frames")
    before = spec.provenance.get("search", {})
    first, commands = before.get("sweeps", 0), before.get("commands", [])
    found = spec
    for sweep in descend(trial, Tables.of(spec), settings, first):
        record = {
            "commands": [*commands, f"python -m quant.search {shlex.join(argv)}"],
            "sweeps": sweep.number + 1,
            "ended": "no step paid" if not sweep.accepted else "time" if sweep.finished else "",
        }
        found = sweep.tables.inside(spec, provenance={**spec.provenance, "search": record})
        found.save(args.out)
        print(f"{sweep.number:5}  {sweep.accepted:11}  {sweep.waterfall_before:10} -> "
              f"{sweep.waterfall_after:<9}  {sweep.hard_before} -> {sweep.hard_after} "
              f"of {sweep.hard}", flush=True)  # fmt: skip
    print(f"{args.out}: lsb {found.channel.lsb_llr:g} LLR, thresholds {list(found.thresholds)}")
    if found.channel.values:
        print(f"channel values {list(found.channel.values)}, cuts {list(found.channel.cuts)}")
    for entry, levels in enumerate(found.maps.codebook):
        print(f"map {entry}: levels {list(levels)}")
    if args.json:
        cli.print_json({"out": str(args.out), "spec_sha": found.sha, "ebn0_db": at,
                        **found.provenance["search"]})  # fmt: skip
    return 0


def _start(args) -> Spec:
    """The spec that the search starts from."""
    if args.spec is not None:
        spec = kinds.resolve(args.spec)
        if not isinstance(spec, Spec):
            raise InputError(f"{args.spec}: a {spec.kind}, no decoder with an alphabet")
    else:
        graph = catalog.resolve(args.code)
        spec = default_spec(graph, args.message_bits, args.iterations, max_maps=16)
    if args.name is not None:
        spec = replace(spec, name=args.name)
    if args.app_bits is not None:
        spec = replace(spec, app_bits=args.app_bits)
    if args.channel_table and not spec.channel.values:
        spec = replace(spec, channel=spec.channel.with_table())
    return restaged(spec, args.stages, args.ties, args.apart)


if __name__ == "__main__":
    cli.run(main)
