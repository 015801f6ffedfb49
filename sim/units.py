"""Units of work of an error-rate simulation: 512 frames counted by one of three models.

A unit is the same for every engine, worker and model: its frames follow from seed, channel, point
and frame number. All models take their frames from the C model.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from model.encode import Encoder
from quant import golden
from quant.cmodel import CModel
from quant.cmodel.binding import FrameCounts
from quant.cmodel.soft import SoftDecoder
from quant.spec import Spec
from sim.links import Channel, point_number

UNIT_FRAMES = 512
MODELS = ("c", "golden", "float")
FLOAT_ALPHA = 0.75
_RATE_FRAMES = 4096


@dataclass(frozen=True)
class Job:
    """One point of a curve: everything that decides its frames, and who decodes them.

    ``spec`` is the text of the spec, so that a job travels to any machine.
    """

    spec: str
    model: str
    channel: Channel
    ebn0_db: float
    seed: int


@dataclass(frozen=True)
class Count:
    """What one unit came to; ``failures`` are the numbers of its wrong frames.

    A frame is wrong if any of its information bits is; ``undetected`` frames are wrong ones that
    the decoder calls verified. ``seconds`` is processor time, ``decode_seconds`` its share for
    decoding: what a core of its own would take.
    """

    unit: int
    bit_errors: int
    iterations: int
    undetected: int
    seconds: float
    decode_seconds: float
    failures: tuple[int, ...]


def count(job: Job, first: int, units: int) -> list[Count]:
    """Count ``units`` units from unit number ``first`` on."""
    _prepare(job)
    started = time.process_time()
    found, decode_seconds = _COUNTERS[job.model](job, first * UNIT_FRAMES, units * UNIT_FRAMES)
    seconds = (time.process_time() - started) / units
    if decode_seconds is None:
        decode_seconds = units * UNIT_FRAMES / decode_rate(job)
    wrong = found.bit_errors > 0
    counts = []
    for i in range(units):
        part = slice(i * UNIT_FRAMES, (i + 1) * UNIT_FRAMES)
        counts.append(
            Count(
                first + i,
                int(found.bit_errors[part].sum(dtype=np.int64)),
                int(found.iterations[part].sum(dtype=np.int64)),
                int((wrong & found.decoded)[part].sum()),
                seconds,
                decode_seconds / units,
                tuple(((first + i) * UNIT_FRAMES + np.flatnonzero(wrong[part])).tolist()),
            )
        )
    return counts


def _prepare(job: Job) -> None:
    """Load what the job needs, so that it is not in the times."""
    model_of(job.spec)
    if job.model != "c":
        _reference(job.spec, job.model)


@lru_cache(maxsize=8)
def model_of(spec_text: str) -> CModel:
    """The compiled model of a spec, loaded once a process."""
    return CModel(Spec.from_json(spec_text))


@lru_cache(maxsize=32)
def decode_rate(job: Job) -> float:
    """Frames of this point that the C model alone decodes in a second on this core."""
    model = model_of(job.spec)
    _, llr = frames(job, 0, _RATE_FRAMES)
    codes = model.quantise(llr)
    seconds = []
    for _ in range(2):
        started = time.process_time()
        model.decode(codes)
        seconds.append(time.process_time() - started)
    return _RATE_FRAMES / min(seconds)


def frames(job: Job, first: int, number: int) -> tuple[np.ndarray, np.ndarray]:
    """Codewords and LLRs of a job's frames; see :meth:`quant.cmodel.CModel.frames`."""
    model = model_of(job.spec)
    link = job.channel.at(job.ebn0_db, model.spec)
    return model.frames(link, job.seed, point_number(job.ebn0_db), first, number)


def decoder(spec: Spec, model: str) -> Callable[[np.ndarray], golden.Decoded]:
    """What decodes LLRs (frames, n) by model "c", "golden" or "float".

    "float" is normalised min-sum with a factor of 0.75 and the spec's schedule and iterations.
    """
    if model == "c":
        compiled = model_of(spec.to_json())
        return lambda llr: compiled.decode(compiled.quantise(llr))
    if model == "golden":
        return lambda llr: golden.decode(spec, golden.quantise_llr(spec, llr))
    return SoftDecoder(spec, FLOAT_ALPHA).decode


def _count_compiled(job: Job, first: int, number: int) -> tuple[FrameCounts, None]:
    model = model_of(job.spec)
    link = job.channel.at(job.ebn0_db, model.spec)
    return model.simulate(link, job.seed, point_number(job.ebn0_db), first, number), None


@lru_cache(maxsize=8)
def _reference(spec_text: str, model: str) -> tuple[Callable, np.ndarray]:
    spec = Spec.from_json(spec_text)
    return decoder(spec, model), Encoder(spec.graph()).information_positions


def _count_reference(job: Job, first: int, number: int) -> tuple[FrameCounts, float]:
    decode, information = _reference(job.spec, job.model)
    words, llr = frames(job, first, number)
    started = time.process_time()
    found = decode(llr)
    seconds = time.process_time() - started
    errors = (found.bits != words)[:, information].sum(axis=1)
    return FrameCounts(errors, found.decoded, found.iterations), seconds


_COUNTERS = {"c": _count_compiled, "golden": _count_reference, "float": _count_reference}
