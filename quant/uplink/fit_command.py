"""``python -m quant.fit --code uplink``: a detector and a decoder to one spec."""

from collections.abc import Sequence
from pathlib import Path

from model import cli
from model.errors import InputError
from model.files import checked_file_name, write_atomic
from model.version import VERSION
from quant import kinds
from quant.provenance import command_of
from quant.sources import spec_for
from quant.uplink.joined import joined
from quant.uplink.spec import CODE

_ABOUT = """Put a detector and a decoder together: every user's codeword comes out of the detector's
LLRs. The detector's LLR gain and width change, so that they fit the decoder's channel codes."""
_EXAMPLE = """examples:
  python -m quant.fit --code uplink --detector my_detector.json --decoder qc_ldpc --out uplink.json
"""


def main(argv: Sequence[str]) -> int:
    """Command line; returns the exit code."""
    parser = cli.Parser(prog="python -m quant.fit", description=_ABOUT, epilog=_EXAMPLE)
    parser.add_argument("--code", required=True, metavar="CODE", help=CODE)
    parser.add_argument("--detector", required=True, metavar="NAME|FILE", help="its spec")
    parser.add_argument("--decoder", required=True, metavar="NAME|FILE", help="its spec, or a code")
    parser.add_argument("--out", required=True, metavar="SPEC.json", help="spec to write")
    parser.add_argument("--name", metavar="NAME", help="top-level name (default: from --out)")
    parser.add_argument(
        "--llr-bits", type=int, default=6, metavar="BITS", help="of an LLR (default 6)"
    )
    parser.add_argument(
        "--llr-scale", type=float, default=1.0, metavar="FACTOR",
        help="what LLRs are multiplied with (default 1)",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object as the last line")
    args = parser.parse_args(argv)
    if args.code != CODE:
        raise InputError(f"--code {args.code}: this command is for {CODE}")
    if not 0.01 <= args.llr_scale <= 100:
        raise InputError(f"--llr-scale is {args.llr_scale:g}, must be 0.01 to 100")
    out = checked_file_name(Path(args.out), "--out")
    spec = joined(
        args.name or out.stem, kinds.resolve(args.detector), spec_for(args.decoder),
        args.llr_bits, args.llr_scale, command=command_of("quant.fit", argv), version=VERSION,
    )  # fmt: skip
    write_atomic(out, spec.to_json())
    print(f"{out}: {spec.describe()}")
    if args.json:
        cli.print_json({"out": str(out), "sha": spec.sha, "thresholds": list(spec.thresholds)})
    return 0
