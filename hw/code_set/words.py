"""Control and status words of a frame in hardware, and what is kept of them."""

from amaranth.hdl import Cat, Const, Value
from amaranth.lib import data

from quant.code_set.control import WORD_BITS, control_fields, status_fields

ITERATION_BITS = control_fields()["max_iterations"][1]


def request_layout(code: data.StructLayout) -> data.StructLayout:
    """How a frame is to be decoded: where its code begins in the tables, and what it asks for.

    code : layout of what is looked up of a code; more : iterations behind the first
    """
    places = {name: code[name].shape for name in ("row", "map_row", "map_rows")}
    asked = {"more": ITERATION_BITS, "on_pass": 1, "on_no_change": 1}
    return data.StructLayout(places | asked)


KEPT = ("code", "id", "hard", "all_bits", "max_iterations")
"""Fields of a control word that are needed until the frame's result has left."""


def kept_layout(more: dict) -> data.StructLayout:
    """Those, and more."""
    return data.StructLayout({name: control_fields()[name][1] for name in KEPT} | more)


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
