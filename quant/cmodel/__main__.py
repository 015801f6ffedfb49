"""``python -m quant.cmodel``: write the C model of a spec."""

from collections.abc import Sequence
from pathlib import Path

from model import cli, families
from model.files import write_atomic
from quant import source_options
from quant.kinds import family_of

EXAMPLE = """example:
  python -m quant.cmodel --spec quant/presets/qc_ldpc.json --out build/cmodel
  g++ -std=c++17 -O3 -ffp-contract=off -shared -fPIC -o qc_ldpc.so \\
      build/cmodel/qc_ldpc_cmodel.cpp
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Write NAME_cmodel.cpp and NAME_cmodel.h."""
    p = cli.Parser(
        prog="python -m quant.cmodel",
        description="A spec as one C++17 file with a C interface: decoder, encoder, simulation.",
        epilog=EXAMPLE,
    )
    source_options.add_to(p)
    p.add_argument("--out", required=True, metavar="DIR", help="folder for the two files")
    p.add_argument("--json", action="store_true", help="one JSON object as the last line")
    args = p.parse_args(argv)
    spec = source_options.chosen(args)
    texts = families.need(family_of(spec), "c_model")(spec)
    paths = [write_atomic(Path(args.out) / name, text) for name, text in texts.items()]
    print("\n".join(str(path) for path in paths))
    if args.json:
        cli.print_json({"spec_sha": spec.sha, "files": [str(path) for path in paths]})
    return 0


if __name__ == "__main__":
    cli.run(main)
