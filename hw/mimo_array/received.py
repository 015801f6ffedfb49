"""What a cell gets of its vector from outside: kept from round to round, value by value."""

from amaranth.hdl import Array, Module, Mux, Signal, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from hw.mimo_array.bundle import place_bits
from hw.mimo_array.geometry import CELL_VALUES, ArrayGeometry
from hw.mimo_array.timing import Interleaving


def received_layout(g: ArrayGeometry) -> data.StructLayout:
    """Values of a new vector on their way to their cell.

    part : which ``input_values`` of the cell's eight values they are
    """
    return data.StructLayout(
        {
            "valid": 1,
            "cell": place_bits(g.cells),
            "part": place_bits(CELL_VALUES // g.input_values),
            "values": data.ArrayLayout(signed(g.input_bits), g.input_values),
        }
    )


class Received(wiring.Component):
    """Takes a cell's values one by one at any time, and gives them in every round of the vector.

    Members
    -------
    mine : ``i`` is for this cell; not while the values of a ``first`` round pass
    first : the values that pass are those of the new vector
    shift : a value passes
    o : the value that is due, antenna by antenna, real part first
    """

    def __init__(self, geometry: ArrayGeometry, timing: Interleaving):
        self.geometry, self.timing = geometry, timing
        g = geometry
        super().__init__(
            {
                "mine": In(1),
                "i": In(received_layout(g)),
                "first": In(1),
                "shift": In(1),
                "o": Out(signed(g.input_bits)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        g = self.geometry
        new = []
        for number in range(CELL_VALUES):
            part, place = divmod(number, g.input_values)
            register = Signal(signed(g.input_bits), name=f"new{number}", reset_less=True)
            with m.If(self.mine & (self.i.part == part)):
                m.d.sync += register.eq(self.i.values[place])
            new.append(register)
        number = Signal(range(CELL_VALUES))
        m.d.sync += number.eq(0)
        with m.If(self.shift):
            m.d.sync += number.eq(number + 1)
        value = Signal.like(self.o, name="value")
        m.d.comb += self.o.eq(value)
        # Eight values of every window between a round and the vector's next one.
        old = value
        for place in range(self.timing.loop_windows * CELL_VALUES):
            register = Signal.like(self.o, name=f"kept{place}", reset_less=True)
            with m.If(self.shift):
                m.d.sync += register.eq(old)
            old = register
        m.d.comb += value.eq(Mux(self.first, Array(new)[number], old))
        return m
