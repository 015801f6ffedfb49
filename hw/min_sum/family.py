"""What min-sum decoders supply as hardware (:mod:`model.families`)."""

import importlib
from types import ModuleType

ENGINES = {"layered": "hw.layered", "flooding": "hw.layered", "direct": "hw.direct"}
"""Architecture -> package with its engine and ``options``."""
_KINDS = {"hw.layered": "hw.min_sum.layered", "hw.direct": "hw.direct.kind"}


def engine(spec, architecture: str | None = None) -> ModuleType:
    """The module that makes hardware of a spec.

    A flooding spec is computed directly unless "flooding" is asked for, or it has levels for ties.
    """
    if architecture is None:
        layered = not spec.flooding or spec.tie_levels
        architecture = "layered" if layered else "direct"
    return importlib.import_module(_KINDS[ENGINES[architecture]])
