"""What relaxation by a power of two costs in integers: ``python -m quant.relaxed``.

Beside each float decoder stand integer decoders of its parameters (the C model, bit for bit
golden), for every width of the messages and every number of fraction bits of the relaxed ones.
All decode the same random codewords and noise.
"""

import sys
import time
from collections.abc import Sequence

import numpy as np
import torch
from tqdm import tqdm

from model import catalog, cli, code_file
from model.channel import checked_ebn0
from model.code import TannerGraph
from model.decoder import UnfoldedDecoder
from model.errors import InputError
from model.evaluate import Decoder, Point, measure
from model.parameters import Parameters
from model.relaxation import gamma_of, nearest_shift
from model.reproduce.measured import MIN_FRAME_ERRORS, point_record
from model.reproduce.report import rate_cell
from quant.alphabet_tables import even_cells
from quant.cmodel import CModel
from quant.fit import fit

EXAMPLE = """example:
  python -m quant.relaxed --code bch_63_45 --params \\
      quant/presets/bch_63_45_relaxed_ms_k3.params.npz \\
      quant/presets/bch_63_45_relaxed_noms_k1.params.npz --message-bits 5 6 --ebn0 5 6

Bit error rates over all transmitted bits. Messages are uniformly quantised with the step of
--steps, one for each width.
"""
STEPS_LLR = {4: 1.0, 5: 0.75, 6: 0.4}


def decoders(
    graph: TannerGraph, path: str, message_bits: dict[int, float], frac_bits: Sequence[int]
) -> dict[str, Decoder]:
    """Return the float decoder of a parameters file and its integer decoders, by label.

    Args:
        graph: The code that the file must be for.
        path: Parameters file; its gamma must be 1 - 2^-k.
        message_bits: Step in LLR for each width.
        frac_bits: Fraction bits of relaxed messages; those above k make no sense and are left out.
    """
    parameters = Parameters.load(path, graph)
    gamma = parameters.gamma
    if gamma is None or gamma != gamma_of(nearest_shift(gamma)):
        raise InputError(f"{path}: gamma is {gamma}, 1 - 2^-k is due for integers")
    shift = nearest_shift(gamma)
    name = path.rsplit("/", 1)[-1].removesuffix(".params.npz").removeprefix(graph.name + "_")
    found: dict[str, Decoder] = {f"{name}, float": UnfoldedDecoder.from_parameters(parameters)}
    for width, step_llr in message_bits.items():
        for fraction in frac_bits:
            if fraction <= shift:
                spec = fit(
                    parameters, even_cells(width, step_llr), message_bits=width, frac_bits=fraction
                )
                found[f"{name}, {width} bits, {fraction} fraction bits"] = integers(CModel(spec))
    return found


def integers(compiled: CModel) -> Decoder:
    """Return a C model as ``model.evaluate.measure`` calls it."""

    def decode(llr: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        out = compiled.decode(compiled.quantise(llr))
        return out.bits, out.decoded, out.iterations

    return decode


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print the table."""
    p = cli.Parser(
        prog="python -m quant.relaxed",
        description="Bit error rates of relaxed decoders in floating point and in integers.",
        epilog=EXAMPLE,
    )
    p.add_argument("--code", required=True, help="name in the catalogue, or a code file")
    code_file.add_options(p)
    p.add_argument("--params", required=True, nargs="+", metavar="FILE")
    p.add_argument("--message-bits", type=int, nargs="+", choices=tuple(STEPS_LLR), default=[5, 6])
    p.add_argument(
        "--steps", type=float, nargs="+", metavar="LLR",
        help="message step for each width (default 1, 0.75, 0.4 for 4, 5, 6 bits)",
    )  # fmt: skip
    p.add_argument("--frac-bits", type=int, nargs="+", default=[0, 1, 2, 3])
    p.add_argument("--ebn0", type=float, nargs="+", default=[5.0, 6.0], metavar="DB")
    p.add_argument("--errors", type=int, default=300, help="of every decoder (default 300)")
    p.add_argument("--frames", type=int, default=100_000, help="most, a point (default 100000)")
    p.add_argument("--seed", type=int, default=1, help="(default 1)")
    p.add_argument("--json", action="store_true", help="one JSON object as the last line")
    args = p.parse_args(sys.argv[1:] if argv is None else list(argv))
    for name in ("errors", "frames"):
        if getattr(args, name) < 1:
            raise InputError(f"--{name} must be at least 1, not {getattr(args, name)}")
    for ebn0_db in args.ebn0:
        checked_ebn0(ebn0_db)
    steps = args.steps or [STEPS_LLR[width] for width in args.message_bits]
    if len(steps) != len(args.message_bits):
        raise InputError(f"--steps: {len(steps)} for {len(args.message_bits)} widths")
    torch.set_num_threads(1)

    graph = catalog.resolve(code_file.named(args.code, args))
    widths = dict(zip(args.message_bits, steps, strict=True))
    found: dict[str, Decoder] = {}
    for path in args.params:
        found |= decoders(graph, path, widths, args.frac_bits)
    started = time.perf_counter()
    rows: dict[str, list[Point]] = {name: [] for name in found}
    with tqdm(desc=graph.name, unit="frame", file=sys.stderr) as bar:
        for ebn0_db in sorted(args.ebn0):
            points = measure(found, ebn0_db, args.frames, args.seed, bar, errors=args.errors)
            for name, point in points.items():
                rows[name].append(point)
    first = next(iter(rows.values()))
    used = ", ".join(f"{step:g} LLR at {width} bits" for width, step in widths.items())
    print(f"{graph.name}, seed {args.seed}, steps {used}")
    print("| decoder | " + " | ".join(f"BER at {q.ebn0_db:g} dB" for q in first) + " |")
    print("| --- |" + " --- |" * len(first))
    for name, points in rows.items():
        print(f"| {name} | " + " | ".join(rate_cell(q, "ber") for q in points) + " |")
    print(f"* fewer than {MIN_FRAME_ERRORS} frame errors, the upper end of the interval")
    if args.json:
        cli.print_json(
            {
                "code": graph.name, "seed": args.seed, "steps_llr": widths,
                "seconds": round(time.perf_counter() - started, 1),
                "points": {n: [point_record(q) for q in points] for n, points in rows.items()},
            }
        )  # fmt: skip
    return 0


if __name__ == "__main__":
    cli.run(main)
