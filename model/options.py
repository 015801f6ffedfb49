"""Choices of a user, declared once: a dataclass field says default, limits and help of each.

From the fields come the checks, the command line and its help text.
"""

import argparse
import dataclasses
import typing
from collections.abc import Sequence
from dataclasses import dataclass

from model.errors import InputError
from model.printable import shown


def option(
    default,
    help: str,
    *,
    low: int | None = None,
    high: int | None = None,
    choices: Sequence | None = None,
    old: str | None = None,
    old_values: dict[str, str] | None = None,
    later: bool = False,
):
    """A field of an options class.

    help : a sentence for people, with what None chooses, but not the default itself
    low, high : limits of a number
    choices : the values there are, instead
    old, old_values : an earlier name of the option, of values: still taken, with a remark
    later : there are records from before the option; they are read with its default, which has to
        be what was done then
    """
    metadata = {
        "help": help, "low": low, "high": high, "choices": choices, "old": old,
        "old_values": old_values or {}, "later": later,
    }  # fmt: skip
    return dataclasses.field(default=default, metadata=metadata)


@dataclass(frozen=True)
class Options:
    """Base of options classes; ``InputError`` names an option out of its limits."""

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            self._check(field, getattr(self, field.name))

    def _check(self, field: dataclasses.Field, value: object) -> None:
        rule, kind = field.metadata, kind_of(type(self), field)
        if value is None and field.default is None:
            return
        if rule["choices"] is not None:
            if value not in rule["choices"]:
                known = ", ".join(map(str, rule["choices"]))
                raise InputError(f"{field.name} is {shown(value)}, known: {known}")
        elif not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise InputError(f"{field.name} is {shown(value)}, must be of type {kind.__name__}")
        elif kind is int and not rule["low"] <= value <= rule["high"]:
            raise InputError(
                f"{field.name} is {shown(value)}, must be {rule['low']} to {rule['high']}"
            )


def add_to(parser, options: type) -> None:
    """Add an option for every field of an options class to a command line or a group of it."""
    for field in dataclasses.fields(options):
        choices, kind = field.metadata["choices"], kind_of(options, field)
        text = f"{field.metadata['help']} (default {field.default})"
        how = {"choices": choices} if choices else {"type": kind, "metavar": "N"}
        parser.add_argument(
            f"--{field.name.replace('_', '-')}", default=field.default, help=text, **how
        )


def chosen(arguments: argparse.Namespace, options: type):
    """The options of a class as a command line has them; ``InputError`` as the class raises it."""
    return options(**{each.name: getattr(arguments, each.name)
                      for each in dataclasses.fields(options)})  # fmt: skip


def kind_of(options: type, field: dataclasses.Field) -> type:
    """int, str or bool: what the option holds where it is not None."""
    hint = typing.get_type_hints(options)[field.name]
    return next((kind for kind in typing.get_args(hint) if kind is not type(None)), hint)
