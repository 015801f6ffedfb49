"""The command line of the precoder's fit: ``python -m quant.fit --code mimo_precoder``."""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from tqdm import tqdm

from model import cli
from model.errors import InputError
from model.precoder.parameters import PrecoderParameters
from model.precoder.receiver import RECEIVERS
from quant.precoder.fit import Trained, Words, fit
from quant.precoder.spec import PrecoderSpec, Word
from quant.precoder.tune import TunePlan, tune
from quant.provenance import of_parameters

EXAMPLE = """example:
  python -m quant.fit --code mimo_precoder --out build/mimo_precoder.json \\
      --params quant/presets/mimo_precoder_128x16_16qam_t4.params.npz --seed 1

The float numbers are the start of a search (Nelder-Mead) over the coefficients of the integers and
the channel's step, on fixed random channels and symbols, with the noise averaged out. A minute or
two for T = 4; --evaluations 0 leaves it out.
"""


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    p = cli.Parser(
        prog="python -m quant.fit",
        description="Turn a trained precoder into a spec: what the hardware computes, to the bit.",
        epilog=EXAMPLE,
    )
    words, plan = Words(), TunePlan()
    p.add_argument("--code", required=True, help="mimo_precoder")
    p.add_argument("--params", required=True, type=Path, metavar="FILE.npz", help="trained numbers")
    p.add_argument("--out", required=True, type=Path, metavar="SPEC.json", help="spec to write")
    p.add_argument("--name", help="top-level name (default: from --out)")
    number = p.add_argument_group("number formats, bits of real and imaginary part each")
    for name, text in (("h", "channel"), ("x", "iterate"), ("w", "residual")):
        default = getattr(words, name).bits
        number.add_argument(
            f"--{name}-bits", type=int, default=default, help=f"{text} (default {default})"
        )
    number.add_argument(
        "--u-bits", type=int, default=words.u_bits, help=f"H v (default {words.u_bits})"
    )
    number.add_argument(
        "--h-range", type=float, default=words.h_range,
        help=f"channel part that saturates, the search's start (default {words.h_range:g})",
    )  # fmt: skip
    number.add_argument(
        "--coefficient-bits", type=int, default=words.coefficient_bits,
        help=f"start, gains and steps (default {words.coefficient_bits})",
    )  # fmt: skip
    search = p.add_argument_group("search")
    search.add_argument(
        "--evaluations", type=int, default=plan.evaluations, help=f"(default {plan.evaluations})"
    )
    search.add_argument(
        "--snr", type=float, default=plan.snr_db, metavar="DB",
        help=f"P/N0 (default {plan.snr_db:g})",
    )  # fmt: skip
    search.add_argument(
        "--smooth", action="store_true",
        help="first gains and steps that are polynomials of the round, for many rounds",
    )  # fmt: skip
    search.add_argument("--receiver", choices=RECEIVERS, default=plan.receiver)
    search.add_argument(
        "--blocks", type=int, default=plan.blocks, help=f"channels (default {plan.blocks})"
    )
    search.add_argument(
        "--vectors", type=int, default=plan.vectors,
        help=f"symbol vectors a channel (default {plan.vectors})",
    )  # fmt: skip
    search.add_argument("--seed", type=int, default=plan.seed, help=f"(default {plan.seed})")
    p.add_argument("--note", help="kept in the spec's provenance")
    p.add_argument("--json", action="store_true", help="one JSON object as the last line")
    return p


def main(argv: Sequence[str] | None = None) -> int:
    """Fit, tune, write the spec, say what it is."""
    argv = sys.argv[1:] if argv is None else list(argv)
    args = parser().parse_args(argv)
    if args.evaluations < 0:
        raise InputError(f"evaluations must not be negative: {args.evaluations}")
    parameters = PrecoderParameters.load(args.params)
    record = of_parameters(argv, args.params, args.note)
    words = Words(
        *(Word(getattr(args, f"{name}_bits"), "mid_rise") for name in "hxw"), u_bits=args.u_bits,
        h_range=args.h_range, coefficient_bits=args.coefficient_bits,
    )  # fmt: skip
    system = parameters.system
    spec = fit(
        Trained.from_parameters(parameters), system.antennas, system.users, system.modulation,
        words, args.name or args.out.stem,
    )  # fmt: skip
    spec, searched = _tuned(spec, args)
    spec = spec.with_provenance({**record, **searched})
    spec.save(args.out)
    print(f"{args.out}: {spec.describe()}")
    for place, coefficient in spec.coefficients.items():
        print(f"{place:15} {coefficient.scaled(spec.frac_bits)} / 2^{spec.frac_bits}")
    if searched:
        print(
            f"bit error rate on the search's blocks {searched['ber_before']:.3e} -> "
            f"{searched['ber_after']:.3e} after {searched['trials']} trials"
        )
    if args.json:
        cli.print_json({"name": spec.name, "out": str(args.out), "spec_sha": spec.sha, **searched})
    return 0


def _tuned(spec: PrecoderSpec, args: argparse.Namespace) -> tuple[PrecoderSpec, dict]:
    if args.evaluations == 0:
        return spec, {}
    names = ("evaluations", "blocks", "vectors", "smooth", "receiver", "seed")
    plan = TunePlan(snr_db=args.snr, **{name: getattr(args, name) for name in names})
    with tqdm(total=plan.evaluations, desc="search", unit="trial", file=sys.stderr) as bar:
        spec, record = tune(spec, plan, args.coefficient_bits, bar)
    return spec, {"search": asdict(plan), **record}
