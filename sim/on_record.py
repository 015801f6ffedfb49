"""Error rates on record (:mod:`quant.recorded`) as results: to be drawn and printed like others."""

from collections.abc import Sequence
from pathlib import Path

from model.errors import InputError
from quant import kinds, measured, recorded
from sim.results import Results
from sim.tally import Tally


def results_of(spec, model: str | None = None) -> list[Results]:
    """The curves on record of a spec, or that of one model; empty without any."""
    curves = recorded.recorded_curves(spec)
    return [_results(spec, curve) for curve in curves if model in (None, curve.model)]


def _results(spec, curve: recorded.Curve) -> Results:
    found = Results(spec.to_json(), curve.model, curve.link, curve.seed)
    part = type(found.measured)
    found.tallies = [
        Tally(part, point.point_db, point.frames // part.unit_frames, dict(point.counts))
        for point in curve.points
    ]
    return found


def needed(spec) -> list[Results]:
    """The curves on record; ``InputError`` if there is none."""
    found = results_of(spec)
    if not found:
        raise InputError(f"{spec.name}: has no error rates on record (--record keeps them)")
    return found


def of_name(name: str) -> Results | None:
    """The curve on record of a preset's own bits; None if ``name`` is not a preset's."""
    path = kinds.presets().get(name)
    return needed(kinds.load(path))[0] if path is not None else None


def keep(name: str, kept: Results, argv: Sequence[str]) -> Path:
    """Put what was counted on record, in the spec's file; return the file.

    Points on record of the same link and seed stay, but for those that now have as many frames.

    name : of a preset, or the file that the spec is from
    argv : the command that counted
    """
    spec = kinds.resolve(name)  # as it is by now: a run takes long
    found = {tally.point_db: tally for tally in kept.counted()}
    commands = [measured.command_of("sim.fer", argv)]
    before = recorded.recorded_curve(spec, kept.model)
    if before is not None and (before.link, before.seed) == (kept.link, kept.seed):
        stay = [t for t in _results(spec, before).tallies
                if t.point_db not in found or t.frames > found[t.point_db].frames]  # fmt: skip
        found |= {tally.point_db: tally for tally in stay}
        commands = [before.made.get("command", "")] * bool(stay) + commands
    points = [(at, tally.frames, tally.counts) for at, tally in sorted(found.items())]
    record = recorded.record_of(spec, kept.link, kept.seed, points)
    record["command"] = "; ".join(filter(None, commands))
    return measured.keep(name, spec, recorded.WHAT, record, "sim.fer", argv, kept.model)
