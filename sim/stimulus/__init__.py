"""Registry: the kind of a spec -> where its stimulus comes from.

A kind supplies two functions: ``load(path)`` reads and checks its spec (an object with ``.sha``),
``make(spec, build, frames, ebn0_db, seed)`` returns a :class:`~sim.stimulus.frames.Stimulus`
whose expected outputs come from the kind's golden model. ``build`` is the build.json record.
Modules named here are imported when their kind is asked for, not before.
"""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model.errors import InputError
from sim.stimulus.frames import Stimulus


@dataclass(frozen=True)
class Kind:
    """How a kind of core is fed. See the module text."""

    load: Callable[[Path], Any]
    make: Callable[[Any, dict, int, float | None, int], Stimulus]


_MODULES = {
    "qc_ldpc_layered": "sim.stimulus.qc_ldpc",
    "tanner_flooding": "sim.stimulus.qc_ldpc",
    "c2po_precoder": "sim.stimulus.precoder",
}
_KINDS: dict[str, Kind] = {}


def register(name: str, kind: Kind) -> None:
    """Make a kind known under ``name``."""
    _KINDS[name] = kind


def get(name: str) -> Kind:
    """Return the named kind; ``InputError`` lists the known ones."""
    if name not in _KINDS and name in _MODULES:
        register(name, importlib.import_module(_MODULES[name]).KIND)
    if name not in _KINDS:
        known = ", ".join(sorted({*_KINDS, *_MODULES}))
        raise InputError(f"no stimulus for kind {name!r}; there are {known}")
    return _KINDS[name]
