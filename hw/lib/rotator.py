"""Circular shift network for any number of lanes."""

from amaranth.hdl import Module, Mux, Signal, unsigned
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from hw.lib.delay import delay_taps


class Rotator(wiring.Component):
    """``o[i] = i[(i + shift) % lanes]``, pipelined, one word a cycle.

    One stage of 2:1 multiplexers per bit of the shift. Shifts add modulo ``lanes``, so the
    stage of bit k rotates by ``2^k % lanes`` and any lane count works.

    Parameters
    ----------
    lanes : words are ``lanes`` elements wide
    width : bits of an element
    stages_per_register : multiplexer stages between two registers

    Attributes
    ----------
    latency_cycles : from ``i``, ``shift`` to ``o``; 0 for one lane
    """

    def __init__(self, lanes: int, width: int, stages_per_register: int = 2):
        self.lanes, self.width = lanes, width
        self.stages = (lanes - 1).bit_length()
        self.stages_per_register = stages_per_register
        self.latency_cycles = self.latency_of(lanes, stages_per_register)
        word = data.ArrayLayout(unsigned(width), lanes)
        super().__init__({"i": In(word), "shift": In(max(1, self.stages)), "o": Out(word)})

    @staticmethod
    def latency_of(lanes: int, stages_per_register: int = 2) -> int:
        """``latency_cycles`` of a rotator without building one."""
        return -(-(lanes - 1).bit_length() // stages_per_register)

    def elaborate(self, platform):
        m = Module()
        word = data.ArrayLayout(unsigned(self.width), self.lanes)
        shifts = delay_taps(m, self.shift, max(0, self.latency_cycles - 1), "shift")
        current = self.i
        # The widest rotation comes first: it is the one whose wires cross the whole die.
        for number, bit in enumerate(reversed(range(self.stages))):
            select = shifts[number // self.stages_per_register][bit]
            step = (1 << bit) % self.lanes
            last_of_group = (number + 1) % self.stages_per_register == 0
            registered = last_of_group or number + 1 == self.stages
            rotated = Signal(word, name=f"stage{number}", reset_less=registered)
            domain = m.d.sync if registered else m.d.comb
            for lane in range(self.lanes):
                moved = current[(lane + step) % self.lanes]
                domain += rotated[lane].eq(Mux(select, moved, current[lane]))
            current = rotated
        m.d.comb += self.o.eq(current)
        return m
