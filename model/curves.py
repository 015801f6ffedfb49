"""Error-rate curves with their intervals as a picture."""

import io
from collections.abc import Sequence
from pathlib import Path

from model.errors import InputError
from model.files import write_atomic
from model.printable import one_line

SUFFIXES = (".png", ".svg", ".pdf")
_MARKERS = "osv^Dx*P+<>"
_LONG_LABEL = 46  # letters, of which two columns hold no more


def check_file(path: Path) -> None:
    """Raise ``InputError`` unless ``path`` names a picture format."""
    if path.suffix.lower() not in SUFFIXES:
        raise InputError(f"{path}: suffix {path.suffix!r} is none of {', '.join(SUFFIXES)}")


def plain(text: str) -> str:
    """``text`` as a picture shows it letter by letter: dollar signs would begin a formula."""
    return one_line(text).replace("$", r"\$")


def draw(
    path: Path,
    title: str,
    x_label: str,
    y_label: str,
    curves: dict[str, Sequence[tuple[float, float, float, float]]],
    guides: dict[str, Sequence[tuple[float, float]]] | None = None,
    beside: dict[str, Sequence[tuple[float, float]]] | None = None,
    beside_label: str = "",
) -> Path:
    """Write a plot with a logarithmic vertical axis, whole or not at all.

    Args:
        path: File; the suffix says the format.
        title, x_label, y_label: Texts.
        curves: By name, points (x, rate, lower end, upper end); rates of 0 show as their upper end.
        guides: By name, points (x, rate) of dashed lines without marks.
        beside: By a curve's name, points (x, rate) of a second rate, dotted in the curve's colour.
        beside_label: What that rate is.
    """
    check_file(path)
    # Figure without pyplot: no window system, no global state.
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 5))
    axes = figure.add_axes((0, 0, 1, 1))
    shown = fill(axes, curves, guides or {}, beside or {}, beside_label)
    _legend_below(figure, axes, shown)
    axes.set_title(plain(title), fontsize="medium")
    axes.set_xlabel(x_label)
    axes.set_ylabel(y_label)
    return save(figure, path)


def _legend_below(figure, axes, shown: list) -> None:
    """The legend under the axes, where it hides no curve.

    Room for labels is fixed: it is enough on a logarithmic axis, and measuring takes longer than
    drawing.
    """
    columns = 1 if max(len(handle.get_label()) for handle in shown) > _LONG_LABEL else 2
    below = 0.55 + 0.2 * -(-len(shown) // columns)  # inches
    width, height = figure.get_size_inches()
    height += below - 0.55
    figure.set_size_inches(width, height)
    axes.set_position((0.12, (below + 0.1) / height, 0.85, 1 - (below + 0.45) / height))
    figure.legend(handles=shown, fontsize="small", loc="lower center", ncols=columns, frameon=False)


def fill(axes, curves: dict, guides: dict, beside: dict, beside_label: str = "") -> list:
    """Draw the curves of :func:`draw` into ``axes`` of matplotlib; return what a legend shows."""
    shown = []
    for number, (name, points) in enumerate(curves.items()):
        points = sorted(points)
        x = [p[0] for p in points]
        y = [p[1] or p[3] for p in points]
        below = [max(0.0, v - p[2]) if p[1] else 0.0 for v, p in zip(y, points, strict=True)]
        above = [max(0.0, p[3] - v) for v, p in zip(y, points, strict=True)]
        look = {"marker": _MARKERS[number % len(_MARKERS)], "linewidth": 1}
        line = axes.errorbar(x, y, [below, above], label=plain(name), capsize=2, **look)
        shown.append(line)
        second = sorted(p for p in beside.get(name, ()) if p[1])
        if second:
            look |= {"linestyle": ":", "markerfacecolor": "none", "color": line[0].get_color()}
            axes.plot(*zip(*second, strict=True), **look)
    if any(p[1] for points in beside.values() for p in points):
        shown += axes.plot([], [], ":", color="0.3", label=f"{beside_label}, dotted")
    if guides:
        left, right = _window(curves, guides)
        axes.set_xlim(left, right)
        for name, line in guides.items():
            seen = [p for p in line if left <= p[0] <= right]
            if seen:
                look = {"label": plain(name), "linewidth": 1}
                shown += axes.plot(*zip(*seen, strict=True), "--", **look)
    axes.set_yscale("log")
    axes.grid(True, which="both", linewidth=0.3)
    return shown


def _window(curves: dict, guides: dict) -> tuple[float, float]:
    """Ends of the axis: the measured points, and beside them a part of guides that lie outside."""
    at = [p[0] for points in curves.values() for p in points]
    low, high = min(at), max(at)
    span = max(high - low, 0.5)
    first = min((p[0] for line in guides.values() for p in line), default=low)
    return max(min(first, low - span / 20), low - span / 4), high + span / 20


def save(figure, path: Path) -> Path:
    """Write a figure of matplotlib, whole or not at all; the suffix says the format."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format=path.suffix.lower()[1:], dpi=150)
    return write_atomic(path, buffer.getvalue())
