"""What quantisation costs a precoder, in SNR: ``python -m quant.loss --spec PRECODER.json``.

The spec and the float precoder of as many iterations send the same symbols over the same channels
and meet the same noise. The loss is the distance from the SNR of the spec to the SNR at which the
float precoder makes as many errors.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from model import cli
from model.errors import InputError
from model.mimo.channels import CHANNELS
from model.precoder import link
from model.precoder.parameters import PrecoderParameters
from model.precoder.receiver import RECEIVERS
from model.precoder.unfolded import UnfoldedPrecoder
from quant import source_options
from quant.counting_options import check_counts
from quant.paired import OFFSETS_DB, Paired, stated
from quant.precoder import golden, shipped
from quant.precoder.spec import PrecoderSpec

EXAMPLE = """example:
  python -m quant.loss --spec quant/presets/mimo_precoder.json --snr 10 --errors 20000

The float curve is measured at SNR, a quarter of a dB above and up to one dB below, and interpolated
linearly in log10 of the bit error rate. The interval (95 %) resamples channels.
"""
_CHUNK_VECTORS = 1000


def measure(
    spec: PrecoderSpec,
    parameters: PrecoderParameters,
    snr_db: float = 10.0,
    errors: int = 20_000,
    receiver: str = "genie",
    channel: str = "rayleigh",
    vectors: int = 5,
    seed: int = 1,
    progress: tqdm | None = None,
) -> Paired:
    """Send until both have ``errors`` wrong bits at ``snr_db``."""
    reference, system = UnfoldedPrecoder.from_parameters(parameters), spec.system
    at = tuple(snr_db + offset for offset in OFFSETS_DB)
    rng = np.random.default_rng([seed, round(1000 * (snr_db + 100))])
    spec_errors, float_errors, saturated = [], [], 0
    enough = 0
    while enough < errors:
        blocks = system.blocks(max(1, _CHUNK_VECTORS // vectors), vectors, channel, rng)
        sent = golden.transmit(spec, blocks.channel, blocks.symbols)
        saturated += golden.quantise_channel(spec, blocks.channel)[1]
        wrong = link.errors_per_user(system, blocks, sent, snr_db, receiver).sum(axis=1)
        sent = reference.precode(blocks.channel, blocks.symbols)
        soft = [link.errors_per_user(system, blocks, sent, p, receiver).sum(axis=1) for p in at]
        spec_errors.append(wrong)
        float_errors.append(soft)
        new = min(int(wrong.sum()), int(soft[OFFSETS_DB.index(0.0)].sum()))
        enough += new
        if progress is not None:
            progress.update(new)
    bits = vectors * system.users * system.constellation.bits_per_symbol
    return Paired(
        snr_db, at, np.concatenate(spec_errors), np.concatenate(float_errors, axis=1), bits,
        saturated,
    )  # fmt: skip


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    p = cli.Parser(
        prog="python -m quant.loss",
        description="SNR that a precoder's spec loses against floating point.",
        epilog=EXAMPLE,
    )
    source_options.add_to(p)
    p.add_argument(
        "--params", type=Path, metavar="FILE.npz",
        help="float precoder (default: the shipped one of the same size and iterations)",
    )  # fmt: skip
    p.add_argument("--snr", type=float, default=10.0, metavar="DB", help="P/N0 (default 10)")
    p.add_argument(
        "--errors", type=int, default=20_000, help="bit errors of each (default 20000)"
    )
    p.add_argument("--receiver", choices=RECEIVERS, default="genie")
    p.add_argument("--channel", choices=tuple(CHANNELS), default="rayleigh")
    p.add_argument("--vectors", type=int, default=5, help="symbol vectors a channel (default 5)")
    p.add_argument("--seed", type=int, default=1, help="(default 1)")
    p.add_argument("--json", action="store_true", help="one JSON object as the last line")
    return p


def main(argv: Sequence[str]) -> int:
    """Measure and print the two rates and the loss."""
    args = parser().parse_args(argv)
    check_counts(args, "errors", "vectors")
    if not -30 <= args.snr <= 60:
        raise InputError(f"--snr is {args.snr:g} dB, must be from -30 to 60")
    torch.set_num_threads(1)
    spec = source_options.chosen(args)
    path = args.params or shipped.parameters(spec.system, len(spec.rounds))
    parameters = PrecoderParameters.load(path)
    if parameters.system != spec.system:
        raise InputError(f"{path}: made for {parameters.system}, the spec is for {spec.system}")
    print(f"{spec.describe()}; {args.channel}, receiver {args.receiver}, {args.vectors} vectors a "
          f"block, seed {args.seed}")  # fmt: skip
    with tqdm(total=args.errors, desc="loss", unit="error", file=sys.stderr, leave=False) as bar:
        q = measure(
            spec, parameters, args.snr, args.errors, args.receiver, args.channel, args.vectors,
            args.seed, bar,
        )  # fmt: skip
    bits = q.block_trials * len(q.spec_errors)
    rates = {"spec": int(q.spec_errors.sum()), "float": int(q.float_errors[1].sum())}
    for name, count in rates.items():
        print(f"{args.snr:6.2f} dB  {name:5}  {count / bits:.3e}  ({count} of {bits} bits)")
    loss_db, low, high = stated(q)
    if args.json:
        cli.print_json(
            {
                "spec_sha": spec.sha, "parameters": path.name, "snr_db": args.snr,
                "receiver": args.receiver, "channel": args.channel, "seed": args.seed,
                "bits": bits, "spec_errors": rates["spec"], "float_errors": rates["float"],
                "saturated_channel_parts": q.saturated, "loss_db": loss_db, "low_db": low,
                "high_db": high,
            }
        )  # fmt: skip
    return 0
