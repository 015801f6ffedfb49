"""Update of a cell's iterate: v' = quantise(keep v + step g), one value a cycle."""

from amaranth.hdl import Const, Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hw.lib.arithmetic import mid_rise, mid_rise_code


class Update(wiring.Component):
    """Members
    -------
    value : g; keep, step : the round's coefficients; old : offset code of v
    new : offset code of v'

    Parameters
    ----------
    geometry : of :class:`hw.precoder.geometry.Geometry`
    round_ : the only round it serves, if its coefficients are hard-wired: shifts and adders;
        otherwise ``keep`` and ``step`` come with the values, to multipliers

    Attributes
    ----------
    latency_cycles : 5
    """

    latency_cycles = 5

    def __init__(self, geometry, round_: int):
        self.geometry, self.round_ = geometry, round_
        g = geometry
        coefficients = {name: In(signed(bits)) for name, bits in g.coefficient_bits.items()}
        super().__init__(
            {
                "value": In(signed(g.g_bits)),
                **({} if g.hard_wired else coefficients),
                "old": In(g.x_bits),
                "new": Out(g.x_bits),
            }
        )

    def elaborate(self, platform):
        m = Module()
        g = self.geometry
        # Multipliers have places of their own: a register on the way to them.
        names = ["value", "old"] if g.hard_wired else ["value", "step", "keep", "old"]
        near = {
            name: Signal.like(getattr(self, name), name=f"near_{name}", reset_less=True)
            for name in names
        }
        m.d.sync += [register.eq(getattr(self, name)) for name, register in near.items()]
        value, old = near["value"], mid_rise(near["old"])
        if g.hard_wired:
            keep, step = g.terms(self.round_)
            products, shifts = [_shifted(value, step), _shifted(old, keep)], (0, 0)
        else:
            products = [value * near["step"], old * near["keep"]]
            shifts = g.shifts["step"], g.shifts["keep"]
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
            y.eq((registers[0] << shifts[0]) + (registers[1] << shifts[1])),
            low.eq(code),
            fits.eq(inside),
            negative.eq(y[-1]),
            new.eq(Mux(fits, low, ~negative.replicate(g.x_bits))),
        ]
        m.d.comb += self.new.eq(new)
        return m


def _shifted(value, terms: list[tuple[int, int]]):
    """``value`` times a sum of ``sign * 2^exponent``."""
    total = Const(0, signed(1))
    for sign, exponent in terms:
        term = value << exponent
        total = total + term if sign > 0 else total - term
    return total
