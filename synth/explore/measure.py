"""One design measured: Verilog, place and route for every seed, cell counts of other devices."""

import contextlib
import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path

from hw.build import build
from hw.lib.target import PORTABLE
from model.fingerprint import fingerprint
from model.locks import locked
from model.printable import one_line
from synth import flow
from synth.explore.rows import COUNTED, DEVICE
from synth.explore.sweep import Design, Point
from synth.memo import remembered
from synth.record import Report
from synth.targets import target_named


@dataclass(frozen=True)
class Task:
    """What one worker does without interruption.

    Parameters
    ----------
    design : what is built, in ``folder`` / designs
    device : routed with each of ``seeds``, or only counted, then there is one seed
    freq_mhz, limit_minutes : as :func:`synth.flow.synthesise` takes them
    """

    design: Design
    device: str
    seeds: tuple[int, ...]
    folder: str
    freq_mhz: float
    limit_minutes: float


def key_of(design: Design, device: str, seed: int, freq_mhz: float) -> str:
    """Hash of everything that a measured row depends on."""
    tools = flow.tools_of(target_named(device))
    question = [design.sha, device, seed, freq_mhz, tools, flow.RULES, fingerprint(["hw"])]
    return hashlib.sha256(json.dumps(question).encode()).hexdigest()


def wanted(points: list[Point], freq_mhz: float, counts: bool) -> dict[str, tuple]:
    """(design, device, seed) of every row that ``points`` need, by its key.

    First all routing, then the counts for other families. Only portable Verilog can be counted for
    those: a design with primitives of one family has the same ports and bits as its portable twin,
    and takes the twin's counts.
    """
    places = [(point.design, DEVICE, point.seed) for point in points]
    if counts:
        twins = dict.fromkeys(portable(point.design) for point in points)
        places += [(design, device, 1) for design in twins for device in COUNTED]
    return {key_of(*place, freq_mhz): place for place in places}


def tasks(
    todo: list[tuple], folder: Path, freq_mhz: float, limit_minutes: float
) -> list[Task]:
    """The work for rows of (design, device, seed): seeds of a design stay together."""
    seeds: dict[tuple, list[int]] = {}
    for design, device, seed in todo:
        seeds.setdefault((design, device), []).append(seed)
    return [
        Task(*place, tuple(some), str(folder), freq_mhz, limit_minutes)
        for place, some in seeds.items()
    ]


def portable(design: Design) -> Design:
    """The same decoder without primitives of a device family."""
    chosen = dict(design.options)
    return design.with_option("target", PORTABLE) if "target" in chosen else design


def measure(task: Task) -> list[dict]:
    """A row for each seed; a time-out gives none, so that it is tried again.

    One run at a time works on a design; the next one finds what it left.
    """
    design, rows = task.design, []
    place = Path(task.folder) / "designs" / f"{design.spec_name.split('/')[-1]}-{design.sha[:12]}"
    with _quiet(), locked(place.with_name(f"{place.name}.measured"), wait_seconds=None):
        stamp = place / "built.json"
        if not (place / "build.json").exists():  # removed by hand
            stamp.unlink(missing_ok=True)
        made = remembered(
            stamp, fingerprint(["hw"], design.sha),
            lambda: build(design.spec, place, dict(design.options)),
        )  # fmt: skip
        for seed in task.seeds:
            report = flow.synthesise(
                place, task.device, seed=seed, freq_mhz=task.freq_mhz,
                limit_minutes=task.limit_minutes,
            )  # fmt: skip
            if report.routed or "minutes" not in (report.not_routed_reason or ""):
                rows.append(row(design, seed, task.freq_mhz, report, made))
    return rows


def row(design: Design, seed: int, freq_mhz: float, report: Report, made: dict) -> dict:
    """A line of the results file, JSON types only.

    ``fmax_mhz`` is the router's, ``credited_mhz`` at most what block RAM allows, and the rates
    follow from that; all None where the design was not routed.
    """
    spec, device = design.spec, target_named(report.target)
    credited = device.credited_mhz(report.fmax_mhz, report.ebr)
    path = report.critical_path
    loss = spec.provenance.get("loss")
    return {
        "key": key_of(design, report.target, seed, freq_mhz),
        "design": design.sha,
        "portable": portable(design).sha,
        "spec": one_line(design.spec_name),
        "spec_sha": spec.sha,
        "message_bits": getattr(spec, "message_bits", None),
        "app_bits": getattr(spec, "app_bits", None),
        "options": dict(design.options),
        "device": report.target,
        "seed": seed,
        "lut": report.lut,
        "comb": report.comb,
        "ff": report.ff,
        "ebr": report.ebr,
        "dsp": report.dsp,
        "distributed_ram": report.distributed_ram,
        "routed": report.routed,
        "reason": report.not_routed_reason and one_line(report.not_routed_reason),
        "fmax_mhz": report.fmax_mhz,
        "credited_mhz": credited,
        "cycles_per_frame": report.cycles_per_frame,
        "coded_bits_per_frame": report.coded_bits_per_frame,
        "frames_in_flight": made.get("frames_in_flight"),
        "critical_path": path and one_line(path.sentence()),
        "loss_db": loss and loss["loss_db"],
        "verilog_sha": report.verilog_sha,
        "tools": report.tools,
        "seconds": report.seconds,
    }


@contextlib.contextmanager
def _quiet():
    """Stage messages of workers would tear the progress bar."""
    with open(os.devnull, "w") as sink, contextlib.redirect_stderr(sink):
        yield
