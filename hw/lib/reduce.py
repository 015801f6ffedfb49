"""OR over many: of lanes, pipelined; of words of which one is chosen. And how many bits are set."""

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


class CountOf(wiring.Component):
    """``o`` = number of bits of ``i`` that are set, registered after fours and after every sum.

    Attributes
    ----------
    latency_cycles : from ``i`` to ``o``, at least 1
    """

    FAN_IN = 4

    def __init__(self, width: int):
        self.width, self.latency_cycles = width, self.latency_of(width)
        super().__init__({"i": In(width), "o": Out(range(width + 1))})

    @classmethod
    def latency_of(cls, width: int) -> int:
        """``latency_cycles`` of a tree of ``width`` bits without building one."""
        return 1 + (-(-width // cls.FAN_IN) - 1).bit_length()

    def elaborate(self, platform):
        m = Module()
        fours = range(0, self.width, self.FAN_IN)
        sums = [sum(self.i[k : k + self.FAN_IN]) for k in fours]
        for level in range(self.latency_cycles):
            pairs = zip(sums[::2], [*sums[1::2], 0], strict=False) if level else zip(sums)
            counts = [Signal(range(min(self.width, self.FAN_IN << level) + 1),
                             name=f"count{level}_{number}", reset_less=True)
                      for number, _ in enumerate(sums[:: 2 if level else 1])]  # fmt: skip
            m.d.sync += [to.eq(sum(some)) for to, some in zip(counts, pairs, strict=True)]
            sums = counts
        m.d.comb += self.o.eq(sums[0])
        return m


def picked(words, one_hot: Value) -> Value:
    """The word whose bit is set, 0 if none is: two words a look-up table, then ORs of four."""
    return reduce(or_, [Mux(bit, word, 0) for word, bit in zip(words, one_hot, strict=True)])
