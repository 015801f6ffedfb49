"""The fields of build.json: what each may hold.

``check`` knows every field that :mod:`hw.build` and the kinds write. A field it does not know (of
another version, or a kind of its own) may hold a plain value or a short list of them: whatever
passes is safe on one line of a terminal, and no text in it is more than a name.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass

from model.errors import InputError
from model.names import LONGEST_NAME, checked_file_name, checked_identifier, checked_name
from quant.fields import shown

_SHA = re.compile(r"[0-9a-f]{64}")
_MOST = 10**9
_MOST_WIDTH = 1 << 16
_MOST_PORTS = 1000
_LONGEST_LIST = 64
_MOST_REGISTERS = 1024
_MOST_RUNS = 1 << 20
_MOST_CODES = 128


@dataclass(frozen=True)
class Rule:
    """What a field may hold: ``holds(value)`` and, for the message, ``expected`` in words."""

    holds: Callable[[object], bool]
    expected: str


def _is(check: Callable[[str, object], object]) -> Callable[[object], bool]:
    def holds(value: object) -> bool:
        try:
            check("", value)
        except InputError:
            return False
        return True

    return holds


is_name, is_identifier = _is(checked_name), _is(checked_identifier)
is_file_name = _is(checked_file_name)


def is_sha(value: object) -> bool:
    """Whether it is a SHA-256 in 64 small hexadecimal digits."""
    return isinstance(value, str) and _SHA.fullmatch(value) is not None


def is_module(value: object) -> bool:
    """Whether it names a module, or modules by the names of those they are in: a.b.c."""
    return (
        isinstance(value, str) and len(value) <= 256 and all(map(is_identifier, value.split(".")))
    )


def is_number(value: object, least: float = -math.inf, most: float = math.inf) -> bool:
    """Whether it is a finite number (no boolean) in a range."""
    return (
        isinstance(value, int | float) and not isinstance(value, bool)
        and least <= value <= most and abs(value) <= 1e300
    )  # fmt: skip


def is_whole(value: object, least: int, most: int) -> bool:
    """Whether it is an integer (no boolean) in a range."""
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def is_plain(value: object) -> bool:
    """Whether it is a truth value, a number, a name or null."""
    return value is None or isinstance(value, bool) or is_number(value) or is_name(value)


def _is_options(value: object) -> bool:
    # Names of Python's: "output" is one, though no identifier of Verilog.
    return isinstance(value, dict) and all(
        name.isascii() and name.isidentifier() and len(name) <= LONGEST_NAME and is_plain(chosen)
        for name, chosen in value.items()
    )


def _is_port(port: object) -> bool:
    return (
        isinstance(port, dict) and port.keys() == {"direction", "width"}
        and port["direction"] in ("input", "output") and is_whole(port["width"], 1, _MOST_WIDTH)
    )  # fmt: skip


def _is_ports(value: object) -> bool:
    return (
        isinstance(value, dict) and len(value) <= _MOST_PORTS
        and all(is_identifier(name) and _is_port(port) for name, port in value.items())
    )  # fmt: skip


def _is_fact(value: object) -> bool:
    if isinstance(value, list):
        return len(value) <= _LONGEST_LIST and all(map(is_plain, value))
    return is_plain(value)


_IDENTIFIER = Rule(is_identifier, "text: a Verilog identifier")
_NAME = Rule(is_name, "text: a name")
_FILE = Rule(is_file_name, "text: the name of a file in this folder")
_SHA_RULE = Rule(is_sha, "text: 64 hexadecimal digits")


def _whole(least: int, most: int) -> Rule:
    return Rule(lambda value: is_whole(value, least, most), f"a whole number, {least} to {most}")


def _is_fields(value: object) -> bool:
    """Names with [lowest bit, width] each, next to each other from bit 0 on."""
    if not isinstance(value, dict) or not 1 <= len(value) <= 16:
        return False
    low = 0
    for name, place in value.items():
        if not (is_identifier(name) and isinstance(place, list) and len(place) == 2):
            return False
        if not (is_whole(place[0], low, low) and is_whole(place[1], 1, 64)):
            return False
        low += place[1]
    return True


def _is_word(value: object) -> bool:
    """Names with [lowest bit, width] each, anywhere in a word, none on top of another."""
    if not isinstance(value, dict) or not 1 <= len(value) <= 16:
        return False
    taken: set[int] = set()
    for name, place in value.items():
        if not (is_identifier(name) and isinstance(place, list) and len(place) == 2):
            return False
        if not (is_whole(place[0], 0, 63) and is_whole(place[1], 1, 64)):
            return False
        bits = set(range(place[0], sum(place)))
        if bits & taken:
            return False
        taken |= bits
    return True


def _is_codes(value: object) -> bool:
    """Objects, one a code of a set, whose fields are fields of a record."""
    return isinstance(value, list) and 1 <= len(value) <= _MOST_CODES and all(
        isinstance(code, dict) and "code" in code and len(code) <= _LONGEST_LIST
        and all(is_identifier(name) and RULES.get(name, _OTHER).holds(each)
                for name, each in code.items())
        for code in value
    )  # fmt: skip


def _is_runs(value: object) -> bool:
    """[first, last] of runs of positions, ascending, with gaps between them."""
    if not isinstance(value, list) or not 1 <= len(value) <= _MOST_RUNS:
        return False
    least = 0
    for run in value:
        if not (isinstance(run, list) and len(run) == 2 and is_whole(run[0], least, _MOST)):
            return False
        if not is_whole(run[1], run[0], _MOST):
            return False
        least = run[1] + 2
    return True


def _is_registers(value: object) -> bool:
    """Names with offset in bytes and access."""
    if not isinstance(value, dict) or len(value) > _MOST_REGISTERS:
        return False
    return all(
        is_identifier(name) and isinstance(each, dict) and each.keys() == {"offset", "access"}
        and is_whole(each["offset"], 0, _MOST) and each["access"] in ("r", "rw")
        for name, each in value.items()
    )  # fmt: skip


def _is_path(value: object) -> bool:
    """A name of a file, perhaps in one folder."""
    if not isinstance(value, str) or value.count("/") > 1:
        return False
    return all(map(is_file_name, value.split("/")))


def _is_beside(value: object) -> bool:
    return isinstance(value, dict) and len(value) <= _LONGEST_LIST and all(
        _is_path(name) and is_sha(digest) for name, digest in value.items()
    )  # fmt: skip


_COUNT = _whole(1, _MOST)
_PER_BEAT = _whole(1, 1024)
_RATE = Rule(lambda value: is_number(value, 1e-9, _MOST), f"a number above 0, at most {_MOST}")

RULES = {
    "name": _IDENTIFIER,
    "kind": _IDENTIFIER,
    "top": _IDENTIFIER,
    "verilog": _FILE,
    "verilog_sha": _SHA_RULE,
    "spec": _FILE,
    "spec_sha": _SHA_RULE,
    "c_model": Rule(
        lambda value: isinstance(value, list) and len(value) <= 16
        and all(map(is_file_name, value)),
        "a list of names of files in this folder",
    ),
    "beside": Rule(_is_beside, "an object of names of files and their SHA-256"),
    "options": Rule(_is_options, "an object of names and plain values"),
    "ports": Rule(_is_ports, "an object of port names, each with direction and width"),
    "version": Rule(is_name, "a name"),
    "seconds": Rule(lambda value: is_number(value, 0, _MOST), "a number, 0 or more"),
    "mapped_once": Rule(
        lambda value: value == "*" or is_module(value), "'*' or the name of a module"
    ),
    "user_fields": Rule(
        _is_fields, "an object of field names, each with [lowest bit, width] in m_axis_tuser"
    ),
    **dict.fromkeys(("control_fields", "status_fields"), Rule(
        _is_word, "an object of field names, each with [lowest bit, width] in a word"
    )),
    "codes": Rule(_is_codes, f"a list of 1 to {_MOST_CODES} objects, each with a field 'code'"),
    "registers": Rule(
        _is_registers, "an object of register names, each with offset in bytes and access r or rw"
    ),
    "totals": Rule(
        lambda value: isinstance(value, list) and len(value) <= 16
        and all(map(is_identifier, value)),
        "a list of names of fields of m_axis_tuser",
    ),
    "apart": Rule(
        lambda value: isinstance(value, dict) and len(value) <= 16
        and all(is_identifier(name) and is_number(count) and 1 <= count <= _MOST_CODES
                for name, count in value.items()),
        f"an object of names of fields of m_axis_tuser, each with a count of 1 to {_MOST_CODES}",
    ),
    "information_positions": Rule(
        _is_runs, "a list of [first, last] of runs of bits, ascending, with gaps between them"
    ),
    "code": _NAME,
    "form": _NAME,
    "constellation": _NAME,
    **dict.fromkeys(("cycles_per_frame_full", "cycles_per_frame_per_iteration",
                     "cycles_per_frame_average"), _RATE),
    **dict.fromkeys(("coded_bits_per_frame", "info_bits_per_frame", "latency_cycles",
                     "input_beats_per_frame", "output_beats_per_frame", "channel_beats",
                     "context_cycles", "matrices_cycles", "edges", "lifting_size"), _COUNT),
    **dict.fromkeys(("frames_in_flight", "frames_in_lockstep", "iterations", "cores",
                     "antennas", "users"), _whole(1, 1 << 20)),
    **dict.fromkeys(("last_input_bytes", "last_output_bytes", "llrs_per_beat", "bits_per_beat",
                     "users_per_beat", "antennas_per_beat"), _PER_BEAT),
    **dict.fromkeys(("message_bits", "app_bits", "channel_half_bits"), _whole(1, 64)),
    "soft_step_lsb": _whole(1, 2),
    "soft_offset_lsb": _whole(0, 1),
    "app_lsb_llr": Rule(lambda value: is_number(value, 1e-12, _MOST), "a number above 0"),
    "noise_step": Rule(lambda value: is_number(value, 1e-18, 1e18), "a number above 0"),
    "coefficient_frac_bits": _whole(0, 64),
    "coefficient_step_scale": _whole(1, 1 << 32),
    "estimated_comb": Rule(lambda value: is_number(value, 0, _MOST), "a number, 0 or more"),
    "average_iterations": Rule(lambda value: is_number(value, 0, _MOST), "a number, 0 or more"),
    "average_ebn0_db": Rule(
        lambda value: value is None or is_number(value, -1000, 1000), "a number of dB, or null"
    ),
}  # fmt: skip
_OTHER = Rule(_is_fact, "a plain value, or a list of at most 64")


def check(source: str, name: object, value: object) -> None:
    """Raise ``InputError``, naming ``source``, field and value, unless the field may hold it."""
    if not is_identifier(name):
        raise InputError(f"{source}: field {shown(name)} is unknown: not a name of a field")
    rule = RULES.get(name, _OTHER)
    if not rule.holds(value):
        raise InputError(f"{source}: field {name!r} is {shown(value)}, expected {rule.expected}")
