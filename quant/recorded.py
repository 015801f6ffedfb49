"""Error rates on record: counts of a curve, kept in a spec's file; no bit depends on them.

``unfoldhw fer --record`` writes them, a curve for each model ("c", "float", ...), under
``provenance["error_rates"]``. They belong to the spec whose hash stands beside them: a spec that
was made from another one and took its provenance along has none.
"""

from dataclasses import asdict, dataclass

from model.errors import InputError
from model.options import Options
from quant import kinds, monte_carlo
from quant.fields import exactly, number, whole
from quant.monte_carlo import FRAME_ERRORS, LARGEST_DB, MonteCarlo

WHAT = "error_rates"
_MADE = ("command", "version", "date")
_FIELDS = ("spec_sha", "link", "seed", "points")
_MOST_POINTS, _MOST = 1000, 2**62


@dataclass(frozen=True)
class Point:
    """A point of a curve.

    point_db : Eb/N0 or SNR, whichever the curve's ``axis`` says
    frames : sent
    counts : wrong frames (``frame_errors``), wrong bits (``bit_errors``) and what else the family
        counts, summed over the frames
    rate, low, high : frame error rate, or bit error rate where the family has points end with
        wrong bits, and its 95 % interval
    """

    point_db: float
    frames: int
    counts: dict[str, int]
    rate: float
    low: float
    high: float


@dataclass(frozen=True)
class Curve:
    """A measured curve.

    model : "c", "golden", "float", ...
    link : what lies between sender and receiver; ``link_title`` says it in words
    rate_name : "frame error rate" or "bit error rate"
    axis : "Eb/N0" or "SNR", of ``points`` in dB, ascending
    made : the command that measured it, version and date
    """

    model: str
    link: Options
    link_title: str
    seed: int
    rate_name: str
    axis: str
    points: tuple[Point, ...]
    made: dict[str, str]


def recorded_curve(spec, model: str | None = None) -> Curve | None:
    """The curve on record of a spec of any family, None if there is none.

    model : whose; by default of what computes the spec's own bits fastest (the first of its
        family's ``models``)

    Raises ``InputError`` for a record that no run comes to.
    """
    measured = _measured(spec)
    if measured is None:
        return None
    model = measured.models[0] if model is None else model
    record = spec.provenance.get(WHAT, {}).get(model)
    if record is None or (isinstance(record, dict) and record.get("spec_sha") != spec.sha):
        return None
    try:
        return _curve(measured, model, record)
    except InputError as error:
        raise InputError(f"{spec.name}: provenance.{WHAT}.{model}: {error}") from None


def recorded_curves(spec) -> list[Curve]:
    """All curves on record, that of the spec's own bits first."""
    measured = _measured(spec)
    found = [recorded_curve(spec, model) for model in measured.models] if measured else []
    return [curve for curve in found if curve is not None]


def record_of(
    spec, link: Options, seed: int, points: list[tuple[float, int, dict[str, int]]]
) -> dict:
    """What is kept of a curve: points (dB, frames, counts by kind)."""
    axis = monte_carlo.of(kinds.family_of(spec)).axis
    return {
        "spec_sha": spec.sha,
        "link": asdict(link),
        "seed": seed,
        "points": [{axis.field: at, "frames": frames, **counts} for at, frames, counts in points],
    }


def _measured(spec) -> MonteCarlo | None:
    part = monte_carlo.find(kinds.family_of(spec))
    return None if part is None else part.of_spec(spec)


def _curve(measured: MonteCarlo, model: str, record: object) -> Curve:
    exactly("", record, _FIELDS, _MADE)
    link = monte_carlo.link_of(record["link"], measured.link)
    whole("seed", record["seed"], 0, 2**64 - 1)
    points = record["points"]
    if not isinstance(points, list) or not 1 <= len(points) <= _MOST_POINTS:
        raise InputError(f"points is no list of 1 to {_MOST_POINTS}")
    bits = measured.frame_bits(link)
    found = [_point(f"points[{i}]", each, measured, bits) for i, each in enumerate(points)]
    return Curve(
        model, link, measured.link_title(link), record["seed"], measured.rate_name(),
        measured.axis.name, tuple(sorted(found, key=lambda point: point.point_db)),
        {name: str(record[name]) for name in _MADE if name in record},
    )  # fmt: skip


def _point(place: str, record: object, measured: MonteCarlo, bits: int) -> Point:
    field, names = measured.axis.field, measured.names()
    exactly(place, record, (field, "frames", *names))
    number(f"{place}.{field}", record[field], -LARGEST_DB, LARGEST_DB)
    unit = measured.unit_frames
    whole(f"{place}.frames", record["frames"], unit, _MOST)
    frames = record["frames"]
    if frames % unit:
        raise InputError(f"{place}.frames is {frames}, must be a multiple of {unit}")
    for name in names:
        whole(f"{place}.{name}", record[name], 0, _MOST)
    counts = {name: record[name] for name in names}
    for name, most in ((FRAME_ERRORS, frames), ("bit_errors", frames * bits)):
        whole(f"{place}.{name}", counts[name], 0, most)
    return Point(float(record[field]), frames, counts, *measured.error_rate(counts, frames, bits))
