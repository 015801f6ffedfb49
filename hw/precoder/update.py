"""Update of a cell's iterate: v' = quantise(keep v + step g), one value a cycle."""

from amaranth.hdl import Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hw.lib.arithmetic import mid_rise, mid_rise_code
from hw.precoder.geometry import Geometry


class Update(wiring.Component):
    """Members
    -------
    value : g; keep, step : the round's coefficients; old : offset code of v
    new : offset code of v'

    Attributes
    ----------
    latency_cycles : 4
    """

    latency_cycles = 4

    def __init__(self, geometry: Geometry):
        self.geometry = g = geometry
        super().__init__(
            {
                "value": In(signed(g.g_bits)),
                "keep": In(signed(g.coefficient_bits["keep"])),
                "step": In(signed(g.coefficient_bits["step"])),
                "old": In(g.x_bits),
                "new": Out(g.x_bits),
            }
        )

    def elaborate(self, platform):
        m = Module()
        g = self.geometry
        products = [self.value * self.step, mid_rise(self.old) * self.keep]
        registers = [
            Signal(product.shape(), name=name, reset_less=True)
            for name, product in zip(("descent", "kept"), products, strict=True)
        ]
        y = Signal(signed(g.y_bits), reset_less=True)
        # What does not fit is found out a cycle before it is clipped.
        code, inside = mid_rise_code(y, g.frac_bits, g.x_bits)
        low, fits, negative = Signal(g.x_bits), Signal(), Signal()
        new = Signal(g.x_bits, reset_less=True)
        m.d.sync += [
            *(register.eq(p) for register, p in zip(registers, products, strict=True)),
            y.eq((registers[0] << g.shifts["step"]) + (registers[1] << g.shifts["keep"])),
            low.eq(code),
            fits.eq(inside),
            negative.eq(y[-1]),
            new.eq(Mux(fits, low, ~negative.replicate(g.x_bits))),
        ]
        m.d.comb += self.new.eq(new)
        return m
