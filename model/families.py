"""The registry of families: one line each, and the one way to reach what a family supplies.

A family is a system that goes through all stations of the flow: min-sum decoders, precoders. In
each room it has a folder of its own with a module ``family`` (``quant/precoder/family.py``), which
supplies what ``PARTS`` lists, as far as it applies. Commands, benches and reports ask for a part by
its name and never which family they have in hand; where a part is missing, the same line says so
everywhere.

A package of its own may bring families, too: an entry point of the group ``unfoldhw.families`` that
names a :class:`Family`, whose ``modules`` says where its parts are.
"""

import importlib
import importlib.metadata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from types import ModuleType

from model.errors import InputError
from model.names import checked_identifier
from model.printable import shown

GROUP = "unfoldhw.families"
_registered: list["Family"] = []


@dataclass(frozen=True)
class Family:
    """A line of the registry.

    name : of its folder in every room
    kinds : what ``kind`` is in its specs
    codes : what ``--code`` calls it, where that is no code of the catalogue
    modules : its module in a room
    """

    name: str
    kinds: tuple[str, ...]
    codes: tuple[str, ...] = ()
    modules: str = "{room}.{name}.family"

    def part(self, room: str) -> ModuleType | None:
        """Its module in a room, imported now, or None; ``InputError`` if it fails to import."""
        place = self.modules.format(room=room, name=self.name)
        try:
            return importlib.import_module(place)
        except ModuleNotFoundError as error:
            missing = error.name or ""
            if place == missing or place.startswith(f"{missing}."):
                return None
            raise self._broken(room, error) from error
        except InputError:
            raise
        except Exception as error:  # whatever a module raises: it is not this command's fault
            raise self._broken(room, error) from error

    def _broken(self, room: str, error: Exception) -> InputError:
        return InputError(
            f"family {self.name!r}: its part in {room} cannot be imported: "
            f"{type(error).__name__}: {error}"
        )


OWN = (
    Family("min_sum", ("qc_ldpc_layered", "tanner_flooding")),
    Family("precoder", ("c2po_precoder",), codes=("mimo_precoder",)),
    Family("mimo_detector", ("gradient_detector",), codes=("mimo_detector",)),
    Family("restarts", ("restarted_decoder",), codes=("bch_63_36_restarts",)),
    Family("best_of", ("best_of",)),
    Family("code_set", ("code_set",)),
    Family("uplink", ("uplink",), codes=("uplink",)),
)
DEFAULT = OWN[0]
"""The family of every code of the catalogue and of every code file."""


@dataclass(frozen=True)
class Part:
    """What a family may supply: the attribute ``name`` of its module in ``room``.

    words : what a message calls it
    command : that is nothing without it, if there is one
    """

    room: str
    name: str
    words: str
    command: str = ""


PARTS = {
    part.name: part
    for part in (
        Part("model", "train", "training", "model.train"),
        Part("model", "answers_to", "names of its own"),
        Part("quant", "SPEC", "spec"),
        Part("quant", "ARCHITECTURES", "choice of architectures"),
        Part("quant", "spec_of_code", "spec for a code alone"),
        Part("quant", "VARIANTS", "specs near another one"),
        Part("quant", "fit", "fit of integers", "quant.fit"),
        Part("quant", "loss", "measured quantisation loss", "quant.loss"),
        Part("quant", "trained", "loss against a trained float model", "quant.trained"),
        Part("quant", "search", "search of alphabets", "quant.search"),
        Part("quant", "qat", "training on integers", "quant.qat"),
        Part("quant", "density", "density evolution", "quant.density"),
        Part("quant", "c_model", "C model", "quant.cmodel"),
        Part("quant", "monte_carlo", "error rates by Monte Carlo", "sim.fer"),
        Part("quant", "traffic", "random traffic"),
        Part("quant", "golden", "golden model"),
        Part("quant", "score", "score of what comes out"),
        Part("quant", "compare", "comparison of its C model with golden", "sim.equality"),
        Part("hw", "ENGINES", "hardware"),
        Part("hw", "engine", "hardware", "hw.build"),
        Part("hw", "program", "programs at run time", "hw.program"),
        Part("hw", "c_files", "C files for its driver"),
        Part("hw", "PORTS", "words for its ports"),
        Part("hw", "FIELDS", "words for its status fields"),
        Part("sim", "stimulus", "stimulus for co-simulation", "sim.cosim"),
        Part("sim", "replay", "replay of wrong frames", "sim.replay"),
        Part("sim", "board_traffic", "traffic for a board"),
        Part("sim", "peers", "peers to compare speed with", "sim.peers"),
        Part("sim", "ber", "error rates beside those of other systems", "sim.ber"),
    )
}
"""By name; signatures and meaning are in ``docs/add_a_family.md``."""


