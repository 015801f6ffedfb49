"""What quantisation costs: Eb/N0 of a spec against floating point on the same frames.

``python -m quant.loss --spec FILE`` of a decoder decodes random codewords with the C model of
the spec and with float normalised min-sum (0.75) or sum-product, the same schedule and iterations,
and reads the distance of the two curves at a frame error rate. Specs of other kinds have modules
of their own.
"""

import importlib
import sys
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from tqdm import tqdm

from model import cli
from model.channel import checked_ebn0, point_generator, random_frames
from model.encode import Encoder
from model.errors import InputError
from model.rates import crossing
from quant import kinds, measured
from quant.cmodel import CModel
from quant.cmodel.soft import SoftDecoder
from quant.spec import Spec

EXAMPLE = """example:
  python -m quant.loss --spec quant/presets/qc_ldpc.json --ebn0 2.95 3.05 3.15 --errors 100
  python -m quant.loss --spec qc_ldpc_flooding --reference sum-product --ebn0 2.85 2.95 3.05

Frame errors count wrong information bits. The points must enclose the target error rate for both
decoders; both curves are interpolated linearly in log10 of the error rate.
"""
FAMILIES = {"c2po_precoder": "quant.precoder.loss"}
"""Kinds of specs that are no decoders, and the module whose ``main`` measures their loss."""

REFERENCES = ("min-sum", "sum-product")
BATCH = 256
RESAMPLINGS = 1000


@dataclass(frozen=True)
class PairedPoint:
    """Counts at one Eb/N0; ``both`` frames were wrong in float and in integers."""

    ebn0_db: float
    frames: int
    float_errors: int
    integer_errors: int
    both: int


@dataclass(frozen=True)
class Loss:
    """Loss in dB at frame error rate ``target`` with a 95 % interval from resampling."""

    target: float
    loss_db: float
    low_db: float
    high_db: float
    float_db: float
    integer_db: float


def measure(
    spec: Spec,
    ebn0_db: float,
    errors: int = 100,
    most_frames: int = 200_000,
    alpha: float | None = 0.75,
    seed: int = 1,
    progress: tqdm | None = None,
) -> PairedPoint:
    """Decode the same frames both ways until both have ``errors`` wrong ones.

    ``alpha`` : factor of the float min-sum; None: sum-product
    """
    graph = spec.graph()
    encoder, compiled, reference = Encoder(graph), CModel(spec), SoftDecoder(spec, alpha)
    where = encoder.information_positions
    rng = point_generator(seed, ebn0_db)
    frames, count = 0, np.zeros(3, dtype=np.int64)
    while count[:2].min() < errors and frames < most_frames:
        words, llr = random_frames(graph, encoder, BATCH, ebn0_db, rng)
        words = words[:, where]
        soft = reference.decode(llr).bits[:, where]
        whole = compiled.decode(compiled.quantise(llr)).bits[:, where]
        wrong_soft, wrong_whole = (soft != words).any(axis=1), (whole != words).any(axis=1)
        count += wrong_soft.sum(), wrong_whole.sum(), (wrong_soft & wrong_whole).sum()
        frames += BATCH
        if progress is not None:
            progress.update(BATCH)
    return PairedPoint(ebn0_db, frames, *count.tolist())


def loss(points: Sequence[PairedPoint], target: float = 1e-2, seed: int = 1) -> Loss:
    """Distance of the two curves; ``InputError`` if the points do not enclose ``target``."""
    points = sorted(points, key=lambda p: p.ebn0_db)
    at = np.array([p.ebn0_db for p in points])
    frames = np.array([p.frames for p in points])
    table = np.array([[p.both, p.float_errors - p.both, p.integer_errors - p.both] for p in points])
    table = np.column_stack([table, frames - table.sum(axis=1)])

    def ends(cells: np.ndarray) -> tuple[float, float]:
        soft, whole = (cells[:, 0] + cells[:, column] for column in (1, 2))
        return crossing(at, soft / frames, target), crossing(at, whole / frames, target)

    soft_db, whole_db = ends(table)
    if not np.isfinite(soft_db + whole_db):
        rates = ", ".join(
            f"{p.ebn0_db:g} dB: {p.float_errors}, {p.integer_errors} of {p.frames}" for p in points
        )
        raise InputError(f"the points do not enclose FER {target:g} for both decoders ({rates})")
    rng = np.random.default_rng(seed)
    drawn = []
    for _ in range(RESAMPLINGS):
        resampled = ends(np.array([rng.multinomial(row.sum(), row / row.sum()) for row in table]))
        drawn.append(resampled[1] - resampled[0])
    low, high = np.nanpercentile(drawn, [2.5, 97.5])
    return Loss(target, whole_db - soft_db, float(low), float(high), soft_db, whole_db)


