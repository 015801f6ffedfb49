"""A measured table as text and as JSON values."""

from collections.abc import Sequence

from model.evaluate import Point
from model.relaxation import gamma_of, nearest_shift
from model.reproduce.entry import Entry
from model.reproduce.measured import MIN_FRAME_ERRORS, gain, interval, point_record, rate
from model.reproduce.table import Case, Table
from model.reproduce.text import markdown


def rows(
    table: Table, case: Case, entries: Sequence[Entry], curves: dict[str, list[Point]]
) -> list[dict]:
    """Return one record for each entry: numbers, points, gain over the first, published."""
    found = []
    baseline = curves[entries[0].variant.name]
    for entry in entries:
        name = entry.variant.name
        points = curves[name]
        over = None
        if entry is not entries[0]:
            over = gain(quoted(baseline), quoted(points), table.metric, case.target)
        found.append(
            {
                "name": name,
                "label": entry.variant.label,
                "parameters": entry.trained,
                "gamma": entry.gamma(),
                "file": str(entry.path),
                "points": [point_record(point) for point in points],
                "gain_db": None if over is None else over.db,
                "gain_interval_db": None if over is None else [over.low_db, over.high_db],
                "published": case.published.get(name),
                "expected": {f"{k:g}": v for k, v in case.expected.get(name, {}).items()},
            }
        )
    return found


def quoted(points: Sequence[Point]) -> list[Point]:
    """Return the points with enough frame errors to say something."""
    return [point for point in points if point.frame_errors >= MIN_FRAME_ERRORS]


def lines(
    table: Table, case: Case, entries: Sequence[Entry], curves: dict[str, list[Point]]
) -> list[str]:
    """Return the table as Markdown."""
    records = rows(table, case, entries, curves)
    places = sorted({point.ebn0_db for curve in curves.values() for point in curve})
    at = {name: {point.ebn0_db: point for point in curve} for name, curve in curves.items()}
    metric = table.metric.upper()
    heads = ["decoder", "numbers"]
    with_gamma = any(record["gamma"] is not None for record in records)
    heads += ["gamma"] * with_gamma
    heads += [f"{metric} at {place:g} dB" for place in places]
    heads += [f"gain at {case.target:g} in dB"]
    with_published = any(r["published"] or r["expected"] for r in records)
    heads += ["elsewhere"] * with_published
    body = []
    for record, entry in zip(records, entries, strict=True):
        cells = [record["label"], str(record["parameters"])]
        if with_gamma:
            cells.append(gamma_cell(record["gamma"]))
        own = at[entry.variant.name]
        cells += [rate_cell(own[p], table.metric) if p in own else "" for p in places]
        cells.append(gain_cell(record))
        if with_published:
            cells.append(published_cell(record))
        body.append(cells)
    return [
        f"{case.code}: {table.title}",
        "",
        *markdown([heads, *body]),
        "",
        "most frames: " + ", ".join(
            f"{max(own[place].frames for own in at.values() if place in own)} at {place:g} dB"
            for place in places
        )
        + f"; * fewer than {MIN_FRAME_ERRORS} frame errors, the upper end of the interval",
    ]  # fmt: skip


def rate_cell(point: Point, metric: str) -> str:
    """Return ``1.36e-2 (1.31-1.41)``, the interval in units of the same power of ten."""
    value = rate(point, metric)
    if point.frame_errors < MIN_FRAME_ERRORS:
        return f"< {interval(point, metric)[1]:.1e} *"
    mantissa, exponent = f"{value:.2e}".split("e")
    low, high = (end / 10.0 ** int(exponent) for end in interval(point, metric))
    return f"{mantissa}e{int(exponent)} ({low:.2f}-{high:.2f})"


def gamma_cell(gamma: float | None) -> str:
    """Return the factor, and the nearest power-of-two form unless it is one."""
    if gamma is None:
        return ""
    shift = nearest_shift(gamma)
    near = gamma_of(shift)
    return f"{gamma:g} = 1-2^-{shift}" if gamma == near else f"{gamma:.3f} (near 1-2^-{shift})"


def gain_cell(record: dict) -> str:
    """Return the gain and its interval."""
    if record["gain_db"] is None:
        return ""
    low, high = record["gain_interval_db"]
    return f"{record['gain_db']:.2f} ({low:.2f} to {high:.2f})"


def published_cell(record: dict) -> str:
    """Return what is known from elsewhere."""
    rates = ", ".join(f"{at} dB {value:.2e}" for at, value in record["expected"].items())
    return "; ".join(part for part in (record["published"], rates) if part)
