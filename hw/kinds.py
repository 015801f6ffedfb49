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


def of(spec, architecture: str | None = None) -> ModuleType:
    """Module that makes hardware of a spec; ``InputError`` names the known kinds.

    architecture : of a decoder, as ``hw.sources.ARCHITECTURES`` names them. A flooding spec is
        computed directly unless "flooding" is asked for, or it has levels for ties
    """
    kind = spec.kind
    if kind not in KINDS:
        raise InputError(f"kind {kind!r} has no hardware here, known: {', '.join(KINDS)}")
    if kind == "tanner_flooding":
        default = "flooding" if spec.tie_levels else "direct"
        if (architecture or default) == "flooding":
            kind = "qc_ldpc_layered"  # its machine computes both schedules
    return importlib.import_module(KINDS[kind])
