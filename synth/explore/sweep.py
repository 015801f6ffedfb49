"""``key=v1,v2`` arguments to the designs and points of an exploration."""

import dataclasses
import hashlib
import itertools
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from hw import engines
from hw.options import kind_of
from model import families
from model.errors import InputError
from model.json_text import parse_json
from quant import kinds
from quant.document import Document
from quant.sources import spec_for

MOST_POINTS = 2000


@dataclass(frozen=True)
class Design:
    """A spec (its file's text) and the build options that were chosen, by name, sorted."""

    spec_name: str
    spec_text: str
    options: tuple[tuple[str, object], ...]

    @cached_property
    def spec(self) -> Document:
        return kinds.from_record(parse_json(self.spec_text, self.spec_name), self.spec_name)

    @cached_property
    def resolved(self) -> object:
        """All options as they are built; ``InputError`` for what cannot be built."""
        return _options_class(self.spec)(**dict(self.options)).resolved(self.spec)

    @cached_property
    def sha(self) -> str:
        """Hash of everything that decides the Verilog, but for the generator itself.

        Options that were chosen as they are by default do not change it.
        """
        text = json.dumps([self.spec.sha, dataclasses.asdict(self.resolved)], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def with_option(self, name: str, value: object) -> "Design":
        """The same with one option more, or another value of it."""
        return replace(self, options=tuple(sorted({**dict(self.options), name: value}.items())))

    def title(self) -> str:
        """One line for people."""
        return " ".join([self.spec_name, *(f"{name}={value}" for name, value in self.options)])


@dataclass(frozen=True)
class Point:
    """A design and the seed of its placement."""

    design: Design
    seed: int


def parse(texts: Sequence[str]) -> dict[str, list[str]]:
    """Values by key; ``InputError`` for what is no ``key=v1,v2`` or is named twice."""
    found: dict[str, list[str]] = {}
    for text in texts:
        key, equals, rest = text.partition("=")
        values = rest.split(",")
        if not equals or not key or not all(values):
            raise InputError(f"--sweep {text!r} is not key=value,value,...")
        if key in found:
            raise InputError(f"--sweep {text!r}: {key} is swept twice")
        if len(set(values)) < len(values):
            raise InputError(f"--sweep {text!r}: a value is there twice")
        found[key] = values
    return found


def all_points(code: str, sweeps: Sequence[Sequence[str]]) -> list[Point]:
    """Points of several sweeps, those that are in more than one only once.

    ``InputError`` for more than can be explored at once, counted before they are looked at.
    """
    count = sum(math.prod(map(len, parse(texts).values())) for texts in sweeps)
    if count > MOST_POINTS:
        raise InputError(f"--sweep: {count} points, at most {MOST_POINTS} are explored at once")
    found: dict[tuple, Point] = {}
    for texts in sweeps:
        for point in points(code, texts):
            found.setdefault((point.design.sha, point.seed), point)
    return list(found.values())


def points(code: str, texts: Sequence[str]) -> list[Point]:
    """All combinations, the first key slowest; ``InputError`` for the first that cannot be built.

    Keys: ``spec`` (shipped specs or files for the same code), the ``VARIANTS`` of its family,
    ``seed`` and every build option of its engine.
    """
    swept = parse(texts)
    base = spec_for(code)
    options_class = _options_class(base)
    fields = {f.name: kind_of(options_class, f) for f in dataclasses.fields(options_class)}
    variants = families.find(kinds.family_of(base), "VARIANTS") or {}
    known = ["spec", *variants, *fields, "seed"]
    for key in swept:
        if key not in known:
            raise InputError(f"--sweep {key}: unknown, there are {', '.join(known)}")
    if "spec" in swept and "message_bits" in swept:
        raise InputError("--sweep: spec and message_bits cannot both be swept")
    found = []
    for values in itertools.product(*swept.values()):
        chosen = dict(zip(swept, values, strict=True))
        name, spec = _spec(code, base, chosen, variants)
        options = {
            key: _typed(key, value, fields[key]) for key, value in chosen.items() if key in fields
        }
        design = Design(name, spec.to_json(), tuple(sorted(options.items())))
        _ = design.resolved  # now, before anything is built
        seed = _typed("seed", chosen.get("seed", "1"), int)
        if seed < 0:
            raise InputError(f"--sweep seed={seed}: must be 0 or more")
        found.append(Point(design, seed))
    return found


def _options_class(spec) -> type:
    return engines.of(spec).OPTIONS


def _typed(key: str, value: str, kind: type) -> object:
    try:
        if kind is bool:
            return {"true": True, "false": False}[value.lower()]
        return kind(value)
    except (ValueError, KeyError):
        raise InputError(f"--sweep {key}={value}: not of type {kind.__name__}") from None


def _spec(code: str, base, chosen: dict[str, str], variants: dict) -> tuple[str, Document]:
    """Name and spec of one combination."""
    name, spec = code, base
    if "spec" in chosen:
        name = chosen["spec"]
        spec = kinds.resolve(name)
        if (spec.made_for, spec.kind) != (base.made_for, base.kind):
            raise InputError(f"--sweep spec={name}: not a spec of kind {base.kind!r} for "
                             f"{base.made_for!r}")  # fmt: skip
    for key, variant in variants.items():
        if key in chosen:
            name, spec = variant(name, spec, _typed(key, chosen[key], int))
    return name, spec
