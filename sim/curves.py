"""Error-rate curves with their intervals as a picture."""

import io
from collections.abc import Sequence
from pathlib import Path

from model.errors import InputError
from model.files import write_atomic
from model.printable import one_line

SUFFIXES = (".png", ".svg", ".pdf")
_MARKERS = "osv^Dx*P+<>"


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
) -> Path:
    """Write a plot with a logarithmic vertical axis, whole or not at all.

    Args:
        path: File; the suffix says the format.
        title, x_label, y_label: Texts.
        curves: By name, points (x, rate, lower end, upper end); rates of 0 show as their upper end.
        guides: By name, points (x, rate) of dashed lines without marks.
    """
    check_file(path)
    # Figure without pyplot: no window system, no global state.
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 5), layout="constrained")
    axes = figure.subplots()
    for number, (name, points) in enumerate(curves.items()):
        points = sorted(points)
        x = [p[0] for p in points]
        y = [p[1] or p[3] for p in points]
        below = [max(0.0, v - p[2]) if p[1] else 0.0 for v, p in zip(y, points, strict=True)]
        above = [max(0.0, p[3] - v) for v, p in zip(y, points, strict=True)]
        marker = _MARKERS[number % len(_MARKERS)]
        look = {"label": plain(name), "marker": marker, "capsize": 2, "linewidth": 1}
        axes.errorbar(x, y, [below, above], **look)
    for name, line in (guides or {}).items():
        ends = zip(*line, strict=True) if line else ([], [])
        axes.plot(*ends, "--", label=plain(name), linewidth=1)
    axes.set_yscale("log")
    axes.set_title(plain(title), fontsize="medium")
    axes.set_xlabel(x_label)
    axes.set_ylabel(y_label)
    axes.grid(True, which="both", linewidth=0.3)
    axes.legend(fontsize="small")
    buffer = io.BytesIO()
    figure.savefig(buffer, format=path.suffix.lower()[1:], dpi=150)
    return write_atomic(path, buffer.getvalue())
