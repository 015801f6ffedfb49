"""What has been counted on a board, as a table that moves, and as a picture."""

from collections.abc import Sequence
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table

from hw.board.packets import COUNTERS
from model import curves
from quant.recorded import Curve
from sim.board.counting import Point, on_record
from sim.board.session import Session

_WIDTH = 120
_NEAR_DB = 0.5  # of the curve on record, beyond the points of the board


def table(points: Sequence[Point], session: Session, curve: Curve | None, axis: str) -> Table:
    """A row a point, and what the line lost below."""
    rates = any(point.bits for point in points)
    made = Table(box=box.SIMPLE_HEAD, title=f"board at {session.link.name}", title_justify="left",
                 caption=_caption(points, session), caption_justify="left")  # fmt: skip
    titles = ["frames", "per s", "differ"]
    if rates:
        titles = [axis, *titles, "wrong", "FER", "95 % interval", "model", "on record", "BER"]
    for title in titles:
        made.add_column(title, justify="right", no_wrap=True)
    for point in points:
        made.add_row(*_row(point, curve, rates))
    return made


def text(made: Table) -> str:
    """A table as text, for a file as for a terminal that is wide enough."""
    console = Console(width=_WIDTH, force_terminal=False)
    with console.capture() as captured:
        console.print(made)
    return captured.get()


def _row(point: Point, curve: Curve | None, rates: bool) -> list[str]:
    found = [f"{point.frames}", f"{point.frames / point.seconds:.1f}" if point.seconds else "",
             f"{point.differences}"]  # fmt: skip
    if not rates:
        return found
    if not point.frames:
        return [f"{point.point_db:g}", *found]
    low, high = point.interval()
    recorded = on_record(curve, point.point_db)
    return [
        f"{point.point_db:g}", *found, f"{point.frame_errors}",
        f"{point.frame_errors / point.frames:.3e}", f"{low:.2e}..{high:.2e}",
        f"{point.model_errors / point.frames:.3e}",
        "" if recorded is None else f"{recorded:.3e}",
        f"{point.bit_errors / (point.frames * point.bits):.3e}",
    ]  # fmt: skip


def _caption(points: Sequence[Point], session: Session) -> str:
    """What the line and the board say."""
    sums = {name: sum(p.board.get(name, 0) for p in points) for name in COUNTERS}
    busy = sums["busy_cycles"] / sums["cycles"] if sums["cycles"] else 0.0
    return (
        f"host: {session.losses.resent} sent again, {session.link.bad} bad packets, "
        f"{session.losses.strays} strays\nboard: {sums['packets']} packets, "
        f"{sums['bad_packets']} bad, {sums['line_errors']} bytes without stop bit, "
        f"{sums['overflows'] + sums['refused']} not taken, {sums['dropped_frames']} frames "
        f"dropped, frames in the design {busy:.0%} of the time"
    )


def draw(path: Path, points: Sequence[Point], curve: Curve | None, title: str, axis: str) -> Path:
    """The board's points with intervals, and the curve on record."""
    lines = {"board": [(p.point_db, p.frame_errors / p.frames, *p.interval()) for p in points]}
    at = [p.point_db for p in points]
    if curve is not None:
        lines[f"on record ({curve.model} model)"] = [
            (p.point_db, p.rate, p.low, p.high)
            for p in curve.points
            if min(at) - _NEAR_DB <= p.point_db <= max(at) + _NEAR_DB
        ]
    return curves.draw(path, title, f"{axis} in dB", "frame error rate", lines)
