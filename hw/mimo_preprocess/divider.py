"""Quotients of whole numbers, a bit a cycle."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out


class Divider(wiring.Component):
    """``quotient`` = floor(numerator / denominator), at most 2^quotient_bits - 1.

    Members
    -------
    start : strobe, with ``numerator`` and ``denominator`` (1 or more)
    done : strobe, ``numerator_bits`` + 1 cycles later; ``quotient`` stays until the next start
    clipped : the quotient is more
    """

    def __init__(self, numerator_bits: int, denominator_bits: int, quotient_bits: int):
        self.bits = numerator_bits
        super().__init__(
            {
                "start": In(1),
                "numerator": In(numerator_bits),
                "denominator": In(denominator_bits),
                "done": Out(1),
                "quotient": Out(quotient_bits),
                "clipped": Out(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        left = Signal(self.bits, reset_less=True)
        divisor = Signal.like(self.denominator, reset_less=True)
        rest = Signal(len(divisor) + 1, reset_less=True)
        found = Signal.like(self.quotient, reset_less=True)
        clipped, steps = Signal(reset_less=True), Signal(range(self.bits + 1))
        shifted = Cat(left[-1], rest[:-1])
        difference = Signal(len(rest) + 1)
        fits = ~difference[-1]
        m.d.comb += [
            difference.eq(shifted - divisor),
            self.quotient.eq(found | clipped.replicate(len(found))),
            self.clipped.eq(clipped),
        ]
        m.d.sync += self.done.eq(steps == 1)
        with m.If(self.start):
            m.d.sync += [
                left.eq(self.numerator), divisor.eq(self.denominator), rest.eq(0), found.eq(0),
                clipped.eq(0), steps.eq(self.bits),
            ]  # fmt: skip
        with m.Elif(steps != 0):
            m.d.sync += [
                left.eq(left << 1),
                rest.eq(Mux(fits, difference[:-1], shifted)),
                found.eq(Cat(fits, found[:-1])),
                clipped.eq(clipped | found[-1]),
                steps.eq(steps - 1),
            ]
        return m
