"""What is kept of a lane until its frame leaves: its decision, or its APP word."""

from amaranth.hdl import Cat, Const, Value

from hw.frame.options import soft
from hw.layered.arithmetic import Arithmetic


def decision_bits(arithmetic: Arithmetic, options) -> int:
    """Bits that are kept of a lane."""
    return arithmetic.app_bits if soft(options) else 1


def soft_format(arithmetic: Arithmetic, options) -> dict:
    """``soft_bits`` and ``soft_odd`` of a core's :class:`hw.frame.ports.FrameFormat`."""
    kept = Const(0, decision_bits(arithmetic, options))
    return {
        "soft_bits": len(arithmetic.soft(kept)) if soft(options) else 0,
        "soft_odd": arithmetic.soft_odd,
    }


def decisions_and_values(arithmetic: Arithmetic, lanes: Value) -> tuple[Value, list[Value]]:
    """Of a beat of APP words the bits, and what the words are as APP values in LSB."""
    width = arithmetic.app_bits
    words = [lanes[at : at + width] for at in range(0, len(lanes), width)]
    return Cat(word[-1] for word in words), [arithmetic.soft(word) for word in words]
