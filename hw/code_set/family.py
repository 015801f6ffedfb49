"""What sets of codes supply as hardware (:mod:`model.families`)."""

from hw.min_sum.family import FIELDS as DECODER_FIELDS
from hw.min_sum.family import PORTS as DECODER_PORTS

__all__ = ["ENGINES", "FIELDS", "PORTS", "c_files", "engine", "program"]

ENGINES = {"": "hw.code_set"}

PORTS = DECODER_PORTS | {
    "m_axis_tdata": "hard decisions, bit 0 first, of all bits or of the information as the control "
    "word asks; the last beat is padded with zeros. With --decisions soft, of frames that ask for "
    "values, a signed byte b instead of each bit: (soft step b + soft offset) LSB of the "
    "a-posteriori values, each an LLR of app lsb llr of the code",
    "s_axis_ctrl_tdata": "a control word a frame: number of the code, identifier, most iterations, "
    "when to stop, which bits to return; the frame's data wait for it",
    "m_axis_status_tdata": "a status word for each control word, in their order: code, identifier, "
    "iterations, whether the frame passed its checks, why it ended, whether it was dropped",
    "s_axis_program_tdata": "bytes of programs, of codes that are not in the set",
    "s_axis_program_tlast": "with a program's last byte",
    "programs_loaded": "a bit a place: its program is there, and its code may be asked for",
    "program_accepted": "high for a cycle behind a program's last byte: it is there now",
    "program_refused": "high for a cycle behind a program of another build or length, or with a "
    "wrong check; the place it was for is empty, if it was known",
}
FIELDS = DECODER_FIELDS | {
    "code": "number of the frame's code in the set",
    "id": "identifier of the frame, as its control word has it",
    "control.code": "number of the code in the set",
    "control.id": "identifier, which comes back",
    "control.max_iterations": "most iterations, 1 to 63",
    "control.stop_on_pass": "stop when all checks hold",
    "control.stop_on_no_change": "stop when an iteration changed no hard decision",
    "control.all_bits": "1: all bits leave; 0: the information bits",
    "control.hard": "1: hard decisions; 0: values, in a build with --decisions soft",
    "status.code": "as the control word has it",
    "status.id": "as the control word has it",
    "status.hard": "as the control word has it",
    "status.iterations": "iterations that the frame took",
    "status.passed": "1: all checks hold",
    "status.stopped_on_pass": "1: that all checks hold was a reason to stop",
    "status.stopped_on_no_change": "1: that nothing changed was a reason to stop",
    "status.dropped": "1: wrong length or invalid control word; no data leave",
}


def engine(spec, architecture: str | None = None):
    """The module that makes hardware of a spec."""
    from hw.code_set import kind

    return kind


def program(spec, record: dict, place: int, code, spec_file: str | None):
    """The program of a code for a decoder that takes such (:mod:`hw.program`).

    A code of the catalogue or of a file gets the alphabet of the set.
    """
    from hw.code_set.programs.made import core_of, program_of
    from hw.program import Program
    from quant.code_set.like import member_named

    core = core_of(spec, record.get("options") or {})
    member = member_named(spec, code, spec_file)
    return Program(program_of(core, place, member), len(core.jobs) + place, member)


def c_files(spec, record: dict) -> dict[str, str]:
    """The C function that makes programs, if the decoder takes any: file name to text."""
    if "program_places" not in record:
        return {}
    from hw.code_set.programs.c_source import files
    from hw.code_set.programs.made import core_of

    return files(core_of(spec, record["options"]))
