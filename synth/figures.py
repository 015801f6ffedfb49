"""The tables of what is on record of the shipped specs, written into documents between marks.

    <!-- figures: qc_ldpc qc_ldpc_4bit -->
    <!-- end -->

``python -m synth.figures --write README.md`` fills what is between the two with a table of these
presets, of all that have a record where none is named. ``rates`` in place of ``figures`` is a table
of the points counted for each, ``presets`` a line for each with where its curve lies. The record of
a preset comes from ``synth.report --record``, ``quant.loss --record`` and ``sim.fer --record``.
"""

import math
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from model.cli import Parser, run
from model.errors import InputError
from model.files import read_text, write_atomic
from model.rates import crossing
from quant import kinds, recorded
from sim import on_record
from sim import table as table_of_points

_MARKED = re.compile(
    r"(<!-- (?P<table>figures|rates|presets):(?P<names>[\w ]*)-->\n)(.*?)(?P<end><!-- end -->)",
    re.DOTALL,
)
_TITLES = ("preset", "what it is", "loss dB", "COMB", "FF", "EBR", "DSP", "MHz", "coded Mb/s",
           "device, seed", "version, date")  # fmt: skip
_TARGET = 1e-2
"""Error rate at which curves are compared."""
_EXAMPLE = """examples:
  python -m synth.figures                                        # print the table
  python -m synth.figures --write README.md docs/figures.md      # bring documents up to date
  python -m synth.report --build build/qc_ldpc --record qc_ldpc  # put a preset on record
"""


def table(names: Sequence[str] = ()) -> str:
    """Markdown: a line for each preset, those with a recorded cost where none is named."""
    found = _specs(names)
    shown = names or [name for name, spec in found.items() if "cost" in spec.provenance]
    return _markdown(_TITLES, [_row(name, found[name]) for name in shown])


def _specs(names: Sequence[str]) -> dict:
    found = {name: kinds.load(path) for name, path in kinds.presets().items()}
    unknown = [name for name in names if name not in found]
    if unknown:
        raise InputError(f"no preset is named {unknown[0]!r} (python -m hw.build --list)")
    return found


def _markdown(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [titles, ["---"] * len(titles), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def rates(names: Sequence[str] = ()) -> str:
    """Markdown: every point on record of the presets, a table for each curve."""
    found = _specs(names)
    parts = []
    for name in names or found:
        for one in on_record.results_of(found[name]):
            part, bits = type(one.measured), one.measured.frame_bits(one.link)
            columns = table_of_points.columns(part, None, speeds=False)
            rows = [
                [text for *_, text in table_of_points.columns(part, tally.record(bits), False)]
                for tally in one.counted()
            ]
            parts.append(f"`{name}`: {one.title}, {one.measured.link_title(one.link)}\n\n"
                         + _markdown([title for title, *_ in columns], rows))  # fmt: skip
    return "\n".join(parts)


def presets(names: Sequence[str] = ()) -> str:
    """Markdown: a line for each preset with the lowest error rate counted, and where."""
    found = _specs(names)
    rows = []
    for name in names or found:
        curve, spec = recorded.recorded_curve(found[name]), found[name]
        seen = [] if curve is None else [p for p in curve.points if p.rate]
        if not seen:
            rows.append([f"`{name}`", spec.describe(), "–", "–", "–"])
            continue
        at = crossing([p.point_db for p in seen], [p.rate for p in seen], _TARGET)
        last = seen[-1]
        where = "–" if math.isnan(at) else f"{at:.2f} dB"
        lowest = f"{last.rate:.1e} ({last.low:.1e} to {last.high:.1e}) at {last.point_db:g} dB"
        rows.append([f"`{name}`", spec.describe(), f"{curve.rate_name}, {curve.link_title}",
                     where, lowest])  # fmt: skip
    return _markdown(
        ("preset", "what it is", "curve", f"{_TARGET:g} at", "lowest point, 95 % interval"), rows
    )


_TABLES = {"figures": table, "rates": rates, "presets": presets}


def _row(name: str, spec) -> list[str]:
    cost, loss = spec.provenance.get("cost", {}), spec.provenance.get("loss", {})

    def number(key: str, form: str) -> str:
        value = cost.get(key)
        return "–" if value is None else format(value, form)

    lost = "–" if loss.get("loss_db") is None else f"{loss['loss_db']:.3f}"
    device = f"{cost['target']}, {cost['seed']}" if cost else "–"
    made = ", ".join(cost[key] for key in ("version", "date") if key in cost) or "–"
    return [f"`{name}`", spec.describe(), lost, number("comb", ",d"), number("ff", ",d"),
            number("ebr", "g"), number("dsp", "d"), number("fmax_mhz", ".1f"),
            number("coded_mbps", ".1f"), device, made]  # fmt: skip


def filled(text: str) -> str:
    """``text`` with today's table in every marked place."""
    return _MARKED.sub(lambda m: m[1] + _TABLES[m["table"]](m["names"].split()) + m["end"], text)


def main(argv: Sequence[str] | None = None) -> int:
    """Command line; returns the exit code."""
    parser = Parser(
        prog="python -m synth.figures",
        description="Table of what is on record of the shipped specs.",
        epilog=_EXAMPLE,
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="presets (default: all on record)")
    parser.add_argument("--write", nargs="+", type=Path, metavar="FILE.md", default=[],
                        help="fill the marked places of documents")  # fmt: skip
    options = parser.parse_args(argv)
    for path in options.write:
        text = read_text(path)
        if not _MARKED.search(text):
            raise InputError(f"{path}: has no place marked <!-- figures: --> (rates, presets) to "
                             "<!-- end -->")  # fmt: skip
        write_atomic(path, filled(text))
    if not options.write:
        sys.stdout.write(table(options.names))
    return 0


if __name__ == "__main__":
    run(main)
