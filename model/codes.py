"""``python -m model.codes``: the named codes, and the card of one code."""

from collections.abc import Sequence

import numpy as np

from model import catalog, cli, code_file, io, ranges
from model.catalog import nr5g
from model.code import TannerGraph
from model.encode import Encoder
from model.girth import girth

_EXAMPLE = """examples:
  python -m model.codes
  python -m model.codes wifi_648_r12
  python -m model.codes nr5g_bg2_z52_n1200_k500 --json
  python -m model.codes my_code.alist
  python -m model.codes wifi_648_r12 --save build/code.alist

Sizes: n bits are transmitted, k of them (by the true rank of H) are information, Z is the lifting
size of quasi-cyclic codes. Bits are numbered from 0 as the columns of H are.
"""


def card(graph: TannerGraph) -> dict:
    """What there is to say about a code, as plain values."""
    block = graph.block
    return {
        "name": graph.name,
        "n": graph.n,
        "k": graph.k,
        "rate": round(graph.rate, 6),
        "n_checks": graph.n_checks,
        "n_variables": graph.n_variables,
        "rank": graph.rank,
        "n_edges": graph.n_edges,
        "girth": girth(graph),
        "check_degrees": _distribution(graph.check_degrees),
        "variable_degrees": _distribution(graph.variable_degrees),
        "lifting_size": None if block is None else block.lifting_size,
        "block_rows": None if block is None else block.exponents.shape[0],
        "block_columns": None if block is None else block.exponents.shape[1],
        "punctured": _runs(np.flatnonzero(graph.punctured)),
        "shortened": _runs(np.flatnonzero(graph.shortened)),
        "information": _runs(Encoder(graph).information_positions),
    }


def _distribution(degrees: np.ndarray) -> dict[str, int]:
    """Degree to the number of nodes that have it."""
    found, counts = np.unique(degrees, return_counts=True)
    return {str(degree): int(count) for degree, count in zip(found, counts, strict=True)}


def _runs(positions: np.ndarray) -> list[list[int]]:
    return [list(run) for run in ranges.runs(positions)]


def lines(found: dict, source: str) -> list[str]:
    """A card for people."""
    redundant = found["n_checks"] - found["rank"]
    blocks = "none: every edge by itself"
    if found["lifting_size"] is not None:
        size = f"{found['block_rows']} x {found['block_columns']}"
        blocks = f"{size} of Z = {found['lifting_size']}"
    rows = {
        "n, k": f"{found['n']}, {found['k']}",
        "rate": f"{found['rate']:.4f}",
        "H": f"{found['n_checks']} x {found['n_variables']}, {found['n_edges']} ones",
        "rank": f"{found['rank']}" + (f", {redundant} rows follow from others" * bool(redundant)),
        "girth": "no cycles" if found["girth"] is None else str(found["girth"]),
        "check degrees": _as_text(found["check_degrees"]),
        "bit degrees": _as_text(found["variable_degrees"]),
        "blocks": blocks,
        "punctured": _positions(found["punctured"]),
        "shortened": _positions(found["shortened"]),
        "information": _positions(found["information"]),
        "source": source,
    }
    return [found["name"], *(f"  {title:15}{text}" for title, text in rows.items())]


def _as_text(distribution: dict[str, int]) -> str:
    return ", ".join(f"{degree} ({count})" for degree, count in distribution.items())


def _positions(runs: list[list[int]]) -> str:
    positions = [place for first, last in runs for place in range(first, last + 1)]
    if not positions:
        return "none"
    return f"{len(positions)} bits: {ranges.as_text(positions)}"


def listing() -> list[dict]:
    """Name, n, k and Z of the codes of the catalogue; those of 5G are functions of Z, as text."""
    found = []
    for name in catalog.names():
        if nr5g.is_name(name):
            continue
        graph = catalog.get(name)
        z = None if graph.block is None else graph.block.lifting_size
        found.append({"name": name, "n": graph.n, "k": graph.k, "Z": z})
    return found + [_of_base_graph(number) for number in nr5g.BASE_GRAPHS]


def _of_base_graph(number: int) -> dict:
    graph = catalog.get(f"nr5g_bg{number}_z{nr5g.LIFTING_SIZES[-1]}")
    z = graph.block.lifting_size
    sizes = nr5g.LIFTING_SIZES
    return {"name": f"nr5g_bg{number}_zZ", "n": f"{graph.n // z} Z", "k": f"{graph.k // z} Z",
            "Z": list(sizes)}  # fmt: skip


def _listed(found: list[dict]) -> list[str]:
    text = [f"{'name':26}{'n':>6}{'k':>6}{'Z':>5}"]
    text += [
        f"{each['name']:26}{each['n']:>6}{each['k']:>6}{'-' if each['Z'] is None else each['Z']:>5}"
        for each in found if not isinstance(each["Z"], list)
    ]  # fmt: skip
    text += [
        f"{each['name']}, Z = {', '.join(map(str, each['Z']))}: n = {each['n']}, k = {each['k']}"
        for each in found if isinstance(each["Z"], list)
    ]  # fmt: skip
    aliases = ", ".join(f"{alias} is {name}" for alias, name in catalog.ALIASES.items())
    text.append(f"5G names take _n<bits> and _k<bits>, e.g. nr5g_bg2_z52_n1200_k500; {aliases}")
    return text


def main(argv: Sequence[str] | None = None) -> int:
    """Print the catalogue or a card."""
    parser = cli.Parser(
        prog="python -m model.codes",
        description="The named codes, or what there is to say about one code.",
        epilog=_EXAMPLE,
    )
    parser.add_argument(
        "code", nargs="?", metavar="NAME|FILE",
        help="a catalogue name or a code file (default: list the catalogue)",
    )  # fmt: skip
    code_file.add_options(parser)
    parser.add_argument("--list", action="store_true", help="all names, one a line")
    parser.add_argument("--save", metavar="FILE", help="write the code as .alist, .json or .qc")
    parser.add_argument("--json", action="store_true", help="one JSON object as the last line")
    arguments = parser.parse_args(argv)
    if arguments.list:
        names = [*catalog.ALIASES, *catalog.names()]
        print("\n".join(names))
        if arguments.json:
            cli.print_json({"names": names})
        return 0
    if arguments.code is None:
        if arguments.save is not None:
            parser.error("--save: name a code")
        found = listing()
        print("\n".join(_listed(found)))
        if arguments.json:
            cli.print_json({"codes": found})
        return 0
    graph = catalog.resolve(code_file.named(arguments.code, arguments))
    if arguments.save is not None:
        io.save(graph, arguments.save)
    source = catalog.source(graph.name) if catalog.is_name(arguments.code) else arguments.code
    found = card(graph)
    print("\n".join(lines(found, source)))
    if arguments.json:
        cli.print_json(found | {"source": source})
    return 0


if __name__ == "__main__":
    cli.run(main)
