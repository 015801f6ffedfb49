"""The design space as a picture: throughput against area, error-rate loss as colour."""

from collections.abc import Sequence
from pathlib import Path

from model.curves import check_file, plain, save
from synth.explore.summary import Found, front

_MARKERS = "osD^vP*X<>p"


def draw(path: Path, title: str, found: Sequence[Found]) -> Path:
    """Write the picture, whole or not at all; ``InputError`` for a suffix that is no picture.

    Every routed design is a point, its marker says the spec, its colour the loss (grey: not
    measured). Designs on the Pareto front of rate, area and loss have a ring; the line is the front
    of rate and area alone.
    """
    check_file(path)
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 5.5), layout="constrained")
    axes = figure.subplots()
    routed = [f for f in found if f.mhz is not None]
    losses = [f.loss_db for f in routed if f.loss_db is not None]
    low, high = min(losses, default=0.0), max(losses, default=0.0)
    span = {"cmap": "viridis_r", "vmin": low, "vmax": max(high, low + 0.01)}
    colours = None
    for number, spec in enumerate(dict.fromkeys(f.spec for f in routed)):
        marker = _MARKERS[number % len(_MARKERS)]
        mine = [f for f in routed if f.spec == spec]
        known = [f for f in mine if f.loss_db is not None]
        for some, look in (
            (known, {"c": [f.loss_db for f in known], **span}),
            ([f for f in mine if f.loss_db is None], {"c": "0.6"}),
        ):
            if some:
                dots = axes.scatter(*_places(some), marker=marker, s=45, zorder=3, **look)
                colours = dots if some is known else colours
        axes.scatter([], [], marker=marker, c="0.3", label=plain(spec))
    best = front(found)
    axes.scatter(*_places(best), s=150, facecolors="none", edgecolors="crimson", zorder=2,
                 label="on the front of rate, area and loss")  # fmt: skip
    line = _staircase(routed)
    axes.plot([x for x, _ in line], [y for _, y in line], color="crimson", linewidth=1,
              label="front of rate and area")  # fmt: skip
    if colours is not None:
        figure.colorbar(colours, label="Eb/N0 lost to quantisation in dB")
    axes.set_title(plain(title), fontsize="medium")
    axes.set_xlabel("area in 1000 COMB")
    axes.set_ylabel("coded Mb/s at full iterations")
    axes.grid(True, linewidth=0.3)
    axes.legend(fontsize="small")
    return save(figure, path)


def _places(some: Sequence[Found]) -> tuple[list[float], list[float]]:
    return [f.row["comb"] / 1000 for f in some], [f.coded_mbps for f in some]


def _staircase(routed: Sequence[Found]) -> list[tuple[float, float]]:
    """Corners of the best rate that an area allows."""
    corners: list[tuple[float, float]] = []
    for x, y in sorted(zip(*_places(routed), strict=True), key=lambda p: (p[0], -p[1])):
        if not corners or y > corners[-1][1]:
            if corners:
                corners.append((x, corners[-1][1]))
            corners.append((x, y))
    return corners
