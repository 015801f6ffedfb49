"""The command line of the detector's fit: ``python -m quant.fit --code mimo_detector``."""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
from tqdm import tqdm

from model import cli
from model.errors import InputError
from model.mimo_detector import channels
from model.mimo_detector.parameters import DetectorParameters
from quant.mimo_detector import fit, host, reference
from quant.mimo_detector.spec import DetectorSpec
from quant.mimo_detector.tune import TunePlan, tune
from quant.provenance import of_parameters

EXAMPLE = """example:
  python -m quant.fit --code mimo_detector --params quant/presets/mimo_detector.params.npz \\
      --snr 12 --out build/mimo_detector.json

Ranges come from a float run at --snr; then a compass search moves coefficients, the
deviations of eta and h's step so that golden makes fewer errors, on fixed channels, symbols and
noise; --evaluations 0 leaves it out.
"""
_WORDS = {
    "h": "H", "w": "W and W0", "y": "received", "z": "residual", "x": "symbols", "r": "estimate",
    "table": "a word of the tables of sums", "coefficient": "gains", "momentum": "momenta",
    "llr": "an LLR",
}  # fmt: skip


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    p = cli.Parser(
        prog="python -m quant.fit",
        description="Turn a trained detector into a spec: what the hardware computes, to the bit.",
        epilog=EXAMPLE,
    )
    words, plan = fit.Words(), TunePlan()
    p.add_argument("--code", required=True, help="mimo_detector")
    p.add_argument("--params", required=True, type=Path, metavar="FILE.npz", help="trained numbers")
    p.add_argument("--out", required=True, type=Path, metavar="SPEC.json", help="spec to write")
    p.add_argument("--name", help="top-level name (default: from --out)")
    p.add_argument("--snr", type=float, default=12.0, metavar="DB", help="(default 12)")
    p.add_argument("--channel", choices=tuple(channels.CHANNELS), default="iid")
    p.add_argument("--seed", type=int, default=1, help="(default 1)")
    number = p.add_argument_group("number formats, bits of real and imaginary part each")
    for name, text in _WORDS.items():
        default = getattr(words, _field(name))
        number.add_argument(
            f"--{name}-bits", type=int, default=default, help=f"{text} (default {default})"
        )
    for name, value in words.clip.items():
        number.add_argument(
            f"--{name}-clip", type=float, default=value, metavar="DEVIATIONS",
            help=f"of {name}: what saturates (default {value:g})",
        )  # fmt: skip
    number.add_argument(
        "--r-range", type=float, default=words.r_range, metavar="UNITS",
        help=f"in half distances of symbols, at least (default {words.r_range:g})",
    )  # fmt: skip
    number.add_argument(
        "--llr-clip", type=float, default=words.llr_clip, metavar="NATS",
        help=f"the largest LLR (default {words.llr_clip:g})",
    )  # fmt: skip
    search = p.add_argument_group("search")
    for name, text in (
        ("evaluations", "trials"), ("blocks", "channels"), ("vectors", "vectors a channel")
    ):  # fmt: skip
        default = getattr(plan, name)
        search.add_argument(
            f"--{name}", type=int, default=default, help=f"{text} (default {default})"
        )
    p.add_argument("--note", help="kept in the spec's provenance")
    p.add_argument("--json", action="store_true", help="one JSON object as the last line")
    return p


def main(argv: Sequence[str] | None = None) -> int:
    """Fit, tune, write the spec, say what it is."""
    argv = sys.argv[1:] if argv is None else list(argv)
    args = parser().parse_args(argv)
    if args.evaluations < 0:
        raise InputError(f"evaluations must not be negative: {args.evaluations}")
    if not -30 <= args.snr <= 60:
        raise InputError(f"--snr is {args.snr:g} dB, must be from -30 to 60")
    if args.seed < 0:
        raise InputError(f"--seed must not be negative: {args.seed}")
    parameters = DetectorParameters.load(args.params)
    record = of_parameters(argv, args.params, args.note)
    words = fit.Words(
        **{_field(name): getattr(args, f"{name}_bits") for name in _WORDS},
        clip={name: getattr(args, f"{name}_clip") for name in fit.Words().clip},
        r_range=args.r_range, llr_clip=args.llr_clip,
    )  # fmt: skip
    seen = calibrated(parameters, args.snr, args.channel, args.seed)
    name = args.name or args.out.stem
    spec, searched = _tuned(parameters, seen, words, name, args)
    spec = spec.with_provenance({**record, **searched})
    spec.save(args.out)
    print(f"{args.out}: {spec.describe()}")
    for place, coefficient in spec.coefficients.items():
        print(f"{place:20} {coefficient.value:g}")
    print("accumulators: " + ", ".join(f"{n} {b}" for n, b in spec.accumulator_bits.items()))
    if searched:
        print(
            f"errors on the search's blocks {searched['errors_before']} -> "
            f"{searched['errors_after']} of {searched['symbols']} symbols after "
            f"{searched['trials']} trials; floating point {searched['errors_float']}"
        )
    if args.json:
        cli.print_json({"name": spec.name, "out": str(args.out), "spec_sha": spec.sha, **searched})
    return 0


def calibrated(
    parameters: DetectorParameters, snr_db: float, channel: str = "iid", seed: int = 1
) -> fit.Seen:
    """What a float run on random channels shows."""
    rng = np.random.default_rng(seed)
    blocks = parameters.system.blocks(
        fit.CALIBRATION_CHANNELS, fit.CALIBRATION_VECTORS, channel, snr_db, rng
    )
    floats = host.matrices(reference.recipe(parameters), blocks.channel, blocks.noise_power)
    return fit.calibrate(parameters, floats, blocks.received.swapaxes(1, 2))


def _tuned(
    parameters: DetectorParameters, seen: fit.Seen, words: fit.Words, name: str, args
) -> tuple[DetectorSpec, dict]:
    if args.evaluations == 0:
        return fit.fit(parameters, seen, words, name), {}
    plan = TunePlan(
        args.snr, args.channel, args.evaluations, args.blocks, args.vectors, args.seed
    )
    with tqdm(total=plan.evaluations, desc="search", unit="trial", file=sys.stderr) as bar:
        found, record = tune(parameters, seen, words, plan, bar)
    return replace(found, name=name), {"search": asdict(plan), **record}


def _field(name: str) -> str:
    """Of ``Words``, for an option's name."""
    return f"{name}_bits" if name in ("coefficient", "momentum", "llr") else name
