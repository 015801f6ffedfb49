"""Residual of a cell: z = quantise(y - H x + b z_prev), one value a cycle."""

from amaranth.hdl import Cat, Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hw.lib.arithmetic import mid_rise, mid_rise_code


class Residual(wiring.Component):
    """Members
    -------
    received : code of y ; value : H x in units of the tables' scale
    old : offset code of z_prev ; momentum : b of the round
    first : the round has no x: z = quantise(y), with a shift of its own
    new : offset code of z

    Parameters
    ----------
    geometry : of :class:`hw.mimo_detector.geometry.Geometry`

    Attributes
    ----------
    latency_cycles : 5
    """

    latency_cycles = 5

    def __init__(self, geometry):
        self.geometry = g = geometry
        super().__init__(
            {
                "received": In(signed(g.input_bits)),
                "value": In(signed(g.g_bits)),
                "old": In(g.x_bits),
                "momentum": In(signed(g.momentum_bits)),
                "first": In(1),
                "new": Out(g.x_bits),
            }
        )

    def elaborate(self, platform):
        m = Module()
        g, spec = self.geometry, self.geometry.spec
        frac_bits = spec.momentum_frac_bits
        # Multipliers have places of their own: a register on the way to them.
        near = {
            name: Signal.like(getattr(self, name), name=f"near_{name}", reset_less=True)
            for name in ("received", "value", "old", "momentum")
        }
        m.d.sync += [register.eq(getattr(self, name)) for name, register in near.items()]
        with m.If(self.first):
            m.d.sync += near["value"].eq(0)
        y = Cat(1, near["received"]).as_signed() << (spec.y_shift + frac_bits)
        product_x = near["value"] << (frac_bits + g.table_scale - 1)
        product = near["momentum"] * mid_rise(near["old"])
        kept = Signal(product.shape(), reset_less=True)
        left = Signal((y - product_x).shape(), reset_less=True)
        total = left + (kept << spec.z_shift)
        a = Signal(total.shape(), reset_less=True)
        m.d.sync += [kept.eq(product), left.eq(y - product_x), a.eq(total)]
        # What does not fit is found out a cycle before it is clipped.
        code, inside = mid_rise_code(a, spec.z_shift + frac_bits, g.x_bits)
        if spec.start is not None and spec.start.shift != spec.z_shift:
            first = [Signal(name=f"first{n}", reset_less=True) for n in range(3)]
            m.d.sync += [new.eq(old) for new, old in zip(first, [self.first, *first], strict=False)]
            of_first = mid_rise_code(a, spec.start.shift + frac_bits, g.x_bits)
            code, inside = (
                Mux(first[-1], *pair) for pair in zip(of_first, (code, inside), strict=True)
            )
        low, fits, negative = Signal(g.x_bits), Signal(), Signal()
        new = Signal(g.x_bits, reset_less=True)
        m.d.sync += [
            low.eq(code),
            fits.eq(inside),
            negative.eq(a[-1]),
            new.eq(Mux(fits, low, ~negative.replicate(g.x_bits))),
        ]
        m.d.comb += self.new.eq(new)
        return m
