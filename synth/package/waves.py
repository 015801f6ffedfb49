"""Timing diagrams as SVG: rows of levels and values, a character a clock cycle.

A row's wave is read as WaveDrom reads it: ``p`` clock, ``0`` and ``1`` levels, ``=`` a value (the
next of the row's labels), ``x`` no matter what, ``.`` as before, ``|`` as before with a gap.
Colours are those of the page that the picture stands in.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from markupsafe import escape

_CYCLE, _ROW, _HIGH, _LABELS, _SLOPE = 40, 30, 18, 118, 3


@dataclass(frozen=True)
class Row:
    """A signal's line: name, wave, and the labels of its values."""

    name: str
    wave: str
    labels: Sequence[str] = field(default=())


def picture(rows: Sequence[Row], title: str) -> str:
    """The diagram; ``title`` is what a screen reader says."""
    cycles = max(len(row.wave) for row in rows)
    width, height = _LABELS + cycles * _CYCLE + 8, len(rows) * _ROW + 8
    parts = [
        f'<svg class="waves" role="img" viewBox="0 0 {width} {height}" width="{width}">'
        f"<title>{escape(title)}</title>"
    ]
    for cycle in range(cycles + 1):
        x = _LABELS + cycle * _CYCLE
        parts.append(f'<path class="grid" d="M{x} 2V{height - 4}"/>')
    for number, row in enumerate(rows):
        parts += _row(row, 6 + number * _ROW)
    parts.append("</svg>")
    return "".join(parts)


def _row(row: Row, top: int) -> list[str]:
    bottom, middle = top + _HIGH, top + _HIGH // 2
    parts = [f'<text class="name" x="{_LABELS - 10}" y="{middle + 5}">{escape(row.name)}</text>']
    labels, line, gaps = iter(row.labels), [], []
    at, before = 0, ""
    while at < len(row.wave):
        sign = row.wave[at]
        length = 1
        while at + length < len(row.wave) and row.wave[at + length] in ".|":
            length += 1
        gaps += [at + i for i in range(length) if row.wave[at + i] == "|"]
        left, right = _LABELS + at * _CYCLE, _LABELS + (at + length) * _CYCLE
        if sign == "p":
            for cycle in range(length):
                x = left + cycle * _CYCLE
                line.append(f"M{x} {bottom}V{top}h{_CYCLE // 2}V{bottom}h{_CYCLE // 2}")
        elif sign in "01":
            y = top if sign == "1" else bottom
            start = f"M{left} {y}"
            if before in ("0", "1") and before != sign:
                start = f"M{left} {bottom + top - y}L{left + _SLOPE} {y}"
            line.append(f"{start}H{right}")
        else:
            kind = "value" if sign == "=" else "any"
            s = _SLOPE
            parts.append(
                f'<path class="{kind}" d="M{left} {middle}L{left + s} {top}H{right - s}'
                f'L{right} {middle}L{right - s} {bottom}H{left + s}Z"/>'
            )
            if sign == "=":
                text = escape(next(labels, ""))
                x = (left + right) // 2
                parts.append(f'<text class="label" x="{x}" y="{middle + 4}">{text}</text>')
        before = sign
        at += length
    parts.append(f'<path class="line" d="{"".join(line)}"/>' if line else "")
    for gap in gaps:
        x = _LABELS + gap * _CYCLE + _CYCLE // 2
        parts.append(
            f'<path class="gap" d="M{x - 4} {bottom + 3}q1 -6 3 -12t3 -12h6q-1 6 -3 12t-3 12Z"/>'
        )
    return parts
