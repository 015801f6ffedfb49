"""Fields of a parsed JSON document, with the place that an error has to name."""

import math
from collections.abc import Collection, Sequence

from model.errors import InputError
from model.printable import shown


def whole(place: str, value: object, low: int, high: int) -> None:
    """Raise ``InputError`` unless ``value`` is an integer (no boolean) in ``low .. high``."""
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise InputError(f"{place} is {shown(value)}, must be a whole number from {low} to {high}")


def wholes(place: str, values: Sequence, low: int, high: int) -> None:
    """:func:`whole` of every entry; long lists pass without a word made for each."""
    if {int}.issuperset(map(type, values)):  # the usual case, without a step for each
        if not values or (low <= min(values) and max(values) <= high):
            return
    for i, value in enumerate(values):
        if type(value) is not int or not low <= value <= high:
            whole(f"{place}[{i}]", value, low, high)


def number(place: str, value: object, low: float, high: float) -> None:
    """Raise ``InputError`` unless ``value`` is a number (no boolean) in ``low .. high``."""
    real = isinstance(value, int | float) and not isinstance(value, bool)
    if not real or not low <= value <= high or not math.isfinite(value):
        raise InputError(f"{place} is {shown(value)}, must be a number from {low:g} to {high:g}")


def choice(place: str, value: object, known: Collection[str]) -> None:
    """Raise ``InputError`` unless ``value`` is one of the texts ``known``."""
    if not isinstance(value, str) or value not in known:
        raise InputError(f"{place} is {shown(value)}, must be {' or '.join(map(repr, known))}")


def exactly(place: str, value: object, names: Collection[str], optional: Collection[str] = ()):
    """Return ``value``, a JSON object with all of ``names`` and nothing else but ``optional``.

    ``place`` is empty for the document itself.
    """
    if not isinstance(value, dict):
        raise InputError(f"{place} is {shown(value)}, must be a JSON object")
    inside = f"{place}." if place else ""
    for name in names:
        if name not in value:
            raise InputError(f"field '{inside}{name}' is missing")
    for name in value:
        if name not in names and name not in optional:
            raise InputError(f"field '{inside}{name}' is unknown")
    return value


def tuples(place: str, value: object, depth: int = 1) -> tuple:
    """Return a list, or lists nested ``depth`` deep, as tuples."""
    if not isinstance(value, list):
        raise InputError(f"{place} is {shown(value)}, must be a list")
    if depth == 1:
        return tuple(value)
    return tuple(tuples(f"{place}[{i}]", inner, depth - 1) for i, inner in enumerate(value))
