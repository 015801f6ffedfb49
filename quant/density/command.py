"""``python -m quant.density`` for decoders: thresholds of a spec and of float decoders."""

from collections.abc import Callable, Sequence

from model import cli
from model.errors import InputError
from quant import source_options
from quant.density.evolution import Evolution
from quant.density.floats import FloatEnsemble
from quant.density.integers import IntegerEnsemble
from quant.density.threshold import TARGET, threshold_db
from quant.spec import Spec

EXAMPLE = """example:
  python -m quant.density --spec qc_ldpc
  python -m quant.density --spec build/mine.json --no-float --json
  python -m quant.density --code wifi_648_r12 --target 1e-4 --many 100

The code's base graph without cycles, as a very long lift of it is: the lowest Eb/N0 at which the
bit error rate of the information bits falls to --target, after the spec's own iterations and after
many, whose maps are those of the last one. The finite code needs more (python -m sim.fer), but what
one decoder loses to another is about the same. BPSK over AWGN; of retries only the first try.
"""
FLOATS = {"min-sum x 0.75": 0.75, "min-sum": 1.0, "belief propagation": None}
"""What is computed beside the spec -> factor of its messages."""


def main(argv: Sequence[str]) -> int:
    """Print the thresholds."""
    p = cli.Parser(
        prog="python -m quant.density",
        description="From what Eb/N0 on a spec decodes a very long code, by density evolution.",
        epilog=EXAMPLE,
    )
    source_options.add_to(p)
    p.add_argument("--target", type=float, default=TARGET, metavar="RATE",
                   help=f"bit error rate to fall to (default {TARGET:g})")  # fmt: skip
    p.add_argument("--many", type=int, default=200, metavar="ITERATIONS",
                   help="of the limit (default 200)")  # fmt: skip
    p.add_argument("--no-float", action="store_true",
                   help="the spec alone: belief propagation takes minutes")  # fmt: skip
    p.add_argument("--json", action="store_true", help="one JSON object as the last line")
    args = p.parse_args(argv)
    if not 0 < args.target < 0.1:
        raise InputError(f"--target must be more than 0 and less than 0.1, not {args.target:g}")
    if not 1 <= args.many <= 10_000:
        raise InputError(f"--many must be 1 to 10000, not {args.many}")
    spec = source_options.chosen(args)
    ensemble = IntegerEnsemble(spec)
    print(f"{spec.describe()}: base graph of {ensemble.graph.edges} edges, BPSK over AWGN")
    print(f"Eb/N0 in dB for bit error rate {args.target:g} after {spec.iterations} iterations, "
          f"after {args.many}")  # fmt: skip
    found = {spec.name: _thresholds(spec.name, ensemble.at, spec, args)}
    if not args.no_float:
        layers = None if spec.flooding else spec.layer_order
        for name, alpha in FLOATS.items():
            near = found[spec.name]
            found[name] = _thresholds(
                name, FloatEnsemble(spec.code, layers, alpha).at, spec, args, near
            )
    if args.json:
        cli.print_json({
            "spec_sha": spec.sha, "target": args.target, "iterations": spec.iterations,
            "many": args.many, "thresholds_db": found,
        })  # fmt: skip
    return 0


def _thresholds(
    name: str, at: Callable[[float], Evolution], spec: Spec, args, near: Sequence[float | None] = ()
) -> list[float | None]:
    """Print a line: both thresholds in dB, None for one that there is not.

    near : thresholds that these are near to
    """
    found: list[float | None] = []
    for iterations in (spec.iterations, args.many):
        guess = next((each for each in near[len(found) :] if each is not None), None)
        try:
            db = threshold_db(at, iterations, args.target, found[-1] if found else guess)
            found.append(round(db, 3))
        except InputError:
            found.append(None)
    shown = ["none" if each is None else f"{each:.3f}" for each in found]
    print(f"{name:24} {shown[0]:>8} {shown[1]:>8}", flush=True)
    return found
