"""What integers cost a trained decoder, in dB at a bit error rate: ``python -m quant.trained``.

A spec (the C model, bit for bit golden), the trained float decoder that it stands for and plain
float min-sum of as many iterations decode the same random codewords and noise.
"""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from tqdm import tqdm

from model import cli
from model.channel import checked_ebn0, point_generator, random_frames
from model.decoder import UnfoldedDecoder
from model.encode import Encoder
from model.errors import InputError
from model.inference import decode
from model.parameters import Parameters
from model.rates import clustered, crossing
from quant import kinds, sources
from quant.cmodel import CModel
from quant.cmodel.soft import SoftDecoder
from quant.counting_options import check_counts, check_target
from quant.spec import Spec

EXAMPLE = """example:
  python -m quant.trained --spec bch_63_45 --ebn0 6.3 6.6 6.9 7.4 \\
      --params quant/presets/bch_63_45_relaxed_noms_k1.params.npz

Bit error rates over all transmitted bits. The points must enclose the target for the spec and its
float decoder; each ends when both have --errors wrong frames, or with --most-frames.
"""
NAMES = ("spec", "float", "plain")
CHUNK = 512
RESAMPLINGS = 1000


@dataclass(frozen=True)
class Point:
    """Wrong transmitted bits (wrong frames, 3) of ``NAMES`` in frames that any of them got wrong.

    ``bits`` : transmitted bits of all ``frames``
    """

    ebn0_db: float
    frames: int
    bits: int
    wrong: np.ndarray

    def rates(self, weights: np.ndarray | None = None) -> np.ndarray:
        """Bit error rate of each decoder; ``weights``: how often each kept frame counts."""
        counted = self.wrong if weights is None else self.wrong * weights[:, None]
        return counted.sum(axis=0) / self.bits


def measure(
    decoders: Sequence[Callable[[np.ndarray], np.ndarray]],
    spec: Spec,
    ebn0_db: float,
    errors: int,
    most_frames: int,
    seed: int,
    progress: tqdm,
) -> Point:
    """Decode the same frames until the first two of ``decoders`` have ``errors`` wrong ones."""
    graph = spec.graph()
    encoder, rng = Encoder(graph), point_generator(seed, ebn0_db)
    kept, frames = [np.zeros((0, len(decoders)), dtype=np.int64)], 0
    wrong = np.zeros(len(decoders), dtype=np.int64)
    while wrong[:2].min() < errors and frames < most_frames:
        words, llr = random_frames(graph, encoder, CHUNK, ebn0_db, rng)
        found = [(decoder(llr) != words)[:, graph.transmitted].sum(axis=1) for decoder in decoders]
        counts = np.stack(found, axis=1)
        kept.append(counts[counts.any(axis=1)])
        wrong += (counts > 0).sum(axis=0)
        frames += CHUNK
        progress.update(CHUNK)
    return Point(ebn0_db, frames, frames * graph.n, np.concatenate(kept))


def distances(points: Sequence[Point], target: float, seed: int) -> np.ndarray:
    """Eb/N0 in dB where each of ``NAMES`` meets ``target``: (1 + resamplings, 3), as counted first.

    nan where the points do not enclose it. Whole frames are resampled, the same for all decoders.
    """
    at = [point.ebn0_db for point in points]
    rng = np.random.default_rng(seed)

    def meets(weights: list) -> list[float]:
        rates = np.array([p.rates(w) for p, w in zip(points, weights, strict=True)])
        return [crossing(at, curve, target) for curve in rates.T]

    drawn = [[rng.poisson(1.0, len(p.wrong)) for p in points] for _ in range(RESAMPLINGS)]
    return np.array([meets([None] * len(points)), *(meets(weights) for weights in drawn)])


def main(argv: Sequence[str] | None = None) -> int:
    """Measure as the family of ``--spec`` does."""
    return sources.hand_over("trained", sys.argv[1:] if argv is None else list(argv))


