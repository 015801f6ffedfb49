"""One alphabet and one codebook for several codes: ``python -m quant.fit --code LIST``."""

import shlex
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from model import catalog, cli
from model.code import TannerGraph
from model.code_set.names import parts_of
from model.errors import InputError
from model.options import add_to, chosen
from model.parameters import Parameters
from model.version import VERSION
from quant import alphabet_options, codebook
from quant.alphabet import Alphabet
from quant.alphabet_tables import UNTRAINED_ALPHA
from quant.channel_fit import suited
from quant.code_set.default import name_of
from quant.code_set.spec import CodeSetSpec
from quant.fit import DEFAULT_ITERATIONS, DEFAULT_MAPS, fit, map_tables
from quant.fold import MAP_BY
from quant.min_sum.link import Channel
from quant.qformat import symmetric_maximum
from quant.spec import Spec

EXAMPLE = """examples:
  python -m quant.fit --code wifi_1296 --message-bits 4 --out build/set4.json
  python -m quant.fit --code wifi_1296_r12,wifi_1296_r34 --lsb 0.84 --out build/set.json
  python -m quant.fit --code wifi_1296_r12,wifi_1296_r34 --params r12.npz r34.npz --out build/s.json

All codes have the same thresholds, magnitudes and codebook of maps. Each has the channel step that
suits its rate, or with --lsb all have one. Without --params the decoders are untrained: --alpha
everywhere, no offset.
"""


def fit_members(
    parameters: Sequence[Parameters],
    alphabets: Sequence[Alphabet],
    *,
    max_maps: int = DEFAULT_MAPS["layered"][0],
    map_by: str = DEFAULT_MAPS["layered"][1],
    iterations: int | None = None,
    **options,
) -> tuple[Spec, ...]:
    """Layered decoders with one codebook, found for the maps of all of them together.

    Parameters
    ----------
    parameters, alphabets : of each code; the alphabets differ in their channel steps only
    iterations : of each; default those of its parameters
    max_maps, map_by, options : as in :func:`quant.fit.fit`
    """
    tables = [
        map_tables(each, alphabet, iterations, map_by)
        for each, alphabet in zip(parameters, alphabets, strict=True)
    ]
    first = alphabets[0]
    limits = max_maps, symmetric_maximum(first.app_bits), len(first.thresholds) + 1
    limits = *limits, first.level_step
    entries, _ = codebook.share(np.concatenate(tables), *limits)
    return tuple(
        fit(each, alphabet, schedule="layered", map_by=map_by, max_maps=max_maps, entries=entries,
            iterations=iterations, **options)
        for each, alphabet in zip(parameters, alphabets, strict=True)
    )  # fmt: skip


def parser() -> cli.Parser:
    """The command line."""
    p = cli.Parser(
        prog="python -m quant.fit",
        description="One alphabet for several codes: the spec of a decoder for all of them.",
        epilog=EXAMPLE,
    )
    p.add_argument("--code", required=True, metavar="LIST", help="names and code files with commas "
                   "between, or the name of a group")  # fmt: skip
    p.add_argument("--params", nargs="+", type=Path, metavar="FILE.npz",
                   help="trained parameters, one file for each code, in their order")  # fmt: skip
    factor = f"without --params: factor of all messages (default {UNTRAINED_ALPHA})"
    p.add_argument("--alpha", type=float, metavar="A", help=factor)
    p.add_argument("--out", required=True, type=Path, metavar="SPEC.json", help="spec to write")
    p.add_argument("--name", help="top-level name (default: from the codes)")
    p.add_argument("--iterations", type=int, help="(default: of the parameters, else 10)")
    alphabet_options.add_to(p)
    add_to(p.add_argument_group(
        "channel", "for another one than BPSK over AWGN each code's channel step is measured"
    ), Channel)  # fmt: skip
    maps = p.add_argument_group("magnitude maps")
    most, by = DEFAULT_MAPS["layered"]
    maps.add_argument("--max-maps", type=int, default=most, help=f"of all codes (default {most})")
    maps.add_argument("--map-by", choices=MAP_BY, default=by, help=f"(default {by})")
    maps.add_argument("--relaxation-shift", type=int, metavar="K",
                      help="relax by gamma = 1 - 2^-K, 0: not at all (default: as the parameters "
                      "say, which must be the same for all)")  # fmt: skip
    p.add_argument("--json", action="store_true", help="one JSON object as the last line")
    return p


def main(argv: Sequence[str]) -> int:
    """Fit, write the spec, say what it is."""
    args = parser().parse_args(argv)
    channel = chosen(args, Channel)
    if args.lsb is not None and not channel.usual:
        raise InputError(f"--lsb {args.lsb:g}: the step is measured for {channel}")
    graphs = [catalog.resolve(part) for part in parts_of(args.code) or (args.code,)]
    punctured = any(graph.punctured.any() for graph in graphs)
    alphabets = [alphabet_options.chosen(args, graph.rate, punctured) for graph in graphs]
    options = {"max_maps": args.max_maps, "map_by": args.map_by,
               "relaxation_shift": args.relaxation_shift}  # fmt: skip
    trained = args.params is not None
    asked = args.iterations
    members = fit_members(
        _parameters(args, graphs), alphabets, iterations=asked if trained else None,
        small_rotator=not trained, **options,
    )  # fmt: skip
    if not channel.usual:
        members = tuple(suited(member, channel) for member in members)
    name = args.name or name_of([member.code.name for member in members])
    command = {"command": shlex.join(["python", "-m", "quant.fit", *argv]), "version": VERSION}
    spec = CodeSetSpec(name, members, command)
    spec.save(args.out)
    print(f"{args.out}: {spec.describe()}")
    for member in members:
        print(f"{member.code.name}: channel step {member.channel.lsb_llr:.4g} LLR, "
              f"{member.iterations} iterations")  # fmt: skip
    print(f"thresholds {list(members[0].thresholds)}")
    for entry, levels in enumerate(members[0].maps.codebook):
        print(f"map {entry}: levels {list(levels)}")
    if args.json:
        cli.print_json({
            "name": spec.name, "out": str(args.out), "spec_sha": spec.sha,
            "codes": list(spec.codes),
            "lsb_llr": {member.code.name: member.channel.lsb_llr for member in members},
            "thresholds": list(members[0].thresholds),
            "codebook": [list(levels) for levels in members[0].maps.codebook],
        })  # fmt: skip
    return 0


def _parameters(args, graphs: Sequence[TannerGraph]) -> list[Parameters]:
    """Those of the files, or the same number everywhere."""
    if args.params is None:
        alpha = UNTRAINED_ALPHA if args.alpha is None else args.alpha
        if not 0 < alpha <= 2:
            raise InputError(f"--alpha {alpha:g}: must be above 0 and at most 2")
        count = DEFAULT_ITERATIONS if args.iterations is None else args.iterations
        return [Parameters.constant(graph, count, alpha) for graph in graphs]
    if args.alpha is not None:
        raise InputError(f"--alpha {args.alpha:g}: with --params the factors are theirs")
    if len(args.params) != len(graphs):
        raise InputError(f"--params: {len(args.params)} files for {len(graphs)} codes")
    return [Parameters.load(path, graph) for path, graph in zip(args.params, graphs, strict=True)]
