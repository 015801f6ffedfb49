"""The C function that makes programs: for those who load codes from a host without Python."""

from collections.abc import Iterator
from dataclasses import replace
from importlib import resources

from amaranth.hdl import Shape
from amaranth.lib import data
from jinja2 import Environment, StrictUndefined

from hw.code_set import countdown
from hw.code_set.core import SetCore
from hw.code_set.grouped.addressing import GroupedAddressing
from hw.code_set.image import Image
from hw.code_set.programs.form import HEAD_BYTES
from hw.code_set.row_times import LEAST_DEGREE, RowTimes
from hw.layered.job import Job
from hw.layered.program import Addressing
from model.version import VERSION

_AREAS = ("ROWS", "PROGRAM", "MAPS", "CHUNKS", "WINDOWS", "INFORMATION")
_MOST_CONTROL_BITS = 64


def files(core: SetCore) -> dict[str, str]:
    """``NAME_program.h`` and ``NAME_program.c``: name to text; none where a rotation takes more
    than 64 control bits."""
    if core.addressing.plan.control_bits > _MOST_CONTROL_BITS:
        return {}
    values, name = _values(core), core.spec.name
    environment = Environment(undefined=StrictUndefined, keep_trailing_newline=True)
    folder = resources.files("hw.code_set.programs")
    return {
        f"{name}_program.{end}": environment.from_string(
            (folder / f"program.{end}.j2").read_text(encoding="utf-8")
        ).render(values)
        for end in ("h", "c")
    }


def _values(core: SetCore) -> dict:
    image, options, form = core.image, core.options, core.programs.form
    room, addressing, windows = image.room, core.addressing, image.windows
    grouped = isinstance(addressing, GroupedAddressing)
    rests = [windows.rests.index(n) if n in windows.rests else -1
             for n in range(options.bits_per_beat + 1)]  # fmt: skip
    usual = _usual_maps(image)
    maps = next(area for area in form.areas if area.table == "maps")
    begins = [area.first for area in form.areas if area.table in ("rows", "program")]
    at, areas = HEAD_BYTES, []
    for name, area in zip(_AREAS, form.areas, strict=True):
        areas.append({"name": name, "bytes": area.bytes_per_word, "at": at})
        at += area.bytes
    return {
        "name": core.spec.name, "upper": core.spec.name.upper(), "version": VERSION,
        "spec_sha": core.spec.sha, "bytes": form.size, "places": room.places,
        "first_code": len(core.jobs),
        "sizes": [_of_size(image, z) for z in addressing.lifting_sizes],
        "most_z": max(addressing.lifting_sizes), "rows": room.rows, "columns": room.columns,
        "edges": room.edges, "degree": room.degree, "least_degree": LEAST_DEGREE,
        "map_rows": room.map_rows, "map_places": image.maps.row_words, "maps": image.job.map_count,
        "llrs_per_beat": options.llrs_per_beat, "bits_per_beat": options.bits_per_beat,
        "turns": addressing.beat_turns if grouped else 1,
        "channel_shift": sum(addressing.order_bits) if grouped else 0,
        "erased_index": addressing.erased_index, "not_counted": RowTimes.not_counted,
        "back_to_front": core.pipeline.back_to_front, "bounds": list(windows.bounds),
        "windows": windows.room, "rests": rests,
        "erasures": int(core.arithmetic.channel.erasures),
        "wait_states": _wait_states(image), "usual_maps": usual or [0], "usual_count": len(usual),
        "starts": list(zip(*begins, strict=True)), "areas": areas, "check_at": at,
        "fields": [*_fields(image, maps.bits)], "identifier": form.identifier,
        "stack": 8 * room.edges + 12 * room.columns + 2 * room.rows + 64,
    }  # fmt: skip


def _of_size(image: Image, z: int) -> dict:
    """What depends on the lifting size: of each shift, and of each exponent of a first row."""
    addressing = image.addressing
    job = next(job for job in addressing.jobs if job.code.lifting_size == z)
    each = [_one_column(addressing, job, exponent) for exponent in range(z)]
    member = addressing.members[addressing.jobs.index(job)]
    return {
        "z": z,
        "turn": [f"{addressing.controls(member, shift):#x}u" for shift in range(z)],
        "fresh": [f"{addressing.fresh_controls(one, 0):#x}u" for one in each],
        "first_lane": [_first_lane(addressing, one) for one in each],
        "channel": addressing.channel_index(member, member.loaded_columns[0]),
        "groups": addressing.edge_values(member).get("groups", 0),
        "offset": image.windows.offset_of(member),
    }


def _one_column(addressing, job: Job, exponent: int) -> Addressing:
    """Of a code whose first column is in its first row, with this exponent."""
    rows = (((0, exponent), (1, 0)), *job.code.rows[1:])
    lanes = (job.code.lifting_size, *job.code.transmitted_lanes[1:])
    code = replace(job.code, rows=rows, transmitted_lanes=lanes)
    return Addressing(replace(job, code=code, layer_order=()), addressing.slots,
                      addressing.llrs_per_beat, copies=False)  # fmt: skip


def _first_lane(addressing, member: Addressing) -> int:
    if isinstance(addressing, GroupedAddressing):
        return addressing.load_place(member, 0)
    return member.first_group(0) * addressing.llrs_per_beat


def _usual_maps(image: Image) -> list[int]:
    """Maps by iteration of the set's first code; none where they depend on the edge."""
    index = image.job.map_index
    return [row[0] for row in index] if all(len(set(row)) == 1 for row in index) else []


def _wait_states(image: Image) -> list[int]:
    bits = Shape.cast(image.row_layout["wait"].shape).width
    return [countdown.start(count, bits) for count in range((1 << bits) - 1)]


def _fields(image: Image, map_bits: int) -> Iterator[tuple[str, int, int]]:
    """Name, lowest bit and width of all fields that the C program fills; none are 0 bits wide."""
    layouts = {"row": image.row_layout, "edge": image.program_layout,
               "chunk": image.chunks.layout, "window": image.windows.layout}  # fmt: skip
    for prefix, layout in layouts.items():
        for name, field in layout:
            if name != "kind":
                yield f"{prefix}_{name}", field.offset, field.width
    yield "map_map", 0, map_bits
    # What decoders for one lifting size do not have.
    for prefix, name in (("edge", "groups"), ("chunk", "held")):
        if name not in data.Layout.cast(layouts[prefix]).members:
            yield f"{prefix}_{name}", 0, 0
