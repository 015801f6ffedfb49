"""Frame error rate of float decoders on the same noise: ``python -m model.evaluate``."""

import math
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from model import catalog, cli, code_file, curves, rates, training_picture
from model.channel import checked_ebn0, point_generator, random_frames
from model.decoder import UnfoldedDecoder
from model.encode import Encoder
from model.errors import InputError
from model.inference import decode, torch_device
from model.parameters import Parameters
from model.schedules import SCHEDULES

EXAMPLE = """example:
  python -m model.evaluate --code qc_ldpc --parameters quant/presets/qc_ldpc.params.npz \\
      --ebn0 2.8 3.0 3.2 --frames 20000 --plot build/trained.png

Compares min-sum, normalised min-sum (0.75) and the trained parameters on the same codewords and
noise. A frame is wrong if one of its information bits is.
"""
CHUNK = 512
Decoder = UnfoldedDecoder | Callable[[np.ndarray], tuple[np.ndarray, np.ndarray, np.ndarray]]
"""An unfolded decoder, or a function from (frames, n) LLRs to hard decisions (frames, n_variables)
of 0 and 1, (frames,) whether every check holds, and (frames,) iterations used."""


@dataclass(frozen=True)
class Point:
    """Errors of one decoder at one Eb/N0.

    Attributes:
        frames, frame_errors: Counts; a frame error is a wrong information bit.
        bit_errors: Wrong information bits.
        undetected: Frames in error although every check held.
        iterations: Mean iterations a frame.
        sent_bits: Transmitted bits, information and parity: what papers on neural decoders count.
        sent_errors: Wrong ones among them.
        sent_squares: Sum over the frames of the squared number of wrong transmitted bits.
    """

    ebn0_db: float
    frames: int
    frame_errors: int
    bit_errors: int
    undetected: int
    iterations: float
    sent_bits: int
    sent_errors: int
    sent_squares: int

    @property
    def fer(self) -> float:
        """Frame error rate."""
        return self.frame_errors / self.frames

    @property
    def fer_deviation(self) -> float:
        """Standard deviation of ``fer`` from counting."""
        return math.sqrt(self.fer * (1 - self.fer) / self.frames)

    @property
    def fer_interval(self) -> tuple[float, float]:
        """95 % interval of ``fer``."""
        return rates.wilson(self.frame_errors, self.frames)

    @property
    def ber(self) -> float:
        """Error rate of all transmitted bits."""
        return self.sent_errors / self.sent_bits

    @property
    def ber_interval(self) -> tuple[float, float]:
        """95 % interval of ``ber``; bits of a frame are wrong together."""
        return rates.clustered(
            self.sent_errors, self.sent_squares, self.sent_bits, self.frames
        )


def measure(
    decoders: dict[str, Decoder],
    ebn0_db: float,
    frames: int,
    seed: int,
    progress: tqdm | None = None,
    errors: int | None = None,
) -> dict[str, Point]:
    """Decode the same random codewords and noise with every decoder (all of one code).

    Args:
        decoders: Decoders by name, the first of them in floating point; integer models are
            functions of the LLRs.
        ebn0_db: Eb/N0 in dB.
        frames: Frames to send.
        seed: Of the codewords and the noise; with Eb/N0 it decides every frame.
        progress: Told how many frames are done.
        errors: A decoder is done early, once it has at least so many frame errors.

    Returns:
        One ``Point`` for each key of ``decoders``.
    """
    graph = next(iter(decoders.values())).graph
    encoder = Encoder(graph)
    where = encoder.information_positions
    rng = point_generator(seed, ebn0_db)
    counts = {name: np.zeros(7) for name in decoders}
    going, sent = dict(decoders), 0
    while going and sent < frames:
        part = min(CHUNK, frames - sent)
        codewords, llr = random_frames(graph, encoder, part, ebn0_db, rng)
        for name, decoder in going.items():
            bits, decoded, iterations = _decoded(decoder, llr)
            difference = bits != codewords
            wrong = difference[:, where]
            failed = wrong.any(axis=1)
            undetected = failed & decoded
            in_sent = difference[:, graph.transmitted].sum(axis=1)
            counts[name] += (
                part, failed.sum(), wrong.sum(), undetected.sum(), iterations.sum(),
                in_sent.sum(), (in_sent**2).sum(),
            )  # fmt: skip
        sent += part
        if progress is not None:
            progress.update(part)
        if errors is not None:
            going = {name: d for name, d in going.items() if counts[name][1] < errors}
    return {
        name: Point(
            ebn0_db, *(int(c) for c in count[:4]), float(count[4] / count[0]),
            int(count[0]) * graph.n, *(int(c) for c in count[5:]),
        )
        for name, count in counts.items()
    }  # fmt: skip


