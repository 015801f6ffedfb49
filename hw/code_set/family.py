"""What sets of codes supply as hardware (:mod:`model.families`)."""

from hw.min_sum.family import FIELDS as DECODER_FIELDS
from hw.min_sum.family import PORTS as DECODER_PORTS

__all__ = ["ENGINES", "FIELDS", "PORTS", "engine"]

ENGINES = {"": "hw.code_set"}

PORTS = DECODER_PORTS | {
    "s_axis_ctrl_tdata": "a control word a frame: number of the code, identifier, most iterations, "
    "when to stop, which bits to return; the frame's data wait for it",
    "m_axis_status_tdata": "a status word for each control word, in their order: code, identifier, "
    "iterations, whether the frame passed its checks, why it ended, whether it was dropped",
}
FIELDS = DECODER_FIELDS | {
    "code": "number of the frame's code in the set",
    "id": "identifier of the frame, as its control word has it",
}


def engine(spec, architecture: str | None = None):
    """The module that makes hardware of a spec."""
    from hw.code_set import kind

    return kind
