"""The command line of :mod:`quant.fit`."""

import argparse
import hashlib
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from model import catalog, cli, code_file, npz
from model.code import TannerGraph
from model.errors import InputError
from model.options import add_to, chosen
from model.parameters import SCHEMA as PARAMETERS_SCHEMA
from model.parameters import Parameters
from model.version import VERSION
from quant import alphabet_options
from quant.alphabet_tables import UNTRAINED_ALPHA
from quant.channel_fit import suited
from quant.fit import DEFAULT_ITERATIONS, default_spec, fit
from quant.fold import MAP_BY
from quant.min_sum.link import Channel
from quant.spec import SCHEDULES

EXAMPLE = """example:
  python -m quant.fit --params quant/presets/qc_ldpc.params.npz --message-bits 3 \\
      --out build/qc_ldpc.json
  python -m quant.fit --code wifi_648_r12 --message-bits 4 --out build/wifi4.json
  python -m quant.fit --code qc_ldpc --channel rayleigh --modulation qam64 --out build/mine.json

Without --params the decoder is untrained: --alpha everywhere, no offset. Thresholds and magnitudes
are in APP LSB; an APP LSB is lsb / 2^app_shift, half of that for a mid-rise channel.

Other families have options of their own: python -m quant.fit --code mimo_precoder --help
"""


def parser() -> argparse.ArgumentParser:
    """The command line."""
    p = cli.Parser(
        prog="python -m quant.fit",
        description="Turn trained parameters into a spec: what the hardware computes, to the bit.",
        epilog=EXAMPLE,
    )
    p.add_argument("--params", type=Path, metavar="FILE.npz", help="trained parameters")
    factor = f"without --params: factor of all messages (default {UNTRAINED_ALPHA})"
    p.add_argument("--alpha", type=float, metavar="A", help=factor)
    p.add_argument("--code", help="name or code file (default: the code named in --params)")
    code_file.add_options(p)
    p.add_argument("--out", required=True, type=Path, metavar="SPEC.json", help="spec to write")
    p.add_argument("--name", help="top-level name (default: from the code)")
    p.add_argument("--iterations", type=int, help="(default: of the parameters, else 10)")
    p.add_argument(
        "--schedule", choices=tuple(SCHEDULES),
        help="(default: that of the parameters, else layered)",
    )  # fmt: skip
    p.add_argument("--no-early-stop", action="store_true", help="always run all iterations")
    alphabet_options.add_to(p)
    channel = p.add_argument_group(
        "channel", "for another one than BPSK over AWGN the channel step is measured"
    )
    add_to(channel, Channel)
    maps = p.add_argument_group("magnitude maps")
    maps.add_argument("--max-maps", type=int, help="(default 4; 16 with flooding)")
    maps.add_argument(
        "--map-by", choices=MAP_BY, help="(default iteration; block_edge with flooding)"
    )
    maps.add_argument("--frac-bits", type=int, help="of relaxed messages (default min(k, 3))")
    maps.add_argument(
        "--relaxation-shift", type=int, metavar="K",
        help="relax by gamma = 1 - 2^-K, K 1..8, 0: not at all (default: as the parameters say)",
    )  # fmt: skip
    p.add_argument("--note", help="kept in the spec's provenance")
    p.add_argument("--json", action="store_true", help="one JSON object as the last line")
    return p


