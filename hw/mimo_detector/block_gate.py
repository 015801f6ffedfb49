"""When the channel may change: not within a block of vectors."""

from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hw.lib.delay import delayed
from hw.mimo_detector.block_ends import BlockEnds

BEHIND_ENTRY = 6
"""Cycles behind the moment at which a vector may enter when it is known whether one did; the next
such moment is at least as far away again, so that a change in between meets no vector."""


class BlockGate(wiring.Component):
    """Follows the vectors that enter.

    Members
    -------
    told, vectors : a block is over, so many vectors of it came
    entry : a vector may enter now ; admit : it has
    may_switch : no block is half inside
    """

    def __init__(self, vectors: int, inside_most: int):
        self.ends = BlockEnds(vectors, inside_most)
        super().__init__(
            {
                "told": In(1),
                "vectors": In(range(vectors + 1)),
                "entry": In(1),
                "admit": In(1),
                "may_switch": Out(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.ends = ends = self.ends
        known = delayed(m, self.entry, BEHIND_ENTRY, "known", reset=True)
        m.d.comb += [
            ends.put.eq(self.told),
            ends.i.vectors.eq(self.vectors),
            ends.vector.eq(self.admit),
        ]
        m.d.sync += self.may_switch.eq(known & ~ends.inside)
        return m
