"""Build options, declared once: a dataclass field says default, limits and help of each.

From the fields come the checks, the command line and its help text. None means "choose for me"
everywhere; an engine's ``resolved(spec)`` makes the choice.
"""

import argparse
import dataclasses
import importlib
import sys
from dataclasses import KW_ONLY, dataclass

from model import families
from model.errors import InputError
from model.options import Options, kind_of, option

__all__ = ["BuildOptions", "add_arguments", "all_engines", "kind_of", "named", "option"]


@dataclass(frozen=True)
class BuildOptions(Options):
    """What a user may choose about an engine without changing a bit of its answers.

    ``registers`` is every engine's: they stand around its shell (:mod:`hw.registers`).
    """

    _: KW_ONLY
    registers: bool = option(
        False,
        "registers behind an AXI4-Lite port s_axil: identity, hash of the spec, counters with "
        "snapshot and clear, soft reset",
    )

    def resolved(self, spec) -> "BuildOptions":
        """The same options with every None chosen for ``spec``."""
        return self


def named(options: type, values: dict[str, object], owner: str) -> BuildOptions:
    """Options from names and values; old names and values are taken with a remark.

    ``InputError`` for one that ``owner`` does not have lists those that it has.
    """
    fields = {field.name: field for field in dataclasses.fields(options)}
    renamed = {field.metadata["old"]: name for name, field in fields.items()}
    chosen = {}
    for name, value in values.items():
        if name not in fields and name in renamed:
            _remark(f"--{_dashed(name)} is now --{_dashed(renamed[name])}")
            name = renamed[name]
        if name not in fields:
            known = ", ".join(f"--{_dashed(each)}" for each in fields)
            raise InputError(
                f"--{_dashed(name)} {value}: not an option of {owner}, which has {known}"
            )
        newer = fields[name].metadata["old_values"].get(value) if isinstance(value, str) else None
        if newer is not None:
            _remark(f"--{_dashed(name)} {value} is now {newer}")
        chosen[name] = value if newer is None else newer
    return options(**chosen)


def _remark(text: str) -> None:
    print(f"note: {text}; the old name goes with the next version", file=sys.stderr)


def _dashed(name: str) -> str:
    return name.replace("_", "-")


def all_engines() -> dict[str, type]:
    """Options classes of all engines of all families, by what the help calls them."""
    found = {}
    for family in families.families().values():
        engines = families.find(family, "ENGINES") or {}
        for architecture, package in engines.items():
            module = importlib.import_module(f"{package}.options")
            found[architecture or family.name] = module.Options
    return found


def add_arguments(parser: argparse.ArgumentParser) -> list[str]:
    """Add every option of every engine to a command line; return their names.

    An option that several engines have is there once, with the help of each; what is not given is
    not in the namespace. Values are checked when the engine is known.
    """
    owners: dict[str, list[tuple[str, type, dataclasses.Field]]] = {}
    for engine, options in all_engines().items():
        for field in dataclasses.fields(options):
            owners.setdefault(field.name, []).append((engine, options, field))
    groups: dict[str, argparse._ArgumentGroup] = {}
    for name, those in owners.items():
        title = ", ".join(engine for engine, *_ in those)
        if title not in groups:
            groups[title] = parser.add_argument_group(f"options of {title}")
        _add(groups[title], name, those)
    return list(owners)


def _add(group, name: str, those: list[tuple[str, type, dataclasses.Field]]) -> None:
    _, options, first = those[0]
    kind = kind_of(options, first)
    how = {"dest": name, "default": argparse.SUPPRESS, "help": _joined_help(those)}
    if kind is bool:
        how["action"] = "store_true"
    else:
        choices = [c for _, _, field in those for c in field.metadata["choices"] or ()]
        choices = list(dict.fromkeys(choices))
        named = "|".join(map(str, choices)) if 0 < len(choices) < 5 else None
        how |= {"type": kind, "metavar": named or ("N" if kind is int else "NAME")}
    group.add_argument(f"--{_dashed(name)}", **how)
    old = first.metadata["old"]
    if old is not None:
        group.add_argument(f"--{_dashed(old)}", **how | {"dest": old, "help": argparse.SUPPRESS})


def _joined_help(those: list[tuple[str, type, dataclasses.Field]]) -> str:
    texts: dict[str, list[str]] = {}
    for engine, _, field in those:
        default = "" if field.default in (None, False) else f" (default {field.default})"
        texts.setdefault(field.metadata["help"] + default, []).append(engine)
    if len(texts) == 1:
        return next(iter(texts)).replace("%", "%%")
    return "; ".join(f"{', '.join(e)}: {t}" for t, e in texts.items()).replace("%", "%%")
