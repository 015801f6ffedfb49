"""JSON of unknown origin: every file's first step, with every fault one line."""

import json
import re

from model.errors import InputError

MOST_DIGITS = 400
"""Longer numbers are refused before they are made: no field here needs them."""
MOST_LISTS = 1 << 20
MOST_STRINGS = 1 << 20
MOST_VALUES = 12 << 20
"""More values of a kind would take more than a gigabyte. The spec of a code with 226,799 edges has
a list for each and, for 50 iterations, 11.3 million numbers."""


def parse_json(text: str, source: str):
    """Return what the JSON ``text`` holds; ``InputError`` names ``source``, place and fault.

    Refused, beside what is no JSON: more values than memory is for, integers of more than 400
    digits, a key twice in one object, and strings with a lone surrogate, which could be read but
    never written again. NaN and infinities pass as Python reads them: the check of their field
    knows the place to name.
    """
    _check_size(text, source)
    try:
        return json.loads(
            text,
            object_pairs_hook=_object,
            parse_int=_integer if _LONG.search(text) else int,
            cls=_Decoder,
        )
    except json.JSONDecodeError as error:
        raise InputError(
            f"{source}: not JSON at line {error.lineno} column {error.colno}: {error.msg}"
        ) from None
    except RecursionError:
        raise InputError(f"{source}: not JSON: nested too deeply") from None
    except InputError as error:
        raise InputError(f"{source}: {error}") from None


def _check_size(text: str, source: str) -> None:
    """Count what would be made: a list takes 25 times the bytes that it has in the text."""
    for what, count, most in (
        ("lists and objects", text.count("[") + text.count("{"), MOST_LISTS),
        ("strings", text.count('"') // 2, MOST_STRINGS),
        ("values", text.count(","), MOST_VALUES),
    ):
        if count > most:
            raise InputError(f"{source}: {count} {what}, at most {most} are read")


_LONG = re.compile(f"[0-9]{{{MOST_DIGITS + 1}}}")
_SURROGATE = re.compile("[\ud800-\udfff]")


class _Decoder(json.JSONDecoder):
    def decode(self, text: str):
        found = super().decode(text)
        if "\\u" in text and _has_surrogate(found):
            raise InputError("not JSON: a string holds half of a surrogate pair")
        return found


def _has_surrogate(value: object) -> bool:
    waiting = [value]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting += [*value.keys(), *value.values()]
        elif isinstance(value, list):
            waiting += value
        elif isinstance(value, str) and _SURROGATE.search(value):
            return True
    return False


def _object(pairs: list[tuple[str, object]]) -> dict:
    record = dict(pairs)
    if len(record) < len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))
        raise InputError(f"not JSON: key {twice[:60]!r} is there twice in one object")
    return record


def _integer(text: str) -> int:
    if len(text) > MOST_DIGITS:
        raise InputError(f"not JSON: a number of {len(text)} digits")
    return int(text)