@cache
def families() -> dict[str, Family]:
    """All families by name; ``InputError`` for two that share a name, a kind or a code."""
    found: dict[str, Family] = {}
    owners: dict[tuple[str, str], str] = {}
    for family in (*OWN, *_brought(), *_registered):
        checked_identifier("family", family.name)
        labels = [("family", family.name)]
        labels += [("kind", kind) for kind in family.kinds]
        labels += [("code", code) for code in family.codes]
        for label in labels:
            if label in owners:
                what, name = label
                raise InputError(
                    f"registry of families: {what} {name!r} has two lines, of families "
                    f"{owners[label]!r} and {family.name!r}"
                )
            owners[label] = family.name
        found[family.name] = family
    return found


def register(family: Family) -> None:
    """Make a family known to this process only: for programs that define one themselves."""
    _registered[:] = [other for other in _registered if other.name != family.name] + [family]
    families.cache_clear()


def _brought() -> Iterator[Family]:
    for entry in sorted(importlib.metadata.entry_points(group=GROUP), key=lambda e: e.name):
        try:
            family = entry.load()
        except Exception as error:  # another package's code
            raise InputError(
                f"family {entry.name!r} ({entry.value}) cannot be imported: "
                f"{type(error).__name__}: {error}"
            ) from error
        if not isinstance(family, Family):
            raise InputError(f"family {entry.name!r} ({entry.value}) is no model.families.Family")
        yield family


def kinds() -> list[str]:
    """Kinds of specs of all families."""
    return [kind for family in families().values() for kind in family.kinds]


def of_kind(kind: object, source: str) -> Family:
    """The family of a kind of spec; ``InputError`` names ``source`` and the known kinds."""
    for family in families().values():
        if isinstance(kind, str) and kind in family.kinds:
            return family
    raise InputError(f"{source}: kind {shown(kind)} is unknown, known: {', '.join(kinds())}")


def of_code(code: object) -> Family:
    """The family that ``--code`` names: the default one if it is a code, a file or None."""
    return _owner(code)[0]


def made_for(code: object) -> str | None:
    """What specs for ``code`` are made for, or None if that is a code of the default family."""
    return _owner(code)[1]


def _owner(code: object) -> tuple[Family, str | None]:
    """The family of what ``--code`` says, and what that family calls it."""
    if not isinstance(code, str):
        return DEFAULT, None
    for family in families().values():
        if code in family.codes:
            return family, code
    for family in families().values():
        try:
            answers_to = find(family, "answers_to")
        except InputError:  # of a module that fails to import: for its own commands to say
            continue
        called = answers_to(code) if answers_to is not None else None
        if called is not None:
            return family, called
    return DEFAULT, None


def find(family: Family, name: str):
    """What the family supplies under a name of ``PARTS``, or None."""
    module = family.part(PARTS[name].room)
    return getattr(module, name, None)


def need(family: Family, name: str):
    """What the family supplies under a name of ``PARTS``.

    ``InputError`` says that it has no such part, and which families have one.
    """
    found = find(family, name)
    if found is None:
        others = [each.name for each in families().values() if find(each, name) is not None]
        raise lacking(family, PARTS[name].words, others)
    return found


def lacking(family: Family, words: str, others: list[str]) -> InputError:
    """What every command says of a family without a part that ``others`` have."""
    return InputError(
        f"family {family.name!r} has no {words}; there is one for "
        f"{', '.join(others) or 'no family yet'}{_commands(family)}"
    )


def named_like(name: str) -> str:
    """What to say of a name that no code of the catalogue has: the family whose it is, if any."""
    for family in families().values():
        if any(name == code or name.startswith(f"{code}_") for code in family.codes):
            return f"; it is of family {family.name!r}{_commands(family)}"
    return ""


def _commands(family: Family) -> str:
    """The commands that have a part of the family."""
    there = [
        f"python -m {part.command}"
        for part in PARTS.values()
        if part.command and find(family, part.name) is not None
    ]
    return f"; commands for {family.name!r}: {', '.join(there)}" if there else ""
