"""Bundles of wires that run from one half iteration to the other: a signal for every edge.

Plain lists of signals: one wide signal with fields would be written out whole at every use.
"""

from dataclasses import dataclass

from amaranth.hdl import Module, Signal, signed

from hw.direct.messages import Values, fraction_bits, index_code, stored_bits
from hw.lib.delay import delayed
from quant.spec import Spec


@dataclass(frozen=True)
class Told:
    """What all variables tell their checks: per edge magnitude index and sign."""

    x: list[Signal]
    negative: list[Signal]

    @classmethod
    def new(cls, spec: Spec, largest: list[int | None], name: str) -> "Told":
        """Undriven wires for all edges; ``largest`` magnitude of each, None for any.

        A bit that cannot be set has no wire: no register can keep a constant.
        """
        code, _ = index_code(spec)
        widths = [code.width if most is None else code.bits_for(most) for most in largest]
        return cls(
            [Signal(w, name=f"{name}_x{e}", reset_less=True) for e, w in enumerate(widths)],
            [Signal(1, name=f"{name}_negative{e}", reset_less=True) for e in range(len(widths))],
        )

    def delayed(self, m: Module, cycles: int, name: str) -> "Told":
        """The same ``cycles`` later."""
        x, negative = (
            delayed_all(m, wires, cycles, f"{name}_{part}")
            for part, wires in (("x", self.x), ("negative", self.negative))
        )
        return Told(x, negative)


def stored_wires(spec: Spec, values: list[Values], name: str) -> list[Signal]:
    """The stored message of every edge."""
    fraction = fraction_bits(spec)
    return [
        Signal(signed(stored_bits(value, fraction)), name=f"{name}{e}", reset_less=True)
        for e, value in enumerate(values)
    ]


def delayed_all(m: Module, wires: list, cycles: int, name: str) -> list:
    """Every wire ``cycles`` later; None stays None."""
    return [
        None if wire is None else delayed(m, wire, cycles, f"{name}{i}")
        for i, wire in enumerate(wires)
    ]
