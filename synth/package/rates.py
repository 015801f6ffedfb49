"""Error rates on record of a spec, for its datasheet."""

from dataclasses import dataclass

from markupsafe import Markup

from model.printable import one_line
from quant import kinds, monte_carlo
from quant.recorded import Curve, recorded_curves
from synth.package import plot
from synth.package.product import Product, spoken


@dataclass(frozen=True)
class Rates:
    """What is on record.

    picture : of all curves
    name, axis, link : of the rate, of its points, and what lies between sender and receiver
    rows : point in dB, frames, errors that decide, rate, ends of its 95 % interval
    command : that counted them, version and date
    """

    picture: Markup
    name: str
    axis: str
    link: str
    rows: list[tuple[float, int, int, float, float, float]]
    command: str


def rates(product: Product) -> Rates | None:
    """The curves of the spec; None where nothing is on record, or no error was counted."""
    curves = [curve for curve in recorded_curves(product.spec) if any(p.rate for p in curve.points)]
    if not curves:
        return None
    own = curves[0]
    same = [curve for curve in curves if (curve.rate_name, curve.axis) == (own.rate_name, own.axis)]
    lines = {
        _title(curve): [(p.point_db, p.rate, p.low, p.high) for p in curve.points]
        for curve in same
    }  # fmt: skip
    shown = plot.picture(lines, f"{own.axis} in dB", f"{own.rate_name}, 95 % interval")
    errors = "frame_errors" if own.rate_name.startswith("frame") else "bit_errors"
    rows = [(p.point_db, p.frames, p.counts[errors], p.rate, p.low, p.high) for p in own.points]
    return Rates(Markup(shown), own.rate_name, own.axis, own.link_title, rows,
                 spoken(one_line(", ".join(own.made.values()))))  # fmt: skip


def command(product: Product) -> str | None:
    """What counts a curve of the spec; None where its family has no Monte Carlo."""
    part = monte_carlo.find(kinds.family_of(product.spec))
    if part is None:
        return None
    middle = product.record.get("average_ebn0_db")
    points = "0:12:2" if middle is None else f"{middle - 0.5:g}:{middle + 1:g}:0.25"
    return f"unfoldhw fer --spec spec.json --{part.axis.option} {points} --plot rates.png"


def _title(curve: Curve) -> str:
    return "this core's integers" if curve.model in ("c", "golden") else curve.model