def main(argv: Sequence[str]) -> int:
    """Fit, write the spec, say what it is."""
    arguments = parser().parse_args(argv)
    if arguments.params is None and arguments.code is None:
        raise InputError("name parameters with --params or a code with --code")
    if arguments.alpha is not None:
        _check_alpha(arguments)
    channel = chosen(arguments, Channel)
    if arguments.lsb is not None and not channel.usual:
        raise InputError(f"--lsb {arguments.lsb:g}: the step is measured for {channel}")
    code = code_file.named(arguments.code, arguments)
    if code is None:
        graph = _code_of(arguments.params)
    else:
        graph = catalog.resolve(code)
    options = {
        "max_maps": arguments.max_maps,
        "map_by": arguments.map_by,
        "schedule": arguments.schedule,
        "frac_bits": arguments.frac_bits,
        "relaxation_shift": arguments.relaxation_shift,
        "early_stop": not arguments.no_early_stop,
        "name": arguments.name,
        "provenance": _provenance(arguments, argv),
    }
    alphabet = alphabet_options.chosen(arguments, graph.rate, bool(graph.punctured.any()))
    if arguments.params is None:
        asked = arguments.iterations
        iterations = DEFAULT_ITERATIONS if asked is None else asked
        alpha = _alpha(arguments)
        spec = default_spec(graph, iterations=iterations, alphabet=alphabet, alpha=alpha, **options)
    else:
        parameters = Parameters.load(arguments.params, graph)
        spec = fit(parameters, alphabet, iterations=arguments.iterations, **options)
    if not channel.usual:
        spec = suited(spec, channel)
    if arguments.params is not None and spec.message_bits <= 3 and arguments.thresholds is None:
        print(cli.spoken(
            f"note: the shipped {spec.message_bits}-bit alphabet was searched for untrained "
            "weights, trained ones can lose with it: python -m quant.loss says how much, "
            "python -m quant.search --spec finds another"
        ), file=sys.stderr)  # fmt: skip
    spec.save(arguments.out)
    print(f"{arguments.out}: {spec.code.name}, {'flooding' if spec.flooding else 'layered'}, "
          f"{spec.message_bits}-bit messages, "
          f"{spec.channel.bits}-bit channel of {spec.channel.lsb_llr:.4g} LLR, "
          f"{spec.app_bits}-bit APP, {spec.iterations} iterations")  # fmt: skip
    fitted = spec.provenance.get("fitted_for")
    if fitted:
        print(f"channel step for {channel} at {fitted['ebn0_db']:g} dB: {fitted['llr_scale']:g} "
              "times that for BPSK over AWGN")  # fmt: skip
    print(f"thresholds {list(spec.thresholds)}")
    for entry, levels in enumerate(spec.maps.codebook):
        rounds = [t for t, row in enumerate(spec.maps.index) if entry in row]
        print(f"map {entry}: levels {list(levels)} in iterations {rounds}")
    if arguments.json:
        cli.print_json(
            {
                "name": spec.name,
                "out": str(arguments.out),
                "code": spec.code.name,
                "kind": spec.kind,
                "spec_sha": spec.sha,
                "message_bits": spec.message_bits,
                "channel_bits": spec.channel.bits,
                "lsb_llr": spec.channel.lsb_llr,
                "fitted_for": fitted,
                "app_bits": spec.app_bits,
                "iterations": spec.iterations,
                "thresholds": list(spec.thresholds),
                "codebook": [list(levels) for levels in spec.maps.codebook],
                "map_squared_error": spec.provenance["map_squared_error"],
                "relaxation_shift": spec.relaxation.shift if spec.relaxation else None,
            }
        )
    return 0


def _code_of(path: Path) -> TannerGraph:
    name = npz.read(path, PARAMETERS_SCHEMA, ("alpha", "beta"))[1].get("graph")
    try:
        return catalog.get(str(name))
    except InputError:
        raise InputError(
            f"{path}: made for code {name!r}, which is in no catalogue; name its file with --code"
        ) from None


def _check_alpha(arguments: argparse.Namespace) -> None:
    if arguments.params is not None:
        raise InputError(f"--alpha {arguments.alpha:g}: with --params the factors are theirs")
    if not 0 < arguments.alpha <= 2:
        raise InputError(f"--alpha {arguments.alpha:g}: must be above 0 and at most 2")


def _alpha(arguments: argparse.Namespace) -> float:
    return UNTRAINED_ALPHA if arguments.alpha is None else arguments.alpha


def _provenance(arguments: argparse.Namespace, argv: Sequence[str]) -> dict:
    record = {"command": shlex.join(["python", "-m", "quant.fit", *argv]), "version": VERSION}
    record["alphabet"] = "shipped table" if arguments.thresholds is None else "command line"
    if arguments.note:
        record["note"] = arguments.note
    if arguments.params is None:
        return {**record, "parameters": f"untrained, alpha {_alpha(arguments):g}"}
    try:
        digest = hashlib.sha256(arguments.params.read_bytes()).hexdigest()
    except OSError as error:
        raise InputError(f"{arguments.params}: cannot be read: {error.strerror}") from error
    return {**record, "parameters": arguments.params.name, "parameters_sha256": digest}
