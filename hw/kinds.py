"""Registry: the kind of a spec -> how it becomes hardware.

A kind's module supplies ``load(path)`` (read and check its spec), ``OPTIONS`` (a frozen dataclass
of build choices that change no bit), ``component(spec, options)`` and ``facts(component)`` (its
part of build.json). One that has a C model supplies ``model_sources(spec)``, file name to text.
Modules are imported when their kind is asked for.
"""

import importlib
from types import ModuleType

from model.errors import InputError

KINDS = {
    "qc_ldpc_layered": "hw.qc_ldpc.kind",
    "tanner_flooding": "hw.direct.kind",
    "c2po_precoder": "hw.precoder.kind",
}


def get(kind: str) -> ModuleType:
    """Module of a kind; ``InputError`` names the known ones."""
    if kind not in KINDS:
        raise InputError(f"kind {kind!r} has no hardware here, known: {', '.join(KINDS)}")
    return importlib.import_module(KINDS[kind])
