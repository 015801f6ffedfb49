"""Residual and symbols to the table indices of the backward product, plane by plane."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from hw.mimo_array.geometry import GROUP, INDEX_BITS, ArrayGeometry
from hw.mimo_array.stage import Stage


def indices_layout(g: ArrayGeometry) -> data.ArrayLayout:
    """Table index of each user group."""
    return data.ArrayLayout(INDEX_BITS, g.user_groups)


class Planes(wiring.Component):
    """A register for each part of each user; its top bit is the plane of the moment.

    Members
    -------
    load : take ``symbols`` (matched filter) or ``residual``, as offset codes
    turn : the next plane
    matched : load the symbols
    imaginary : indices for the products' imaginary parts
    residual : [user][0 real, 1 imaginary] offset codes
    symbols : the same, two's complement codes c of the values 2c + 1; not where vectors enter with
        no symbols
    indices : of each user group, combinational
    """

    def __init__(self, geometry: ArrayGeometry, stage: Stage):
        self.geometry, self.stage = geometry, stage
        g = geometry

        def of_users(bits: int):
            return data.ArrayLayout(data.ArrayLayout(bits, 2), g.users)

        super().__init__(
            {
                "load": In(1),
                "turn": In(1),
                "matched": In(1),
                "imaginary": In(1),
                "residual": In(of_users(g.w_bits)),
                **({"symbols": In(of_users(g.symbol_bits))} if g.symbol_bits else {}),
                "indices": Out(indices_layout(g)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        g, stage = self.geometry, self.stage
        planes = {}
        for user in range(g.users):
            for part in range(2):
                register = Signal(g.plane_count, name=f"part{user}_{part}", reset_less=True)
                loaded = residual = self.residual[user][part]
                if stage.matches:
                    # Both kinds end with the window: the one of fewer planes lies in the low bits.
                    symbol = self.symbols[user][part]
                    loaded = Cat(symbol[:-1], ~symbol[-1])
                    if stage.iterates:
                        loaded = Mux(self.matched, loaded, residual)
                with m.If(self.load):
                    m.d.sync += register.eq(loaded)
                with m.Elif(self.turn):
                    m.d.sync += register.eq(register << 1)
                planes[user, part] = register[-1]
        absent = Const(0)
        for group in range(g.user_groups):
            bits = []
            for user in range(GROUP * group, GROUP * (group + 1)):
                real, imaginary = (planes.get((user, part), absent) for part in range(2))
                # A table's sum is that of (h_re a + h_im b) over the users.
                second = (~real, imaginary) if g.conjugate else (real, ~imaginary)
                bits.append(Mux(self.imaginary, imaginary, real))
                bits.append(Mux(self.imaginary, *second))
            m.d.comb += self.indices[group].eq(Cat(*bits))
        return m
