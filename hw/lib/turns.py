"""Turns in rotation: which of some bits is next, behind the one that had its turn before."""

from amaranth.hdl import Mux, Value


def in_turn(waiting: Value, behind: Value) -> Value:
    """``waiting``, or only those ``behind`` the last turn if there are any."""
    return Mux(behind.any(), behind, waiting)


def lowest(bits: Value) -> Value:
    """One-hot: the lowest bit that is set; 0 if none is."""
    return bits & -bits


def above(one_hot: Value) -> Value:
    """All places above a bit."""
    return ~(one_hot | (one_hot - 1))
