"""A code to the words of a program, for one of the places of a decoder."""

from dataclasses import replace

from amaranth.hdl import Const, Shape
from amaranth.lib import data

from hw.code_set.image import Image
from hw.code_set.programs.form import Form
from hw.code_set.row_times import LEAST_DEGREE
from hw.layered.job import Job
from hw.layered.map_kinds import MapKinds
from model.errors import InputError


def assemble(
    image: Image, form: Form, place: int, job: Job, order: int | None = None
) -> bytes:
    """The program of a code.

    Parameters
    ----------
    image : of the decoder
    form : of its programs
    place : from 0
    job : the code, with maps of the decoder
    order : of the edges in a row (:meth:`hw.code_set.image.Image.rows_of`)

    ``InputError`` for a code that the decoder has no room for.
    """
    addressing = image.addressing
    if not 0 <= place < image.room.places:
        last = image.room.places - 1
        raise InputError(f"--place is {place}, the decoder has 0 to {last}")
    _check(image, job)
    widened = replace(addressing, jobs=(*addressing.jobs, job))
    member = widened.members[-1]
    rows, kinds = image.rows_of(member, order), MapKinds(member.lifted)
    if kinds.edges > image.maps.row_words:
        raise InputError(
            f"{job.name}: its edges have maps of {kinds.edges} kinds, the decoder's at most "
            f"{image.maps.row_words}"
        )
    start = image.code_words[len(image.jobs) + place]
    edges = next(area.first[place] for area in form.areas if area.table == "program")
    maps = _map_rows(image, job, kinds)
    program = image.program_of(member, rows, kinds)
    words = [
        _numbers(image.row_layout, image.row_words_of(rows, start["row"], edges)),
        _numbers(image.program_layout, program),
        [entry for row in maps for entry in image.maps.padded(row)],
        _numbers(image.chunks.layout, image.chunks.words(member)),
        *(
            _numbers(image.windows.layout, image.windows.words_of(each))
            for each in image.windows.of_code(member)
        ),
    ]
    for area, given in zip(form.areas, words, strict=True):
        if len(given) > area.words:
            raise InputError(
                f"{job.name}: {len(given)} words of {area.table}, there is room for {area.words}"
            )
    return form.program(place, words)


def _map_rows(image: Image, job: Job, kinds: MapKinds) -> list[list[int]]:
    """As many as there is room for: an iteration behind the last row goes on with it."""
    rows, most = image.maps.rows_of(kinds), image.room.map_rows
    if any(row != rows[-1] for row in rows[most:]):
        raise InputError(
            f"{job.name}: its maps change until iteration {len(rows)}, the decoder has room for "
            f"those of {most}"
        )
    return rows[:most] + rows[-1:] * (most - len(rows))


def _numbers(layout: data.Layout, words: list[dict]) -> list[int]:
    """Words as numbers; every value must fit its field."""
    for word in words:
        for name, value in word.items():
            if value >> Shape.cast(layout[name].shape).width:
                raise InputError(f"{name} is {value}, wider than the decoder has it")
    return [Const.cast(layout.const(word)).value for word in words]


def _check(image: Image, job: Job) -> None:
    room, code = image.room, job.code
    sizes = image.addressing.lifting_sizes
    if code.lifting_size not in sizes:
        raise InputError(
            f"{job.name}: lifting size {code.lifting_size}, the decoder is for "
            f"{' and '.join(map(str, sizes))}"
        )
    degrees = [len(row) for row in code.rows]
    found = {
        "block columns": (code.columns, room.columns),
        "block rows": (len(code.rows), room.rows),
        "block edges": (job.n_block_edges, room.edges),
        "block edges in a row": (max(degrees), room.degree),
    }
    for what, (count, most) in found.items():
        if count > most:
            raise InputError(f"{job.name}: {count} {what}, the decoder has room for {most}")
    if min(degrees) < LEAST_DEGREE:
        raise InputError(
            f"{job.name}: a block row of {min(degrees)} edges, at least {LEAST_DEGREE} are needed"
        )
    if any(lanes not in (0, code.lifting_size) for lanes in code.transmitted_lanes):
        raise InputError(f"{job.name}: block columns of which a part is transmitted")