def _factor(reference: str, alpha: float | None) -> float | None:
    """The float decoder's factor, None for sum-product."""
    if reference == "min-sum":
        return 0.75 if alpha is None else alpha
    if alpha is not None:
        raise InputError(f"--alpha {alpha:g}: sum-product has no factor")
    return None


def _kind_named(argv: Sequence[str]) -> str | None:
    """The kind of the spec that ``--spec`` names; a broken file is for its reader to explain."""
    p = cli.Parser(add_help=False, allow_abbrev=False, exit_on_error=False)
    p.add_argument("--spec", nargs="?")
    name = p.parse_known_args(argv)[0].spec
    try:
        return None if name is None else kinds.resolve(name).kind
    except InputError:
        return None


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print the points and the loss."""
    argv = sys.argv[1:] if argv is None else list(argv)
    other = FAMILIES.get(_kind_named(argv))
    if other is not None:
        return importlib.import_module(other).main(argv)
    p = cli.Parser(
        prog="python -m quant.loss",
        description="Eb/N0 that a spec loses against floating point.",
        epilog=EXAMPLE,
    )
    p.add_argument("--spec", required=True, help="spec file, or the name of a shipped one")
    p.add_argument("--ebn0", type=float, nargs="+", default=[2.95, 3.05, 3.15], metavar="DB")
    p.add_argument("--errors", type=int, default=100, help="of each decoder a point (default 100)")
    p.add_argument("--most-frames", type=int, default=200_000, help="a point (default 200000)")
    p.add_argument("--target", type=float, default=1e-2, help="frame error rate (default 1e-2)")
    p.add_argument(
        "--reference", choices=REFERENCES, default=REFERENCES[0],
        help="rule of the float decoder; its schedule and iterations are the spec's (default "
        f"{REFERENCES[0]})",
    )  # fmt: skip
    p.add_argument("--alpha", type=float, help="of the float min-sum (default 0.75)")
    p.add_argument("--seed", type=int, default=1, help="(default 1)")
    p.add_argument("--record", action="store_true", help="keep the loss in the spec's file")
    p.add_argument("--json", action="store_true", help="one JSON object as the last line")
    args = p.parse_args(argv)
    for option, value in (("errors", args.errors), ("most-frames", args.most_frames)):
        if value < 1:
            raise InputError(f"--{option} must be at least 1, not {value}")
    if len({checked_ebn0(ebn0_db) for ebn0_db in args.ebn0}) < max(2, len(args.ebn0)):
        raise InputError(f"--ebn0 must be two different points or more, not {args.ebn0}")
    if args.seed < 0:
        raise InputError(f"--seed must not be negative: {args.seed}")
    if not 0 < args.target < 1:
        raise InputError(f"--target must be a rate between 0 and 1, not {args.target:g}")
    alpha = _factor(args.reference, args.alpha)
    spec = kinds.resolve(args.spec)
    points = []
    print(f"{spec.code.name}, {spec.message_bits}-bit messages, lsb {spec.channel.lsb_llr:g} LLR, "
          f"{spec.iterations} iterations, random codewords, seed {args.seed}, "
          f"float: {args.reference}{'' if alpha is None else f' {alpha:g}'}")  # fmt: skip
    for ebn0_db in sorted(args.ebn0):
        with tqdm(desc=f"{ebn0_db:g} dB", unit="frame", file=sys.stderr, leave=False) as bar:
            q = measure(spec, ebn0_db, args.errors, args.most_frames, alpha, args.seed, bar)
        points.append(q)
        print(f"{ebn0_db:6.2f} dB  {q.frames:7} frames  float {q.float_errors / q.frames:.3e} "
              f"({q.float_errors})  spec {q.integer_errors / q.frames:.3e} ({q.integer_errors})",
              flush=True)  # fmt: skip
    found = loss(points, args.target)
    print(f"loss at FER {args.target:g}: {found.loss_db:.3f} dB, 95 % interval "
          f"{found.low_db:.3f} to {found.high_db:.3f}")  # fmt: skip
    if args.record:
        figures = {field: round(value, 4) for field, value in vars(found).items()}
        figures |= {"reference": args.reference}
        measured.keep(args.spec, spec, "loss", figures, "quant.loss", argv)
    if args.json:
        cli.print_json(
            {
                "spec_sha": spec.sha, "lsb_llr": spec.channel.lsb_llr, "seed": args.seed,
                "reference": args.reference,
                "points": [vars(q) for q in points], **vars(found),
            }
        )  # fmt: skip
    return 0


if __name__ == "__main__":
    cli.run(main)
