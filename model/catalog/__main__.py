"""List the named codes, state the facts of a code, or write it as a file."""

from collections.abc import Sequence

from model import catalog, cli, code_file, io
from model.code import TannerGraph

_EXAMPLE = """example:
  python -m model.catalog --list
  python -m model.catalog wifi_1296_r34
  python -m model.catalog nr5g_bg2_z52_n1200_k500 --save build/code.json
"""


def facts(graph: TannerGraph) -> dict:
    """What there is to say about a code, as plain numbers and text."""
    record = {
        "name": graph.name,
        "n": graph.n,
        "k": graph.k,
        "rate": round(graph.rate, 6),
        "n_checks": graph.n_checks,
        "n_variables": graph.n_variables,
        "rank": graph.rank,
        "rank_deficiency": graph.n_checks - graph.rank,
        "n_edges": graph.n_edges,
        "check_degrees": sorted(set(graph.check_degrees.tolist())),
        "variable_degrees": sorted(set(graph.variable_degrees.tolist())),
        "punctured": int(graph.punctured.sum()),
        "shortened": int(graph.shortened.sum()),
    }
    if graph.block is not None:
        record["lifting_size"] = graph.block.lifting_size
        record["block_edges"] = graph.n_block_edges
    return record


def main(argv: Sequence[str] | None = None) -> int:
    """List names, or print and save one code."""
    parser = cli.Parser(
        prog="python -m model.catalog",
        description=__doc__,
        epilog=_EXAMPLE,
    )
    parser.add_argument("code", nargs="?", help="name of a code, or a file of one")
    code_file.add_options(parser)
    parser.add_argument("--list", action="store_true", help="names, one a line")
    parser.add_argument("--save", metavar="FILE", help="write the code as .alist, .json or .qc")
    parser.add_argument("--json", action="store_true", help="facts as one JSON object")
    arguments = parser.parse_args(argv)
    if arguments.list:
        names = [*catalog.ALIASES, *catalog.names()]
        if arguments.json:
            cli.print_json({"names": names})
        else:
            print("\n".join(names))
        return 0
    if arguments.code is None:
        parser.error("name a code, or use --list")
    graph = catalog.resolve(code_file.named(arguments.code, arguments))
    if arguments.save is not None:
        io.save(graph, arguments.save)
    record = facts(graph)
    if arguments.json:
        cli.print_json(record)
        return 0
    for key, value in record.items():
        print(f"{key:17s} {value}")
    if record["rank_deficiency"]:
        print(
            f"H has rank {graph.rank} with {graph.n_checks} rows: "
            f"k = {graph.k} information bits are counted from the rank"
        )
    return 0


if __name__ == "__main__":
    cli.run(main)
