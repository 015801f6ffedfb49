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

PORTS = {
    "s_axis_tdata": "one channel code a byte, int8, byte 0 first: a quantised LLR, positive means "
    "bit 0. Codes beyond the spec's channel saturate. A frame is the n transmitted bits in their "
    "order; unused bytes of the last beat are ignored",
    "m_axis_tdata": "hard decisions, bit 0 first; the last beat is padded with zeros. With "
    "--decisions soft a signed byte b instead of each bit: (soft step b + soft offset) LSB of the "
    "a-posteriori values, each an LLR of app lsb llr",
}
FIELDS = {
    "decoded": "1: the hard decisions satisfy every check",
    "iterations": "iterations that the frame took, with retries in all tries together",
    "retry": "which retry has verified the frame; 0: the result is that of the first try",
}
"""What ports carry and what fields of ``m_axis_tuser`` say, for a datasheet."""