def run(argv: Sequence[str]) -> int:
    """Measure a decoder, print the points and both distances."""
    p = cli.Parser(
        prog="python -m quant.trained",
        description="Eb/N0 that a spec loses against its trained float decoder, and what it gains "
        "over plain float min-sum.",
        epilog=EXAMPLE,
    )
    p.add_argument("--spec", required=True, help="spec file, or the name of a shipped one")
    p.add_argument("--params", required=True, metavar="FILE.npz", help="what it was fitted from")
    p.add_argument("--ebn0", type=float, nargs="+", required=True, metavar="DB")
    p.add_argument("--target", type=float, default=1e-4, help="bit error rate (default 1e-4)")
    p.add_argument("--errors", type=int, default=200, help="wrong frames a point (default 200)")
    p.add_argument("--most-frames", type=int, default=300_000, help="a point (default 300000)")
    p.add_argument("--seed", type=int, default=1, help="(default 1)")
    p.add_argument("--json", action="store_true", help="one JSON object as the last line")
    args = p.parse_args(argv)
    check_counts(args, "errors", "most_frames")
    check_target(args)
    at = sorted({checked_ebn0(ebn0_db) for ebn0_db in args.ebn0})
    spec = kinds.resolve(args.spec)
    torch.set_num_threads(1)
    decoders = _decoders(spec, args.params)
    print(f"{spec.describe()}, random codewords, seed {args.seed}")
    print("Eb/N0 in dB   frames  wrong frames and BER of the spec, its float decoder, min-sum")
    points = []
    for ebn0_db in at:
        with tqdm(desc=f"{ebn0_db:g} dB", unit="frame", file=sys.stderr, leave=False) as bar:
            points.append(
                measure(decoders, spec, ebn0_db, args.errors, args.most_frames, args.seed, bar)
            )
        print(_line(points[-1]), flush=True)
    meets = distances(points, args.target, args.seed)
    if not np.isfinite(meets[0, :2]).all():
        raise InputError(f"the points do not enclose BER {args.target:g} for spec and float model")
    loss, gain = meets[:, 0] - meets[:, 1], meets[:, 2] - meets[:, 0]
    print(f"loss against its float decoder at BER {args.target:g}: {_interval(loss)}")
    enclosed = bool(np.isfinite(gain[0]))
    if enclosed:
        print(f"gain over plain float min-sum: {_interval(gain)}")
    else:
        gain = at[-1] - meets[:, 0]
        print(f"gain over plain float min-sum: more than {_interval(gain)}, it has BER "
              f"{points[-1].rates()[2]:.2e} at {at[-1]:g} dB")  # fmt: skip
    if args.json:
        cli.print_json(
            {
                "spec_sha": spec.sha, "target": args.target, "seed": args.seed,
                "loss_db": _three(loss), "gain_db": _three(gain), "gain_is_a_bound": not enclosed,
                "points": [
                    {"ebn0_db": q.ebn0_db, "frames": q.frames,
                     "frame_errors": (q.wrong > 0).sum(axis=0).tolist(), "ber": q.rates().tolist()}
                    for q in points
                ],
            }
        )  # fmt: skip
    return 0


def _decoders(spec: Spec, path: str) -> list[Callable[[np.ndarray], np.ndarray]]:
    """Of ``NAMES``, functions from LLRs (frames, n) to hard decisions of all variables."""
    compiled, plain = CModel(spec), SoftDecoder(spec, 1.0)
    parameters = Parameters.load(path, spec.graph())
    if parameters.iterations != spec.iterations:
        raise InputError(
            f"{path}: {parameters.iterations} iterations, {spec.name} has {spec.iterations}"
        )
    trained = UnfoldedDecoder.from_parameters(parameters)
    return [
        lambda llr: compiled.decode(compiled.quantise(llr)).bits,
        lambda llr: decode(trained, torch.from_numpy(llr)).bits.numpy(),
        lambda llr: plain.decode(llr).bits,
    ]


def _line(point: Point) -> str:
    cells = []
    for wrong in point.wrong.T:
        errors, squares = int(wrong.sum()), int((wrong**2).sum())
        low, high = clustered(errors, squares, point.bits, point.frames)
        cells.append(f"{(wrong > 0).sum()} {errors / point.bits:.2e} ({low:.2e}..{high:.2e})")
    return f"{point.ebn0_db:11.2f} {point.frames:8}  {'  '.join(cells)}"


def _three(values: np.ndarray) -> list[float]:
    low, high = np.nanpercentile(values[1:], [2.5, 97.5])
    return [round(float(value), 4) for value in (values[0], low, high)]


def _interval(values: np.ndarray) -> str:
    value, low, high = _three(values)
    return f"{value:.3f} dB (95 %: {low:.3f} to {high:.3f})"


if __name__ == "__main__":
    cli.run(main)
