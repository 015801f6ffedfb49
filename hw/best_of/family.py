"""What decoders side by side supply as hardware (:mod:`model.families`)."""

import importlib
from types import ModuleType

from hw.min_sum import family as min_sum

ENGINES = {"layered": "hw.layered", "direct": "hw.direct"}
"""Architecture -> package with the engine of the members and its options."""


def engine(spec, architecture: str | None = None) -> ModuleType:
    """The module that makes hardware of a spec: by default what its members alone have."""
    if architecture is None:
        architecture = "direct" if spec.first.flooding else "layered"
    return importlib.import_module(f"hw.best_of.{architecture}")


PORTS = min_sum.PORTS
FIELDS = {
    "decoded": "1: the hard decisions satisfy every check",
    "iterations": "iterations that the member took whose result it is",
    "member": "number of the decoder whose result it is: the first that verified the frame, else "
    "that with the fewest odd checks",
}
"""What ports carry and what fields of ``m_axis_tuser`` say, for a datasheet."""
