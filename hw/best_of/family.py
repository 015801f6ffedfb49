"""What decoders side by side supply as hardware (:mod:`model.families`)."""

import importlib
from types import ModuleType

from hw.min_sum import family as min_sum
from model.errors import InputError

ENGINES = min_sum.ENGINES
"""Architecture -> package with the engine of the members and its options."""
_KINDS = {"hw.layered": "hw.best_of.layered", "hw.direct": "hw.best_of.direct"}


def engine(spec, architecture: str | None = None) -> ModuleType:
    """The module that makes hardware of a spec: by default the engine that its members alone have.

    ``InputError`` for an architecture of the other schedule.
    """
    flooding, ties = spec.first.flooding, any(member.tie_levels for member in spec.members)
    if architecture is None:
        architecture = "layered" if not flooding else "flooding" if ties else "direct"
    if flooding == (architecture == "layered"):
        raise InputError(
            f"--architecture {architecture} does not compute {spec.name}, whose members are "
            f"{'flooding' if flooding else 'layered'} decoders"
        )
    return importlib.import_module(_KINDS[ENGINES[architecture]])


PORTS = min_sum.PORTS
FIELDS = {
    "decoded": "1: the hard decisions satisfy every check",
    "iterations": "iterations that the member took whose result it is",
    "member": "number of the decoder whose result it is: the first that verified the frame, else "
    "that with the fewest odd checks",
}
"""What ports carry and what fields of ``m_axis_tuser`` say, for a datasheet."""
