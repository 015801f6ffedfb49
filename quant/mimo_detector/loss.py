"""What quantisation costs a detector, in SNR: ``python -m quant.loss --spec DETECTOR.json``.

The spec and the float detector that it was fitted to receive the same symbols over the same
channels with the same noise. The loss is the distance from the SNR of the spec to the SNR at which
the float detector makes as many symbol errors. Wrong bits and the bit mutual information of the
LLRs (``model.mimo_detector.soft``) are those at the spec's SNR.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from tqdm import tqdm

from model import cli
from model.errors import InputError
from model.mimo_detector import channels, soft
from model.mimo_detector.parameters import DetectorParameters
from model.mimo_detector.system import Blocks
from quant import source_options
from quant.counting_options import check_counts
from quant.mimo_detector import host, monte_carlo, reference, shipped
from quant.mimo_detector.cmodel import DetectorModel
from quant.mimo_detector.preprocess import HOST, MATRICES_FROM
from quant.mimo_detector.spec import DetectorSpec
from quant.paired import OFFSETS_DB, Paired, stated

EXAMPLE = """example:
  python -m quant.loss --spec mimo_detector --snr 12 --errors 2000

The float curve is measured at SNR, a quarter of a dB above and up to one dB below, and interpolated
linearly in log10 of the symbol error rate. The interval (95 %) resamples channels.
"""
_CHUNK_VECTORS = 4000


@dataclass
class BitCounts:
    """At the spec's SNR, by "spec" and "float": wrong bits, and mean bit mutual information."""

    wrong: dict[str, int] = field(default_factory=lambda: {"spec": 0, "float": 0})
    information: dict[str, float] = field(default_factory=lambda: {"spec": 0.0, "float": 0.0})

    def add(self, name: str, wrong: np.ndarray, llrs: np.ndarray, bits: np.ndarray, share: float):
        """Wrong (any shape), LLRs and bits sent (same shape); ``share`` of all before, 0 to 1."""
        self.wrong[name] += int(wrong.sum())
        new = soft.mutual_information(llrs.astype(np.float32), bits)
        self.information[name] += (new - self.information[name]) * share


