"""What was measured of a spec, kept in its file beside what it is made of; no bit depends on it."""

import datetime
import shlex
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from model.version import VERSION
from quant import kinds


def keep(
    name: str, spec, what: str, figures: dict, module: str, argv: Sequence[str],
    part: str | None = None,
) -> Path:  # fmt: skip
    """Write ``figures`` into the file of ``spec`` as its ``what``; return the file.

    name : of a shipped spec, or its file
    spec : as :func:`quant.kinds.resolve` read it from there
    what : "loss", "cost" or "error_rates"
    part : which one, where there are several of ``what``
    module, argv : the command that measured it; version and date are kept with it
    """
    made = {"command": command_of(module, argv), "version": VERSION,
            "date": datetime.date.today().isoformat()}  # fmt: skip
    kept = {**made, **figures}
    if part is not None:
        kept = {**spec.provenance.get(what, {}), part: kept}
    changed = replace(spec, provenance={**spec.provenance, what: kept})
    path = kinds.presets().get(name, Path(name))
    changed.save(path)
    return path


def command_of(module: str, argv: Sequence[str]) -> str:
    """A command as it is kept."""
    return f"python -m {module} {shlex.join(argv)}"


def summary(spec) -> str:
    """The kept figures in a few words, empty without any; starts with a comma."""
    words, loss, cost = "", spec.provenance.get("loss"), spec.provenance.get("cost")
    if loss is not None:
        against = loss.get("reference", "min-sum")
        words += f", loses {loss['loss_db']:.3f} dB to float {against} at FER {loss['target']:g}"
        if "channel" in loss:
            words += f" on {loss['channel']}, {loss['modulation']}"
    if cost is not None:
        words += "" if cost.get("comb") is None else f", {cost['comb']} COMB"
        words += f", {cost['ebr']:g} EBR on {cost['target']}"
        words += ", not routed" if cost.get("fmax_mhz") is None else f", {cost['fmax_mhz']:.1f} MHz"
    return words
