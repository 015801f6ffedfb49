"""Control and status words of a frame in hardware, and what is kept of them."""

from amaranth.hdl import Cat, Const, Value
from amaranth.lib import data

from hw.lib.arithmetic import bits_for
from quant.code_set.control import WORD_BITS, control_fields, status_fields

ITERATION_BITS = control_fields()["max_iterations"][1]


def request_layout(codes: int) -> data.StructLayout:
    """How a frame is to be decoded: code, iterations behind the first, when to stop."""
    return data.StructLayout(
        {"code": bits_for(codes), "more": ITERATION_BITS, "on_pass": 1, "on_no_change": 1}
    )


def control_of(word: Value) -> dict[str, Value]:
    """Fields of a control word by name."""
    return {name: word[low : low + width] for name, (low, width) in control_fields().items()}


def status_word(fields: dict[str, Value]) -> Value:
    """The word of these fields; bits of no field are 0."""
    places = sorted((low, width, name) for name, (low, width) in status_fields().items())
    parts, at = [], 0
    for low, width, name in places:
        parts += [Const(0, low - at), Value.cast(fields[name])[:width]]
        at = low + width
    return Cat(*parts, Const(0, WORD_BITS - at))
