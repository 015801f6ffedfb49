"""Estimates of an exploration's designs, and how far they are from what was measured."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hw import engines
from hw.estimates import Estimate
from hw.lib.devices import DEFAULT, DEVICES
from model.errors import InputError
from synth.explore.sweep import Design


def of(design: Design) -> Estimate | None:
    """The estimate of one design, or None where its engine has none for it."""
    engine = engines.of(design.spec)
    if not hasattr(engine, "estimate"):
        return None
    return engine.estimate(design.spec, engine.OPTIONS(**dict(design.options)))


def needed(design: Design) -> Estimate:
    """The estimate of one design; ``InputError`` where there is none."""
    found = of(design)
    if found is None:
        raise InputError(f"{design.spec_name}: no estimate for designs of kind "
                         f"{design.spec.kind!r} with their engine")  # fmt: skip
    return found


def check_fits(design: Design) -> None:
    """``InputError`` for a design that the device cannot hold; those without estimate pass."""
    found, device = of(design), DEVICES[DEFAULT]
    if found is None:
        return
    for what, number, limit in (
        ("COMB", found.comb, device.comb), ("block RAMs", found.ebr, device.block_rams)
    ):  # fmt: skip
        if number > limit:
            raise InputError(f"{design.title()}: about {number} {what}, the device has {limit}")


@dataclass(frozen=True)
class Errors:
    """Estimate against measured designs: COMB in percent, block RAMs and cycles as they differ."""

    designs: int
    mean_comb_percent: float
    worst_comb_percent: float
    worst_ebr: float
    worst_cycles: float


def errors(pairs: Sequence[tuple[Estimate, dict]]) -> Errors | None:
    """How far estimates are from rows of results; None without any row."""
    if not pairs:
        return None
    comb = [100 * abs(e.comb / row["comb"] - 1) for e, row in pairs]
    return Errors(
        len(pairs),
        float(np.mean(comb)),
        max(comb),
        max(abs(e.ebr - row["ebr"]) for e, row in pairs),
        max(abs(e.cycles_per_frame - row["cycles_per_frame"]) for e, row in pairs),
    )
