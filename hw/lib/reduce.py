"""OR over many: of lanes, pipelined; of words of which one is chosen."""

from functools import reduce
from operator import or_

from amaranth.hdl import Cat, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out


class AnyOf(wiring.Component):
    """``o`` = OR of all bits of ``i``, registered after every two levels of 4-input gates.

    Attributes
    ----------
    latency_cycles : from ``i`` to ``o``, at least 1
    """

    FAN_IN = 16  # two levels of 4-input look-up tables

    def __init__(self, width: int):
        self.width = width
        self.latency_cycles = self.latency_of(width)
        super().__init__({"i": In(width), "o": Out(1)})

    @classmethod
    def latency_of(cls, width: int) -> int:
        """``latency_cycles`` of a tree of ``width`` bits without building one."""
        cycles = 1
        while cls.FAN_IN**cycles < width:
            cycles += 1
        return cycles

    def elaborate(self, platform):
        m = Module()
        current = self.i
        for level in range(self.latency_cycles):
            groups = [
                current[k : k + self.FAN_IN].any() for k in range(0, len(current), self.FAN_IN)
            ]
            reduced = Signal(len(groups), name=f"level{level}", reset_less=True)
            m.d.sync += reduced.eq(Cat(*groups))
            current = reduced
        m.d.comb += self.o.eq(current)
        return m


def picked(words, one_hot: Value) -> Value:
    """The word whose bit is set, 0 if none is: two words a look-up table, then ORs of four."""
    return reduce(or_, [Mux(bit, word, 0) for word, bit in zip(words, one_hot, strict=True)])
