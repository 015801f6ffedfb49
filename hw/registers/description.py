"""The registers of one build as SystemRDL text: ``registers.rdl.j2`` with its facts filled in."""

import re
from collections.abc import Mapping
from importlib import resources

from jinja2 import Environment, StrictUndefined

from hw.frame.options import COUNT
from hw.verilog.ports import streams
from model.errors import InputError

LAYOUT = 1
"""Changes when a register moves or means something else."""
IDENTITY = int.from_bytes(b"UFHW", "big")
RESULTS = "results"
TOTAL = "total_"
"""Begins the name of a register that sums a field of ``m_axis_tuser``."""
_COUNTERS = (
    ("cycles", 1, "Clock cycles", "Those in which the others were counted."),
    ("frames", 1, "Results", "Whole ones that have left on m_axis."),
    ("dropped", 1, "Dropped frames", "Those of wrong length, or in error, at s_axis."),
    ("input_stalled", 1, "Cycles in which s_axis waits", "Its tvalid is 1, its tready is 0."),
    ("output_stalled", 1, "Cycles in which m_axis waits", "Its tvalid is 1, its tready is 0."),
)


def text(record: Mapping) -> str:
    """The whole description.

    record : what build.json says of a build with registers (:mod:`hw.record`): ``name``,
        ``version``, ``spec_sha``, ``options``, ``ports``, ``user_fields``, ``totals`` (the fields
        that are summed), beats of a frame. ``InputError`` if one of them is missing
    """
    try:
        return _filled(record)
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"build.json: no registers can be made of what it says: {error}") from None


def _filled(record: Mapping) -> str:
    numbers = re.fullmatch(r"(\d{1,3})\.(\d{1,3})\.(\d{1,3})\S*", record["version"])
    if numbers is None:
        raise ValueError(f"version is {record['version']!r}, expected three numbers")
    sha, fields, ports = record["spec_sha"], record["user_fields"], record["ports"]
    listed = streams(ports)
    template = resources.files(__package__).joinpath("registers.rdl.j2").read_text("utf-8")
    environment = Environment(
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True, undefined=StrictUndefined
    )
    return environment.from_string(template).render(
        name=record["name"], version=record["version"], spec_sha=sha, layout=LAYOUT,
        identity=f"0x{IDENTITY:08X}",
        **dict(zip(("major", "minor", "patch"), map(int, numbers.groups()), strict=True)),
        tagged=int("tag" in fields), counted=int(record["options"].get("frame_end") == COUNT),
        cores=record.get("cores", 1), totals=record["totals"],
        input_beats=record["input_beats_per_frame"], output_beats=record["output_beats_per_frame"],
        input_bits=ports[listed["s_axis"]["tdata"]]["width"],
        output_bits=ports[listed["m_axis"]["tdata"]]["width"],
        hash_words=[f"0x{sha[start : start + 8]}" for start in range(0, 64, 8)],
        counters=[
            *_COUNTERS, *(_total(name, fields[name][1]) for name in record["totals"]),
            *(_apart(*each) for each in apart(record)),
        ],
    )  # fmt: skip


def _total(field: str, bits: int) -> tuple[str, int, str, str]:
    if bits == 1:
        return f"{TOTAL}{field}", 1, f"Results with {field}", f"{field} of m_axis_tuser is 1."
    words = f"{field} of m_axis_tuser over the results that frames counts."
    return f"{TOTAL}{field}", bits, f"Sum of {field}", words


def apart(record: Mapping) -> list[tuple[str, str, str, int]]:
    """Registers that count the results of each value of a field: name, what of them, field, value.

    Of all results with the value, and of those of them with a field of one bit that is summed.
    """
    fields = record["user_fields"]
    flags = [name for name in record["totals"] if fields[name][1] == 1]
    return [
        (f"{what}_{field}_{value}", what, field, value)
        for field, count in record.get("apart", {}).items()
        for value in range(count)
        for what in (RESULTS, *flags)
    ]


def _apart(name: str, what: str, field: str, value: int) -> tuple[str, int, str, str]:
    also = "" if what == RESULTS else f" and {what} is 1"
    return name, 1, f"{what.capitalize()} of {field} {value}", (
        f"Results for which {field} of m_axis_tuser is {value}{also}."
    )


def totals(user: Mapping[str, int], summed: tuple[str, ...]) -> list[str]:
    """Those of the fields ``user`` that have a register with their sum."""
    return [name for name in user if name in summed]
