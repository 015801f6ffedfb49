"""Units of work of an error-rate simulation: so many frames, counted by one model of a family.

A unit is the same for every engine, worker and model: its frames follow from spec, link, seed,
point and frame number.
"""

import time
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from model.json_text import parse_json
from model.options import Options
from quant import kinds, monte_carlo
from quant.monte_carlo import BIT_ERRORS, SQUARES, MonteCarlo, kinds_of_group


@dataclass(frozen=True)
class Job:
    """One point of a curve: everything that decides its frames, and who computes.

    ``spec`` is the text of the spec, so that a job travels to any machine.
    """

    spec: str
    model: str
    link: Options
    point_db: float
    seed: int


@dataclass(frozen=True)
class Count:
    """What one unit came to: ``counts`` by kind, ``failures`` the numbers of its wrong frames.

    A frame is wrong if any of its bits is. ``seconds`` is processor time, ``decode_seconds`` its
    share for decoding: what a core of its own would take.
    """

    unit: int
    counts: dict[str, int]
    seconds: float
    decode_seconds: float
    failures: tuple[int, ...]


_read: dict[str, object] = {}


def read_already(spec_text: str, spec) -> None:
    """Note the spec that a text stands for, so that this process need not read a long one."""
    _read[spec_text] = spec


@lru_cache(maxsize=8)
def measured(spec_text: str) -> MonteCarlo:
    """The Monte Carlo of a spec, made once a process."""
    spec = _read.pop(spec_text, None)
    if spec is None:
        spec = kinds.from_record(parse_json(spec_text, "spec"), "spec")
    return monte_carlo.of(kinds.family_of(spec)).of_spec(spec)


def count(job: Job, first: int, units: int) -> list[Count]:
    """Count ``units`` units from unit number ``first`` on."""
    chosen = measured(job.spec)
    size = chosen.unit_frames
    chosen.prepare(job.model)
    started = time.process_time()
    found = chosen.count(
        job.model, job.link, job.point_db, job.seed, first * size, units * size
    )
    seconds = (time.process_time() - started) / units
    decode_seconds = found.seconds
    if decode_seconds is None:
        decode_seconds = units * size / _rate(job)
    counts = dict(found.counts)
    errors = np.asarray(counts[BIT_ERRORS.name])
    if not chosen.frames_decide:
        counts[SQUARES.name] = errors.astype(np.int64) ** 2
    for number, name in enumerate(chosen.groups):
        frames_of, errors_of = kinds_of_group(name)
        mine = np.asarray(found.group) == number
        counts |= {frames_of.name: mine, errors_of.name: mine & (errors > 0)}
    by_unit = {
        kind.name: np.asarray(counts[kind.name]).reshape(units, size).sum(axis=1, dtype=np.int64)
        for kind in chosen.all_kinds()
    }
    wrong = (errors > 0).reshape(units, size)
    return [
        Count(
            first + i,
            {name: int(values[i]) for name, values in by_unit.items()}
            | {"frame_errors": int(wrong[i].sum())},
            seconds,
            decode_seconds / units,
            tuple(((first + i) * size + np.flatnonzero(wrong[i])).tolist())
            if chosen.frames_decide else (),
        )
        for i in range(units)
    ]  # fmt: skip


@lru_cache(maxsize=32)
def _rate(job: Job) -> float:
    """Frames of this point that the model alone decodes in a second on this core."""
    return measured(job.spec).rate(job.model, job.link, job.point_db, job.seed)
