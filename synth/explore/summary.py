"""Rows of results to designs: median of the seeds, counts of other devices, the Pareto front."""

import json
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from synth.explore.rows import COUNTED, DEVICE


@dataclass(frozen=True)
class Found:
    """What is known of one design.

    Parameters
    ----------
    label : options that were chosen, without those that all designs share
    seeds : placements that were routed
    mhz : median of their credited clock rates, None if none was routed
    loss_db : of the spec against floating point, None where it was not measured
    row : of the placement with the median, or any if none was routed: area, critical path
    counts : rows of other devices by name
    """

    spec: str
    label: str
    seeds: int
    mhz: float | None
    loss_db: float | None
    row: dict
    counts: dict[str, dict]

    @property
    def coded_mbps(self) -> float | None:
        if self.mhz is None:
            return None
        return self.row["coded_bits_per_frame"] / self.row["cycles_per_frame"] * self.mhz

    @property
    def per_kcomb(self) -> float | None:
        rate = self.coded_mbps
        return None if rate is None else 1000 * rate / self.row["comb"]


def summarise(rows: Iterable[dict], designs: Sequence[str]) -> list[Found]:
    """Designs with these hashes in their order; those without a row are left out."""
    rows = list(rows)
    by_design: dict[str, list[dict]] = {}
    for row in rows:
        if row["device"] == DEVICE:
            by_design.setdefault(row["design"], []).append(row)
    counted = {(row["design"], row["device"]): row for row in rows if row["device"] in COUNTED}
    shown = [sha for sha in dict.fromkeys(designs) if sha in by_design]
    common = _common(by_design[sha][0]["options"] for sha in shown)
    found = []
    for sha in shown:
        some = by_design[sha]
        routed = sorted((r for r in some if r["routed"]), key=lambda r: r["credited_mhz"])
        middle = routed[(len(routed) - 1) // 2] if routed else some[0]
        options = {k: v for k, v in middle["options"].items() if (k, v) not in common}
        found.append(
            Found(
                spec=middle["spec"],
                label=" ".join(f"{name}={value}" for name, value in options.items()),
                seeds=len(routed),
                mhz=statistics.median(r["credited_mhz"] for r in routed) if routed else None,
                loss_db=middle["loss_db"],
                row=middle,
                counts={
                    device: counted[middle["portable"], device]
                    for device in COUNTED
                    if (middle["portable"], device) in counted
                },
            )
        )
    return found


def _common(options: Iterable[dict]) -> set[tuple[str, object]]:
    sets = [{(k, v) for k, v in chosen.items()} for chosen in options]
    return set.intersection(*sets) if len(sets) > 1 else set()


def front(found: Sequence[Found]) -> list[Found]:
    """Routed designs that no other one beats in rate, area and loss at once.

    A loss that was not measured beats none.
    """
    routed = [f for f in found if f.mhz is not None]

    def place(f: Found) -> tuple[float, float, float]:
        loss = float("inf") if f.loss_db is None else f.loss_db
        return -f.coded_mbps, f.row["comb"], loss

    def beaten(f: Found) -> bool:
        mine = place(f)
        others = (place(g) for g in routed if g is not f)
        return any(o != mine and all(a <= b for a, b in zip(o, mine, strict=True)) for o in others)

    return [f for f in routed if not beaten(f)]


def table(found: Sequence[Found]) -> str:
    """A table in Markdown, fastest a kCOMB first, then what was not routed; front marked ``*``."""
    best = front(found)
    header = ["spec", "options", "loss dB", "COMB", "FF", "EBR", "DSP", "MHz (seeds)", "cycles",
              "coded Mb/s", "a kCOMB"]  # fmt: skip
    header += [f"{device} LUT / FF / BRAM" for device in COUNTED]
    lines = [header, ["---"] * len(header)]
    for f in sorted(found, key=lambda f: -(f.per_kcomb or 0)):
        row = f.row
        lines.append(
            [
                f.spec + (" *" if f in best else ""), f.label,
                _number(f.loss_db, ".3f"), _number(row["comb"], ",d"), f"{row['ff']:,}",
                f"{row['ebr']:g}", f"{row['dsp']}",
                "not routed" if f.mhz is None else f"{f.mhz:.1f} ({f.seeds})",
                f"{row['cycles_per_frame']:.1f}", _number(f.coded_mbps, ".1f"),
                _number(f.per_kcomb, ".1f"), *(_counts(f.counts.get(d)) for d in COUNTED),
            ]  # fmt: skip
        )
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def _number(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)


def _counts(row: dict | None) -> str:
    return "-" if row is None else f"{row['lut']:,} / {row['ff']:,} / {row['ebr']:g}"


def to_json(found: Sequence[Found]) -> list[dict]:
    """The same for programs."""
    best = front(found)
    return json.loads(
        json.dumps(
            [
                {
                    **f.row, "seeds": f.seeds, "median_mhz": f.mhz, "coded_mbps": f.coded_mbps,
                    "coded_mbps_per_kcomb": f.per_kcomb, "on_front": f in best,
                    "counts": {device: {k: row[k] for k in ("lut", "ff", "ebr", "dsp")}
                               for device, row in f.counts.items()},
                }
                for f in found
            ]
        )
    )  # fmt: skip
