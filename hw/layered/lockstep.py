"""Frames in lock-step: a code of lifting size Z seen as one of P, with Z/P times rows and columns.

Lane i of a block column is written i = r + G*v with G = Z/P. A circulant of shift s ties check lane
r + G*v to variable lane r' + G*v', where r' = (r + s) mod G and v' = v + (r + s) div G modulo P:
for each r it is a circulant of size P from row (m, r) to column (n, r'). The rows (m, 0) to
(m, G-1) of a block row share no bit, so one after the other they compute what the block row does at
once. A decoder with Z lanes thus takes G frames through the same program, P lanes each, and turns
words by less than P.
"""

from dataclasses import replace

from hw.layered.job import Job
from model.errors import InputError


def frames_of(job: Job, lanes: int | None) -> int:
    """Frames of a group with ``lanes`` of Z for each of them; 1 for None and Z, all lanes.

    Raises ``InputError`` where that is no number of lanes that a frame may have.
    """
    z = job.code.lifting_size
    if lanes in (None, z):
        return 1
    if job.flooding:
        raise InputError(
            f"lanes is {lanes}: frames in lock-step are decoded layer by layer, not flooding"
        )
    possible = [p for p in range(2, z) if z % p == 0]
    if lanes in possible:
        return z // lanes
    if not possible:
        raise InputError(f"lanes is {lanes}: lifting size {z} of {job.name} has no divisor for it")
    known = ", ".join(map(str, possible))
    raise InputError(
        f"lanes is {lanes}, must be one of {known} for lifting size {z} of {job.name}"
    )


def block_edges(job: Job, frames: int) -> list[int]:
    """Per block edge of :func:`lifted`, the block edge of ``job`` that it is a part of."""
    numbers, edge = [], 0
    for row in job.code.rows:
        numbers += [*range(edge, edge + len(row))] * frames
        edge += len(row)
    return numbers


def lifted(job: Job, frames: int) -> Job:
    """The same decoder for lifting size Z / ``frames``; ``job`` itself for one frame.

    Column (n, r) has number n * frames + r, rows likewise. A column counts as transmitted if any
    bit of (n, 0), (n, 1), ... is: all of them are loaded then.
    """
    if frames == 1:
        return job
    code = job.code
    size = code.lifting_size // frames
    rows = [
        tuple(
            (column * frames + (r + shift) % frames, (r + shift) // frames % size)
            for column, shift in row
        )
        for row in code.rows
        for r in range(frames)
    ]
    sent = [lanes > 0 for lanes in code.transmitted_lanes for _ in range(frames)]
    fill = [kind for kind in code.fill for _ in range(frames)]
    edges = block_edges(job, frames)
    section = replace(
        code,
        lifting_size=size,
        columns=code.columns * frames,
        rows=tuple(rows),
        transmitted_lanes=tuple(size * loaded for loaded in sent),
        fill=tuple("erased" if loaded else kind for loaded, kind in zip(sent, fill, strict=True)),
    )
    index = tuple(tuple(row[edge] for edge in edges) for row in job.map_index)
    order = tuple(row * frames + r for row in job.layer_order for r in range(frames))
    return replace(job, code=section, map_index=index, layer_order=order)