def measure(
    spec: DetectorSpec,
    parameters: DetectorParameters,
    snr_db: float,
    errors: int = 2000,
    channel: str = "iid",
    vectors: int = 20,
    seed: int = 1,
    progress: tqdm | None = None,
    made_by: str = HOST,
) -> tuple[Paired, BitCounts]:
    """Send until both have ``errors`` wrong symbols at ``snr_db``; ``made_by`` as of
    :func:`quant.mimo_detector.monte_carlo.prepared`."""
    model, system = DetectorModel(spec), monte_carlo.system_of(spec)
    points = system.constellation
    at = tuple(snr_db + offset for offset in OFFSETS_DB)
    spec_errors, float_errors, saturated = [], [], 0
    count, enough, bits = max(1, _CHUNK_VECTORS // vectors), 0, BitCounts()
    while enough < errors:
        drawn = [seed, round(1000 * (snr_db + 100)), len(spec_errors)]

        def blocks_at(point_db: float, drawn=drawn) -> Blocks:
            # The same channels, symbols and noise, which is as strong as the point says.
            return system.blocks(count, vectors, channel, point_db, np.random.default_rng(drawn))

        blocks = blocks_at(snr_db)
        matrices, y, counts = monte_carlo.prepared(spec, blocks, made_by)
        saturated += int(np.sum(counts["channel_saturated"]))
        found = model.detect(matrices, y)
        wrong = monte_carlo.errors(spec, blocks, found)
        share = 1 / (len(spec_errors) + 1)
        llrs = found.llrs.swapaxes(1, 2) * spec.llr_step
        bits.add("spec", wrong["bit_errors"], llrs, blocks.bits, share)
        by_point = []
        for point_db in at:
            blocks = blocks_at(point_db)
            r = _float_estimate(parameters, blocks)
            wrong_bits = points.decide(r) != blocks.bits
            by_point.append(wrong_bits.any(axis=-1).sum(axis=(1, 2)))
            if point_db == snr_db:
                llrs = soft.llrs(r, points, parameters.llr_noise)
                bits.add("float", wrong_bits, llrs, blocks.bits, share)
        spec_errors.append(wrong["symbol_errors"])
        float_errors.append(by_point)
        new = min(int(wrong["symbol_errors"].sum()), int(by_point[OFFSETS_DB.index(0.0)].sum()))
        enough += new
        if progress is not None:
            progress.update(new)
    paired = Paired(
        snr_db, at, np.concatenate(spec_errors), np.concatenate(float_errors, axis=1),
        vectors * spec.users, saturated,
    )  # fmt: skip
    return paired, bits


def _float_estimate(parameters: DetectorParameters, blocks: Blocks) -> np.ndarray:
    """The last r, (blocks, users, vectors) complex."""
    recipe = reference.recipe(parameters)
    floats = host.matrices(recipe, blocks.channel, blocks.noise_power)
    return reference.detect(parameters, floats, blocks.received.swapaxes(1, 2)).swapaxes(1, 2)


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    p = cli.Parser(
        prog="python -m quant.loss",
        description="SNR that a detector's spec loses against floating point.",
        epilog=EXAMPLE,
    )
    source_options.add_to(p)
    p.add_argument(
        "--params", type=Path, metavar="FILE.npz",
        help="float detector (default: the shipped one that the spec was fitted to)",
    )  # fmt: skip
    p.add_argument("--snr", type=float, default=12.0, metavar="DB", help="(default 12)")
    p.add_argument("--errors", type=int, default=2000, help="symbol errors of each (default 2000)")
    p.add_argument("--channel", choices=tuple(channels.CHANNELS), default="iid")
    p.add_argument(
        "--matrices", choices=MATRICES_FROM, default=HOST,
        help="who makes W and W0 for the spec: the host in double precision, or the core in "
        "integers (default host)",
    )  # fmt: skip
    p.add_argument("--vectors", type=int, default=20, help="symbol vectors a channel (default 20)")
    p.add_argument("--seed", type=int, default=1, help="(default 1)")
    p.add_argument("--json", action="store_true", help="one JSON object as the last line")
    return p


def main(argv: Sequence[str]) -> int:
    """Measure and print the two rates and the loss."""
    args = parser().parse_args(argv)
    check_counts(args, "errors", "vectors")
    if not -30 <= args.snr <= 60:
        raise InputError(f"--snr is {args.snr:g} dB, must be from -30 to 60")
    spec = source_options.chosen(args)
    path, parameters = shipped.load(spec, args.params)
    print(f"{spec.describe()}; {args.channel}, {args.vectors} vectors a block, seed {args.seed}")
    with tqdm(total=args.errors, desc="loss", unit="error", file=sys.stderr, leave=False) as bar:
        q, bits = measure(
            spec, parameters, args.snr, args.errors, args.channel, args.vectors, args.seed, bar,
            args.matrices,
        )
    symbols = q.block_trials * len(q.spec_errors)
    rates = {"spec": int(q.spec_errors.sum()), "float": int(q.float_errors[1].sum())}
    for name, count in rates.items():
        ber = bits.wrong[name] / (symbols * spec.bits_per_symbol)
        print(
            f"{args.snr:6.2f} dB  {name:5}  SER {count / symbols:.3e} ({count} of {symbols} "
            f"symbols), BER {ber:.3e}, information {bits.information[name]:.5f} of a bit"
        )
    print(f"BER spec / float: {bits.wrong['spec'] / max(bits.wrong['float'], 1):.3f}")
    loss_db, low, high = stated(q)
    if args.json:
        cli.print_json(
            {
                "spec_sha": spec.sha, "parameters": path.name, "snr_db": args.snr,
                "channel": args.channel, "matrices": args.matrices, "seed": args.seed,
                "symbols": symbols,
                "spec_errors": rates["spec"], "float_errors": rates["float"],
                "spec_bit_errors": bits.wrong["spec"], "float_bit_errors": bits.wrong["float"],
                "information": bits.information,
                "saturated_channel_parts": q.saturated, "loss_db": loss_db, "low_db": low,
                "high_db": high,
            }
        )  # fmt: skip
    return 0
