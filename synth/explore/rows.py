"""A row of the results file: the fields that :func:`synth.explore.measure.row` makes, checked."""

import re
from collections.abc import Callable

from hw.lib.devices import DEFAULT
from model.errors import InputError
from model.printable import shown
from quant.document import content_sha
from quant.fields import choice, exactly, number, whole

DEVICE = DEFAULT
COUNTED = ("xc7", "xcup")
_LONGEST = 600
_LEAST, _MOST = 1e-6, 10**9
_HEX = re.compile("[0-9a-f]{64}", re.ASCII)
_OPTION = re.compile("[a-z][a-z0-9_]{0,63}", re.ASCII)


def sealed(row: dict) -> dict:
    """The row with the hash of its content."""
    return {**row, "sha256": content_sha(row)}


def check(row: object) -> dict:
    """Return a row that was read; ``InputError`` says what is wrong with it.

    Whoever changes a row on purpose can make its hash anew: all values are checked as well, so
    that everything that is computed from them has a meaning.
    """
    exactly("", row, _CHECKS, optional=("sha256",))
    if "sha256" not in row:
        raise InputError("no content hash 'sha256', as an earlier version wrote it; without the "
                         "file its points are measured again")  # fmt: skip
    due = content_sha({name: value for name, value in row.items() if name != "sha256"})
    if row["sha256"] != due:
        raise InputError(f"sha256 is {shown(row['sha256'])} but the content hashes to {due!r}: "
                         "something else than this program changed it")  # fmt: skip
    for name, check_field in _CHECKS.items():
        check_field(name, row[name])
    if row["routed"]:
        for name in ("comb", "fmax_mhz", "credited_mhz"):
            if row[name] is None:
                raise InputError(f"{name} is None, a routed design has one")
        whole("comb", row["comb"], 1, _MOST)
        number("credited_mhz", row["credited_mhz"], _LEAST, row["fmax_mhz"])
        choice("device", row["device"], (DEVICE,))
    return row


def _text(place: str, value: object) -> None:
    if not isinstance(value, str) or len(value) > _LONGEST or not value.isprintable():
        raise InputError(f"{place} is {shown(value)}, must be one line of at most {_LONGEST} "
                         "printable characters")  # fmt: skip


def _hash(place: str, value: object) -> None:
    if not isinstance(value, str) or not _HEX.fullmatch(value):
        raise InputError(f"{place} is {shown(value)}, must be a hash of 64 hexadecimal digits")


def _flag(place: str, value: object) -> None:
    if not isinstance(value, bool):
        raise InputError(f"{place} is {shown(value)}, must be true or false")


def _count(place: str, value: object) -> None:
    whole(place, value, 0, _MOST)


def _positive(place: str, value: object) -> None:
    number(place, value, _LEAST, _MOST)


def _or_none(check_field: Callable[[str, object], None]) -> Callable[[str, object], None]:
    def checked(place: str, value: object) -> None:
        if value is not None:
            check_field(place, value)

    return checked


def _options(place: str, value: object) -> None:
    """Options of hw.build by name: numbers, flags and words."""
    if not isinstance(value, dict) or len(value) > 100:
        raise InputError(f"{place} is {shown(value)}, must be an object of options")
    for name, chosen in value.items():
        if not _OPTION.fullmatch(name):
            raise InputError(f"{place}: {shown(name)} is no option")
        if isinstance(chosen, str):
            _text(f"{place}.{name}", chosen)
        elif isinstance(chosen, float):
            number(f"{place}.{name}", chosen, -_MOST, _MOST)
        elif chosen is not None and not isinstance(chosen, bool):
            whole(f"{place}.{name}", chosen, -_MOST, _MOST)


def _tools(place: str, value: object) -> None:
    if not isinstance(value, dict) or len(value) > 100:
        raise InputError(f"{place} is {shown(value)}, must be an object of versions")
    for name, version in value.items():
        _text(f"{place}: name", name)
        _text(f"{place}.{name}", version)


_CHECKS: dict[str, Callable[[str, object], None]] = {
    "key": _hash,
    "design": _hash,
    "portable": _hash,
    "spec": _text,
    "spec_sha": _hash,
    "message_bits": _or_none(_count),
    "app_bits": _or_none(_count),
    "options": _options,
    "device": lambda place, value: choice(place, value, (DEVICE, *COUNTED)),
    "seed": lambda place, value: whole(place, value, 0, 2**64),
    "lut": _count,
    "comb": _or_none(_count),
    "ff": _count,
    "ebr": lambda place, value: number(place, value, 0, _MOST),
    "dsp": _count,
    "distributed_ram": _count,
    "routed": _flag,
    "reason": _or_none(_text),
    "fmax_mhz": _or_none(_positive),
    "credited_mhz": _or_none(_positive),
    "cycles_per_frame": _positive,
    "coded_bits_per_frame": lambda place, value: whole(place, value, 1, _MOST),
    "frames_in_flight": _or_none(_count),
    "critical_path": _or_none(_text),
    "loss_db": _or_none(lambda place, value: number(place, value, -100, 100)),
    "verilog_sha": _text,
    "tools": _tools,
    "seconds": lambda place, value: number(place, value, 0, _MOST),
}
