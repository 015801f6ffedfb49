"""What each part of a design costs: cells by the module they were written in."""

import re
from collections import Counter, defaultdict

from model.printable import one_line
from synth.families import FAMILIES

_COUNTED = {kind: column for family in FAMILIES.values() for kind, column in family.columns.items()}
_COLUMNS = tuple(dict.fromkeys(_COUNTED.values()))
_SMALL = 0.005  # share of all cells below which a part is not told apart


def cells_by_part(netlist: dict, top: str) -> dict[str, dict[str, int]]:
    """Cells of a flat mapped netlist (Yosys JSON) by the path of their module.

    Numbers in the path are folded: all cells of an array are one part. Logic that Yosys drew from
    several modules counts where the name of its output comes from. Small parts are one, ``(rest)``.
    """
    cells = netlist["modules"][top]["cells"]
    # Flattening leaves one of these for every instance.
    scopes = {name for name, cell in cells.items() if cell["type"] == "$scopeinfo"}
    parts: dict[str, Counter] = defaultdict(Counter)
    for name, cell in cells.items():
        if cell["type"] in _COUNTED:
            parts[_part_of(name, scopes)][_COUNTED[cell["type"]]] += 1
    least = _SMALL * sum(counts.total() for counts in parts.values())
    large: dict[str, Counter] = defaultdict(Counter)
    for part, counts in parts.items():
        weighty = counts.total() >= least or counts["ebr"] > 1 or counts["dsp"]
        large[part if weighty else "(rest)"] += counts
    return {part: dict(counts) for part, counts in sorted(large.items())}


def _part_of(cell: str, scopes: set[str]) -> str:
    levels = cell.replace("\\", "").split(".")
    while levels and ".".join(levels) not in scopes:
        levels.pop()
    folded = [re.sub(r"\d+", "#", re.sub(r"\$.*", "", level)) for level in levels]
    return ".".join(folded) or "(top)"


def parts_table(parts: dict[str, dict[str, int]]) -> str:
    """The parts as aligned lines of text, the largest first."""
    rows = [["part", *_COLUMNS]]
    for part, counts in sorted(parts.items(), key=lambda item: -sum(item[1].values())):
        rows.append([part, *(str(counts.get(column, 0)) for column in rows[0][1:])])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for first, *others in rows:
        cells = [text.rjust(width) for text, width in zip(others, widths[1:], strict=True)]
        lines.append(one_line("  ".join([first.ljust(widths[0]), *cells])) + "\n")
    return "".join(lines)
