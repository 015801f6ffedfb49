"""Block rows counted from other checks, as the rotator wants them (:mod:`quant.row_offsets`)."""

from collections.abc import Mapping
from dataclasses import replace

from hw.layered.job import Job
from hw.layered.schedule import layer_order
from quant.row_offsets import row_offsets


def row_shift_offsets(job: Job, reach: int) -> Job | None:
    """The same decoder with every rotation of a column below ``reach``; None if none was found."""
    offsets = row_offsets(job.code, layer_order(job), reach)
    return None if offsets is None else _with(job, offsets)


def _with(job: Job, offsets: Mapping[int, int]) -> Job:
    size = job.code.lifting_size
    rows = tuple(
        tuple((column, (exponent + offsets[row]) % size) for column, exponent in edges)
        for row, edges in enumerate(job.code.rows)
    )
    return replace(job, code=replace(job.code, rows=rows))
