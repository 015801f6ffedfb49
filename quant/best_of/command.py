"""``python -m quant.best_of.command``: decoders side by side, from one of them."""

from collections.abc import Sequence
from pathlib import Path

from model import cli
from model.errors import InputError
from model.files import checked_file_name
from model.names import checked_identifier
from quant import source_options
from quant.best_of.draw import best_members
from quant.best_of.spec import MAX_MEMBERS, BestOfSpec
from quant.fields import whole
from quant.kinds import resolve
from quant.min_sum.failures import unverified_frames
from quant.provenance import command_of
from quant.spec import Spec

EXAMPLE = """example:
  python -m quant.best_of.command --spec ccsds_128_64_layered --ebn0 4.2 --members 5 \\
      --out build/best.json
  python -m quant.best_of.command --spec a.json --with b.json c.json --out build/best.json
  python -m sim.fer --spec build/best.json --ebn0 4.0,4.5

All members decode every frame; the result is that of one that verifies it, or else has the fewest
odd checks. Without --with the others are the first one with drawn maps and layers in a drawn order:
of --candidates those that verify most of the frames that it fails on and those before leave.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Write the spec, say what it is."""
    p = cli.Parser(
        prog="python -m quant.best_of.command",
        description="Put several decoders of one code side by side; the best result counts.",
        epilog=EXAMPLE,
    )
    source_options.add_to(p)
    p.add_argument("--with", nargs="+", dest="others", metavar="NAME|FILE",
                   help="specs of the other members, in place of drawn ones")  # fmt: skip
    p.add_argument("--members", type=int, help="in all, 2 to 8 (default 5)")
    p.add_argument("--candidates", type=int, help="that are drawn (default 16)")
    p.add_argument(
        "--ebn0", type=float, metavar="DB",
        help="where members are chosen: at a frame error rate of 1e-2 to 1e-4",
    )  # fmt: skip
    p.add_argument(
        "--failures", type=int,
        help="frames that the first one fails on, to choose by (default 2000)",
    )  # fmt: skip
    p.add_argument(
        "--iterations", type=int,
        help="of all members (default: the first one's); its last maps go on",
    )  # fmt: skip
    p.add_argument("--seed", type=int, help="of frames and draws (default 1)")
    p.add_argument("--name", help="top-level name (default: the first one's with _best)")
    p.add_argument("--out", required=True, type=Path, metavar="SPEC.json", help="spec to write")
    args = p.parse_args(argv)
    first = source_options.chosen(args)
    if not isinstance(first, Spec):
        raise InputError(f"{first.name} is of kind {first.kind!r}, must be a min-sum decoder")
    if first.retries:
        raise InputError(f"{first.name} has {len(first.retries)} retries, must have none")
    name = checked_identifier("--name", args.name or f"{first.name}_best")
    checked_file_name(args.out, "--out")
    members = [first, *(resolve(other) for other in args.others or ())]
    if args.iterations is not None:
        whole("--iterations", args.iterations, 1, 127)
        members = [_with_iterations(member, args.iterations) for member in members]
    made = {"command": command_of("quant.best_of.command", argv), "from": members[0].sha}
    if args.others:
        _check_none_drawn(args)
    else:
        members, made = _drawn(members[0], args, made)
    spec = BestOfSpec(name, tuple(members), {"best_of": made})
    print(f"{spec.save(args.out)}: {spec.describe()}")
    print(f"spec {spec.sha}")
    return 0


def _with_iterations(member, iterations: int):
    """Of a member that is none the spec says what is wrong."""
    return member.with_iterations(iterations) if isinstance(member, Spec) else member


def _check_none_drawn(args) -> None:
    """``InputError`` for an option of the draw beside members by name."""
    for option in ("members", "candidates", "failures", "seed", "ebn0"):
        value = getattr(args, option)
        if value is not None:
            raise InputError(f"--{option} {value}: nothing is drawn with --with")


def _drawn(first: Spec, args, made: dict) -> tuple[list[Spec], dict]:
    """Members by chance, and the provenance with what they leave."""
    count, candidates, failures, seed = (
        default if given is None else given
        for given, default in ((args.members, 5), (args.candidates, 16), (args.failures, 2000),
                               (args.seed, 1))
    )  # fmt: skip
    whole("--members", count, 2, MAX_MEMBERS)
    whole("--candidates", candidates, count - 1, 1000)
    whole("--failures", failures, 1, 1_000_000)
    whole("--seed", seed, 0, 2**63 - 1)
    if args.ebn0 is None:
        raise InputError("--ebn0 is needed to choose members, or --with names them")
    codes, sent = unverified_frames(first, args.ebn0, failures, seed)
    members, left = best_members(first, count, candidates, codes, seed)
    print(f"of {sent:,} frames at {args.ebn0:g} dB so many are not verified, the search's own:")
    for count, unverified in enumerate(left, start=1):
        print(f"  {count} {'member ' if count == 1 else 'members'} {unverified}")
    return members, {**made, "frames": sent, "left": left}


if __name__ == "__main__":
    cli.run(main)
