"""What min-sum decoders supply as hardware (:mod:`model.families`)."""

import importlib
from types import ModuleType

ENGINES = {"layered": "hw.qc_ldpc", "flooding": "hw.qc_ldpc", "direct": "hw.direct"}
"""Architecture -> package with its engine (``kind``) and ``options``."""


def engine(spec, architecture: str | None = None) -> ModuleType:
    """The module that makes hardware of a spec.

    A flooding spec is computed directly unless "flooding" is asked for, or it has levels for ties.
    """
    if architecture is None:
        layered = not spec.flooding or spec.tie_levels
        architecture = "layered" if layered else "direct"
    return importlib.import_module(f"{ENGINES[architecture]}.kind")
