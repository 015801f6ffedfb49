"""Coefficients written at run time (build option ``writable``)."""

from amaranth.hdl import signed
from amaranth.lib import data

from hw.mimo_array.bundle import place_bits
from hw.precoder.geometry import MOST_COEFFICIENT_BITS, Geometry


def write_layout(g: Geometry) -> data.StructLayout:
    """A coefficient that is written: ``index`` is twice the round, plus 1 for ``step``."""
    return data.StructLayout(
        {"valid": 1, "index": place_bits(2 * g.rounds), "value": signed(MOST_COEFFICIENT_BITS)}
    )
