"""``python -m quant.retry_command``: a spec with retries, from one without."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from model import cli
from model.errors import InputError
from quant import source_options
from quant.fields import whole
from quant.min_sum.failures import MOST_FRAMES, wrong_frames
from quant.provenance import command_of
from quant.retry_lists import drawn_maps, with_retries
from quant.retry_search import Failures, chosen_maps
from quant.spec import Spec

EXAMPLE = """example:
  python -m quant.retry_command --spec qc_ldpc --retry 20:reversed --retry 20:scale=0.7 \\
      --out build/again.json
  python -m quant.retry_command --spec qc_ldpc --iterations 30 --retry 30:maps --seed 3 \\
      --out build/again.json
  python -m quant.retry_command --spec qc_ldpc --iterations 30 --retry 30:maps --retry 30:maps \\
      --candidates 64 --ebn0 3.2 3.6 4.0 --out build/again.json
  python -m sim.fer --spec build/again.json --ebn0 3.2,3.6

A frame that is not verified after --iterations is decoded anew from its channel values, once for
each --retry, until one verifies it: ITERATIONS at most, and what is another one then than at first,
each behind a colon: order=ROW,.. or reversed, values=V,.. or scale=F of the channel, maps (drawn at
random from the spec's codebook). With --candidates so many maps are drawn, and each retry has those
with which the list mends most of the frames that the first try leaves wrong at each --ebn0.
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
    p.add_argument("--seed", type=int, default=1,
                   help="of drawn maps; frames are those of the next (default 1)")  # fmt: skip
    p.add_argument("--candidates", type=int, help="maps to choose from (default: the first drawn)")
    p.add_argument("--ebn0", type=float, nargs="+", metavar="DB", help="where maps are chosen")
    p.add_argument("--failures", type=int, default=2000,
                   help="frames to choose by at each Eb/N0, at most (default 2000)")  # fmt: skip
    p.add_argument("--frames", type=int, default=MOST_FRAMES,
                   help=f"frames sent for them, at most (default {MOST_FRAMES})")  # fmt: skip
    p.add_argument("--name", help="top-level name (default: the spec's with _retry)")
    p.add_argument("--out", required=True, type=Path, metavar="SPEC.json", help="spec to write")
    args = p.parse_args(argv)
    source = source_options.chosen(args)
    if not hasattr(source, "retries"):
        raise InputError(f"{source.name}: only layered decoders have retries, it is {source.kind}")
    if args.iterations is not None and args.iterations < 1:
        raise InputError(f"--iterations {args.iterations}: at least 1 is due")
    made = {"command": command_of("quant.retry_command", argv), "from": source.sha}
    spec = with_retries(source, args.retry, args.iterations, args.seed)
    if args.candidates is None:
        if args.ebn0 is not None:
            raise InputError("--ebn0: nothing is chosen without --candidates")
    else:
        spec, made = _chosen(spec, args, made)
    spec = spec.renamed(args.name or f"{source.name}_retry")
    spec = spec.with_provenance({"retries": made})
    print(f"{spec.save(args.out)}: {spec.describe()}")
    print(f"spec {spec.sha}")
    return 0


def _chosen(spec: Spec, args, made: dict) -> tuple[Spec, dict]:
    """The spec with the best of drawn maps, and the provenance with what they leave."""
    whole("--candidates", args.candidates, len(spec.retries), 10_000)
    whole("--failures", args.failures, 1, 1_000_000)
    whole("--frames", args.frames, 1, 1 << 40)
    if args.ebn0 is None:
        raise InputError("--ebn0 is needed to choose maps of --candidates")
    if not any(retry.map_index for retry in spec.retries):
        raise InputError("--candidates: no --retry has maps")
    first = replace(spec, retries=(), provenance={})
    seed = args.seed + 1  # other frames than those that rates are counted on by default
    points = [
        Failures(ebn0_db, *wrong_frames(first, ebn0_db, args.failures, seed, args.frames, 1))
        for ebn0_db in args.ebn0
    ]
    rows = drawn_maps(first, args.candidates, args.seed)
    retries, left, as_drawn = chosen_maps(first, spec.retries, rows, points)
    print("left wrong after each try, of the search's own frames:")
    for place, point in enumerate(points):
        counts = " ".join(f"{each[place]:6}" for each in left)
        print(f"  {point.ebn0_db:g} dB {counts}  of {point.sent:,}; as first drawn "
              f"{as_drawn[place]}")  # fmt: skip
    made |= {"sent": [point.sent for point in points], "left": left}
    return replace(spec, retries=tuple(retries), provenance={}), made


if __name__ == "__main__":
    cli.run(main)
