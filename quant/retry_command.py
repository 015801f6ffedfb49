"""``python -m quant.retry_command``: a spec with retries, from one without."""

from collections.abc import Sequence
from pathlib import Path

from model import cli
from model.errors import InputError
from quant import source_options
from quant.provenance import command_of
from quant.retry_lists import with_retries

EXAMPLE = """example:
  python -m quant.retry_command --spec qc_ldpc --retry 20:reversed --retry 20:scale=0.7 \\
      --out build/again.json
  python -m quant.retry_command --spec qc_ldpc --iterations 30 --retry 30:maps --seed 3 \\
      --out build/again.json
  python -m sim.fer --spec build/again.json --ebn0 3.2,3.6

A frame that is not verified after --iterations is decoded anew from its channel values, once for
each --retry, until one verifies it: ITERATIONS at most, and what is another one then than at first,
each behind a colon: order=ROW,.. or reversed, values=V,.. or scale=F of the channel, maps (drawn at
random from the spec's codebook).
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Write the spec, say what it is."""
    p = cli.Parser(
        prog="python -m quant.retry_command",
        description="Let a layered decoder try frames again that it could not verify.",
        epilog=EXAMPLE,
    )
    source_options.add_to(p)
    p.add_argument(
        "--retry", action="append", required=True, metavar="ITERATIONS[:..]",
        help="one more try; give it again for the next one",
    )  # fmt: skip
    p.add_argument("--iterations", type=int, help="of the first try (default: the spec's)")
    p.add_argument("--seed", type=int, default=1, help="of drawn maps (default 1)")
    p.add_argument("--name", help="top-level name (default: the spec's with _retry)")
    p.add_argument("--out", required=True, type=Path, metavar="SPEC.json", help="spec to write")
    args = p.parse_args(argv)
    source = source_options.chosen(args)
    if not hasattr(source, "retries"):
        raise InputError(f"{source.name}: only layered decoders have retries, it is {source.kind}")
    if args.iterations is not None and args.iterations < 1:
        raise InputError(f"--iterations {args.iterations}: at least 1 is due")
    spec = with_retries(source, args.retry, args.iterations, args.seed)
    spec = spec.renamed(args.name or f"{source.name}_retry")
    command = command_of("quant.retry_command", argv)
    spec = spec.with_provenance({"retries": {"command": command, "from": source.sha}})
    print(f"{spec.save(args.out)}: {spec.describe()}")
    print(f"spec {spec.sha}")
    return 0


if __name__ == "__main__":
    cli.run(main)
