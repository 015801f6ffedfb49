"""What message width costs a direct decoder: COMB per edge and iteration, measured.

``python -m synth.widths`` builds the untrained iterated decoder of every code in every width, maps
and packs it. Reports that are there are read back, so that an interrupted run goes on.
"""

from collections.abc import Sequence
from pathlib import Path

from hw.build import build
from hw.lib.devices import DEFAULT
from model import catalog, curves
from model.cli import Parser, print_json, run
from model.errors import InputError
from quant.fit import default_spec
from synth.flow import synthesise

_EXAMPLE = """example:
  python -m synth.widths --codes bch_31_16 ccsds_128_64 --plot docs/direct_widths.png
"""
TARGET = DEFAULT


def measure(code: str, message_bits: int, out: Path) -> dict:
    """COMB, FF and edges of one decoder, built and mapped under ``out``."""
    spec = default_spec(
        catalog.resolve(code), message_bits, schedule="flooding", map_by="one", max_maps=1
    )
    folder = out / f"{spec.name}_{message_bits}bit"
    record = build(spec, folder, {"form": "iterated"})
    report = synthesise(folder, TARGET, stop_after="packing")
    return {
        "code": code, "message_bits": message_bits, "edges": record["edges"],
        "comb": report.comb, "ff": report.ff,
        "comb_per_edge": round(report.comb / record["edges"], 1),
        "ff_per_edge": round(report.ff / record["edges"], 1),
    }  # fmt: skip


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print a table, draw it."""
    parser = Parser(
        prog="python -m synth.widths",
        description="COMB per edge and iteration of direct decoders against message width.",
        epilog=_EXAMPLE,
    )
    parser.add_argument("--codes", nargs="+", default=["bch_31_16", "ccsds_128_64"], metavar="NAME")
    parser.add_argument("--widths", nargs="+", type=int, default=[3, 4, 5, 6], metavar="BITS")
    parser.add_argument("--out", type=Path, default=Path("build/widths"), metavar="DIR",
                        help="of the builds (default build/widths)")  # fmt: skip
    parser.add_argument("--plot", type=Path, metavar="FILE.png", help="draw it")
    parser.add_argument("--json", action="store_true", help="one JSON object as the last line")
    options = parser.parse_args(argv)
    for bits in options.widths:
        if not 2 <= bits <= 6:
            raise InputError(f"--widths {bits}: message widths are 2 to 6 bits")
    if options.plot is not None:
        curves.check_file(options.plot)
    print("| code | message bits | COMB | FF | COMB per edge and iteration | FF |")
    print("|---|---|---|---|---|---|")
    found = []
    for code in options.codes:
        for bits in sorted(set(options.widths)):
            row = measure(code, bits, options.out)
            found.append(row)
            print(f"| {code} | {bits} | {row['comb']} | {row['ff']} | {row['comb_per_edge']} | "
                  f"{row['ff_per_edge']} |", flush=True)  # fmt: skip
    if options.plot is not None:
        draw(options.plot, found)
        print(options.plot)
    if options.json:
        print_json({"target": TARGET, "rows": found})
    return 0


def draw(path: Path, rows: list[dict]) -> None:
    """A line for every code."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    figure = Figure(figsize=(6.4, 4.2), layout="constrained")
    axes = figure.subplots()
    for number, code in enumerate(dict.fromkeys(row["code"] for row in rows)):
        points = [(r["message_bits"], r["comb_per_edge"]) for r in rows if r["code"] == code]
        (line,) = axes.plot(*zip(*points, strict=True), "o-", label=code)
        # The curves lie close together: figures stand on the left of one and the right of the next.
        place = dict(xytext=(6, -12)) if number % 2 else dict(xytext=(-6, 5), ha="right")
        for bits, comb in points:
            axes.annotate(f"{comb:g}", (bits, comb), textcoords="offset points",
                          color=line.get_color(), **place)  # fmt: skip
    axes.margins(0.12)
    axes.set(xlabel="message width in bits", ylabel=f"COMB per edge and iteration, {TARGET}")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_ylim(bottom=0)
    axes.grid(alpha=0.3)
    axes.legend()
    curves.save(figure, path)


if __name__ == "__main__":
    run(main)
