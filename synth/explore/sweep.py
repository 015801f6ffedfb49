"""``key=v1,v2`` arguments to the designs and points of an exploration."""

import dataclasses
import hashlib
import itertools
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import get_args

from hw import engines
from model.errors import InputError
from quant import kinds
from quant.sources import spec_for
from quant.spec import Spec

SPEC_KEYS = ("spec", "message_bits", "app_bits")
MOST_POINTS = 2000


@dataclass(frozen=True)
class Design:
    """A spec (its file's text) and the build options that were chosen, by name, sorted."""

    spec_name: str
    spec_text: str
    options: tuple[tuple[str, object], ...]

    @cached_property
    def spec(self) -> Spec:
        return Spec.from_json(self.spec_text)

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

    Keys: ``spec`` (shipped specs or files for the same code), ``message_bits``, ``app_bits``,
    ``seed``, and every build option of the code's kind.
    """
    swept = parse(texts)
    base = spec_for(code)
    if not isinstance(base, Spec):
        raise InputError(f"--code {code}: kind {base.kind!r} is no decoder and cannot be explored")
    fields = {field.name: field.type for field in dataclasses.fields(_options_class(base))}
    known = [*SPEC_KEYS, *fields, "seed"]
    for key in swept:
        if key not in known:
            raise InputError(f"--sweep {key}: unknown, there are {', '.join(known)}")
    if "spec" in swept and "message_bits" in swept:
        raise InputError("--sweep: spec and message_bits cannot both be swept")
    found = []
    for values in itertools.product(*swept.values()):
        chosen = dict(zip(swept, values, strict=True))
        name, spec = _spec(code, base, chosen)
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


def _options_class(spec: Spec) -> type:
    return engines.of(spec).OPTIONS


def _typed(key: str, value: str, kind: type) -> object:
    kind = next(iter(get_args(kind)), kind)  # of "int or nothing" what may be written
    try:
        if kind is bool:
            return {"true": True, "false": False}[value.lower()]
        return kind(value)
    except (ValueError, KeyError):
        raise InputError(f"--sweep {key}={value}: not of type {kind.__name__}") from None


def _spec(code: str, base: Spec, chosen: dict[str, str]) -> tuple[str, Spec]:
    """Name and spec of one combination."""
    name, spec = code, base
    if "spec" in chosen:
        name = chosen["spec"]
        spec = kinds.resolve(name)
        if getattr(spec, "made_for", None) != base.made_for or spec.kind != base.kind:
            raise InputError(f"--sweep spec={name}: not a spec of kind {base.kind!r} for "
                             f"{base.made_for!r}")  # fmt: skip
    if "message_bits" in chosen:
        bits = _typed("message_bits", chosen["message_bits"], int)
        name, spec = _with_message_bits(name, spec, bits)
    if "app_bits" in chosen:
        bits = _typed("app_bits", chosen["app_bits"], int)
        if bits != spec.app_bits:
            # What was measured of the spec does not hold for another.
            name = f"{name}_app{bits}"
            spec = replace(spec, app_bits=bits, provenance={})
    return name, spec


def _with_message_bits(name: str, spec: Spec, bits: int) -> tuple[str, Spec]:
    """The spec itself, the first shipped one of the same code, or an untrained one."""
    from quant.fit import default_spec

    if spec.message_bits == bits:
        return name, spec
    for shipped, path in kinds.presets().items():
        other = kinds.load(path)
        if not isinstance(other, Spec):
            continue
        for_this = (other.kind, other.made_for) == (spec.kind, spec.made_for)
        if for_this and other.message_bits == bits:
            return shipped, other
    schedule = "flooding" if spec.flooding else "layered"
    made = default_spec(
        spec.graph(), message_bits=bits, iterations=spec.iterations, schedule=schedule
    )
    return f"{name}_{bits}bit", made
