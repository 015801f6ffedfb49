"""``python -m quant.restarts.command``: a spec with restarts, from a decoder's."""

from collections.abc import Sequence
from pathlib import Path

from model import cli
from model.automorphisms import FORMS, permutation
from model.errors import InputError
from quant import source_options
from quant.provenance import command_of
from quant.restarts.spec import RestartSpec
from quant.spec import Spec

EXAMPLE = """example:
  python -m quant.fit --code bch_63_36_cycle_reduced --alpha 0.5 --iterations 2 \\
      --schedule flooding --message-bits 5 --out build/block.json
  python -m quant.restarts.command --spec build/block.json --rotation shift:10 --out build/bch.json
  python -m sim.fer --spec build/bch.json --ebn0 4.0,4.5

The decoder runs in blocks, each from the permuted, damped values of the one before. Permutations
have to map the code onto itself, which is checked.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Write the spec, say what it is."""
    p = cli.Parser(
        prog="python -m quant.restarts.command",
        description="Let a decoder start again, permuted by a symmetry of its code.",
        epilog=EXAMPLE,
    )
    source_options.add_to(p)
    p.add_argument("--rotation", required=True, metavar="PERMUTATION",
                   help=f"between two blocks: {FORMS}")  # fmt: skip
    p.add_argument("--blocks", type=int, default=30, help="of a start, at most (default 30)")
    p.add_argument("--damping", type=int, default=2, metavar="SHIFT",
                   help="a block moves values by 2^-SHIFT of what it adds (default 2)")  # fmt: skip
    p.add_argument("--starts", nargs="+", default=["identity"], metavar="PERMUTATION",
                   help="side by side, each with the channel's values permuted so: the result is "
                   "the nearest word of those that verify one (default identity)")  # fmt: skip
    p.add_argument("--name", help="top-level name (default: the decoder's with _restarts)")
    p.add_argument("--out", required=True, type=Path, metavar="SPEC.json", help="spec to write")
    args = p.parse_args(argv)
    decoder = source_options.chosen(args)
    if not isinstance(decoder, Spec):
        raise InputError(f"{decoder.name} is of kind {decoder.kind!r}, must be a min-sum decoder")
    spec = RestartSpec(
        args.name or f"{decoder.name}_restarts",
        decoder,
        args.blocks,
        args.damping,
        permutation(args.rotation, decoder.n, "--rotation"),
        tuple(permutation(text, decoder.n, "--starts") for text in args.starts),
        {"restarts": {"command": command_of("quant.restarts.command", argv), "from": decoder.sha}},
    )
    print(f"{spec.save(args.out)}: {spec.describe()}")
    print(f"spec {spec.sha}")
    return 0


if __name__ == "__main__":
    cli.run(main)
