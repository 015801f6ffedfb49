"""Control of a precoder's array: its coefficients may be written at run time."""

from amaranth.hdl import Module, Signal
from amaranth.lib.wiring import In

from hw.mimo_array.array_controller import ArrayController
from hw.mimo_array.stage import Stage
from hw.precoder.coefficients import write_layout
from hw.precoder.geometry import Geometry
from hw.precoder.timing import Timing


class PrecoderController(ArrayController):
    """Members, beside those of every controller
    -------
    write : a coefficient is written (with the option ``writable``)
    """

    def __init__(self, geometry: Geometry, timing: Timing, stage: Stage):
        super().__init__(geometry, timing, stage, {"write": In(write_layout(geometry))})

    def values_of(self, m: Module, name: str, number: int, constants: list) -> list:
        """With ``writable`` a register for each round's, which starts as the spec's."""
        if not self.geometry.options.writable:
            return constants
        registers = []
        for place, value in enumerate(constants):
            register = Signal(value.shape(), name=f"{name}{place}", init=value.value)
            index = 2 * (self.stage.first + place) + number
            with m.If(self.write.valid & (self.write.index == index)):
                m.d.sync += register.eq(self.write.value)
            registers.append(register)
        return registers
