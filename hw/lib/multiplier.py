"""Products wider than one hardware multiplier, without a long path through two of them."""

from amaranth.hdl import Cat, Module, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

LIMB_BITS = 17  # an unsigned part that a signed 18-bit multiplier takes


class WideMultiplier(wiring.Component):
    """``o = a * b`` for signed ``a`` of any width; ``b`` should fit one multiplier (18 bits).

    Attributes
    ----------
    latency_cycles : 2
    """

    latency_cycles = 2

    def __init__(self, a_bits: int, b_bits: int):
        self.a_bits, self.b_bits = a_bits, b_bits
        super().__init__(
            {
                "a": In(signed(a_bits)),
                "b": In(signed(b_bits)),
                "o": Out(signed(a_bits + b_bits)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        total = 0
        for number, start in enumerate(range(0, self.a_bits, LIMB_BITS)):
            limb = self.a[start : start + LIMB_BITS]
            top = start + LIMB_BITS >= self.a_bits
            factor = limb.as_signed() if top else Cat(limb, 0).as_signed()
            product = Signal(
                signed(len(factor) + self.b_bits), name=f"product{number}", reset_less=True
            )
            m.d.sync += product.eq(factor * self.b)
            total = total + (product << start)
        output = Signal.like(self.o, name="product", reset_less=True)
        m.d.sync += output.eq(total)
        m.d.comb += self.o.eq(output)
        return m
