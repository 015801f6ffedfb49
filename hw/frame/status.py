"""``m_axis_tuser``: its fields, declared once; hardware, benches and documents read them here.

From bit 0 on: what a core says of a frame (a decoder ``decoded`` and ``iterations``), then the
frame's mark, which the shell gave it at the input: ``dropped``, frames of wrong length since the
frame before, saturating; and, where results may leave out of order, ``tag``, the number of the
frame since reset among those of right length, modulo 256, the first one's 0.
"""

from collections.abc import Mapping
from types import MappingProxyType

from amaranth.hdl import Shape
from amaranth.lib import data

DECODER = MappingProxyType({"decoded": 1, "iterations": 7})
"""What decoders say: all checks hold, and the iterations that it took. Field to bits."""

RETRY = "retry"
"""Of decoders with retries: which of them has verified the frame; 0 where the result is that of the
first try, verified or not."""

DROPPED = MappingProxyType({"dropped": 4})
TAG = MappingProxyType({"tag": 8})
WORDS = MappingProxyType({
    "dropped": "frames of wrong length that were dropped since the frame before, saturating",
    "tag": "number of the frame since reset among those of right length, modulo 256",
})
"""What the fields of marks say, for a datasheet."""


UNSATISFIED = "unsatisfied"
"""Of decoders side by side: checks that were odd in the frame's last iteration."""


def decoder(retries: int = 0, odd_checks: int = 0) -> dict[str, int]:
    """Fields of what a decoder says with so many retries, or counting up to so many odd checks."""
    retry = {RETRY: retries.bit_length()} if retries else {}
    odd = {UNSATISFIED: odd_checks.bit_length()} if odd_checks else {}
    return {**DECODER, **retry, **odd}


def marks(tagged: bool) -> dict[str, int]:
    """Fields of a mark: what the shell wants back with a frame's result."""
    return {**DROPPED, **(TAG if tagged else {})}


def layout(fields: Mapping[str, int]) -> data.StructLayout:
    """The fields as one word, the first in the lowest bits."""
    return data.StructLayout(dict(fields))


def width(fields: Mapping[str, int]) -> int:
    """Bits of all fields together."""
    return Shape.cast(layout(fields)).width


def places(fields: Mapping[str, int]) -> dict[str, list[int]]:
    """[lowest bit, width] of each field in ``m_axis_tuser``, as build.json has it."""
    found, low = {}, 0
    for name, bits in fields.items():
        found[name] = [low, bits]
        low += bits
    return found
