"""Where blocks of vectors end, seen from a place that their vectors pass later."""

from collections.abc import Mapping

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from hw.lib.queue import MemoryQueue


class BlockEnds(wiring.Component):
    """Counts vectors up to the number that was told of their block.

    A block may be told before or after its vectors pass; each told one has at least a vector.

    Members
    -------
    put, i : a block is over: how many ``vectors`` it has, and what else there is to know of it
    vector : strobe, a vector passes
    inside : some of a block's vectors have passed
    ends, block : strobe, all of this block's have: at least two cycles behind the last of them

    Parameters
    ----------
    vectors : of a block, at most
    inside_most : vectors, at most, that have been counted and have not passed
    more : further fields of a block
    """

    def __init__(self, vectors: int, inside_most: int, more: Mapping | None = None):
        self.vectors = vectors
        # Each has a vector, but one whose end is seen just now.
        self.depth = 1 << (inside_most + 1).bit_length()
        self.layout = data.StructLayout({"vectors": range(vectors + 1), **(more or {})})
        super().__init__(
            {
                "put": In(1),
                "i": In(self.layout),
                "vector": In(1),
                "inside": Out(1),
                "ends": Out(1),
                "block": Out(self.layout),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.told = told = MemoryQueue(self.layout, self.depth)
        waiting, passed = Signal(range(self.depth + 1)), Signal(range(self.vectors + 1))
        all_passed = Signal()
        m.d.comb += [
            told.put.eq(self.put),
            told.i.eq(self.i),
            told.take.eq(self.ends),
            self.block.eq(told.o),
            self.inside.eq(passed != 0),
            self.ends.eq(all_passed),
        ]
        m.d.sync += [
            waiting.eq(waiting + self.put - self.ends),
            passed.eq(Mux(self.ends, 0, passed) + self.vector),
            # Of the cycle before; a block that has just ended does not end again.
            all_passed.eq((waiting != 0) & (passed == told.o.vectors) & ~self.ends),
        ]
        return m
