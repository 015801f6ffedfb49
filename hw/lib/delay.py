"""Delay lines for control that travels beside a pipelined datapath."""

from amaranth.hdl import Module, Signal


def delayed(m: Module, value, cycles: int, name: str, reset: bool = False):
    """Return ``value`` registered ``cycles`` times in module ``m``; the value itself for 0.

    Only what says "valid" needs ``reset``: a reset wire to every register of a wide datapath
    would crowd out the data.
    """
    for i in range(cycles):
        register = Signal.like(value, name=f"{name}_d{i + 1}", reset_less=not reset)
        m.d.sync += register.eq(value)
        value = register
    return value


def lasting(m: Module, condition, cycles: int, name: str):
    """1 when ``condition`` has been for ``cycles`` cycles, and is."""
    held = condition
    for cycle in range(cycles):
        before = Signal(name=f"{name}{cycle}")
        m.d.sync += before.eq(held)
        held = before & condition
    return held


def delay_taps(m: Module, value, cycles: int, name: str) -> list:
    """``value`` after 0, 1, ... ``cycles`` cycles: one line, many taps."""
    taps = [value]
    for i in range(cycles):
        taps.append(delayed(m, taps[-1], 1, f"{name}{i}"))
    return taps