def _decoded(decoder: Decoder, llr: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    if not isinstance(decoder, UnfoldedDecoder):
        return decoder(llr)
    out = decode(decoder, torch.from_numpy(llr))
    return out.bits.cpu().numpy(), out.decoded.cpu().numpy(), out.iterations.cpu().numpy()


def _curve_point(point: Point) -> tuple[float, float, float, float]:
    return point.ebn0_db, point.fer, *rates.wilson(point.frame_errors, point.frames)


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print a table."""
    p = cli.Parser(
        prog="python -m model.evaluate",
        description="Frame error rates of float decoders on random codewords through AWGN.",
        epilog=EXAMPLE,
    )
    p.add_argument("--code", required=True, help="name in the catalogue, or a code file")
    code_file.add_options(p)
    p.add_argument("--parameters", help="trained parameters of this code (.npz)")
    p.add_argument("--ebn0", type=float, nargs="+", default=[2.8, 3.0, 3.2], metavar="DB")
    p.add_argument("--frames", type=int, default=2000, help="frames a point (default 2000)")
    p.add_argument("--iterations", type=int, help="default: the parameters' own, or 10")
    p.add_argument("--schedule", choices=SCHEDULES, help="default: the parameters' own, or layered")
    p.add_argument("--seed", type=int, default=1, help="(default 1)")
    p.add_argument("--device", default="cpu")
    p.add_argument("--threads", type=int, default=1, help="CPU threads (default 1)")
    p.add_argument("--plot", type=Path, metavar="FILE.png",
                   help="draw training loss and frame error rates")  # fmt: skip
    p.add_argument("--json", action="store_true", help="one JSON object as last line")
    args = p.parse_args(sys.argv[1:] if argv is None else list(argv))
    if args.plot is not None:
        curves.check_file(args.plot)
    for name in ("frames", "threads"):
        if getattr(args, name) < 1:
            raise InputError(f"--{name} must be at least 1, not {getattr(args, name)}")
    if args.seed < 0:
        raise InputError(f"--seed must not be negative: {args.seed}")
    for ebn0_db in args.ebn0:
        checked_ebn0(ebn0_db)
    torch.set_num_threads(args.threads)

    graph = catalog.resolve(code_file.named(args.code, args))
    trained = None if args.parameters is None else Parameters.load(args.parameters, graph)
    own = {} if trained is None else trained.metadata
    for name, asked in (("iterations", args.iterations), ("schedule", args.schedule)):
        if asked is not None and own.get(name, asked) != asked:
            raise InputError(f"--{name} {asked}: {args.parameters} is for {own[name]}")
    schedule = args.schedule or own.get("schedule", "layered")
    iterations = own.get("iterations", 10) if args.iterations is None else args.iterations
    decoders = {
        "min-sum": UnfoldedDecoder(graph, iterations, "min-sum", schedule),
        "normalised 0.75": UnfoldedDecoder(graph, iterations, schedule=schedule, alpha=0.75),
    }
    if trained is not None:
        decoders["trained"] = UnfoldedDecoder.from_parameters(trained)
    for decoder in decoders.values():
        decoder.to(torch_device(args.device))

    started = time.perf_counter()
    print(f"{graph.name}, {schedule}, {iterations} iterations, seed {args.seed}")
    points = []
    with tqdm(total=args.frames * len(args.ebn0), unit="frame", file=sys.stderr) as bar:
        for ebn0_db in args.ebn0:
            points.append(measure(decoders, ebn0_db, args.frames, args.seed, bar))
    print(f"{'Eb/N0':>7} {'frames':>8}  " + "  ".join(f"{name:>24}" for name in decoders))
    for row in points:
        first = next(iter(row.values()))
        cells = (f"{q.fer:.3e} +- {q.fer_deviation:.0e} ({q.frame_errors})" for q in row.values())
        print(f"{first.ebn0_db:>4} dB {first.frames:>8}  " + "  ".join(f"{c:>24}" for c in cells))
    if args.plot is not None:
        lines = {n: [_curve_point(r[n]) for r in points] for n in decoders}
        title = f"{graph.name}, float, {schedule}, {iterations} iterations"
        training_picture.draw(
            args.plot, title, *training_picture.loss_of(own), lines
        )
        print(args.plot)
    if args.json:
        cli.print_json(
            {
                "code": graph.name, "schedule": schedule, "iterations": iterations,
                "seed": args.seed, "seconds": round(time.perf_counter() - started, 2),
                "points": {n: [asdict(r[n]) | {"fer": r[n].fer} for r in points] for n in decoders},
            }
        )  # fmt: skip
    return 0


if __name__ == "__main__":
    cli.run(main)
