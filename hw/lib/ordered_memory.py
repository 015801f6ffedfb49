"""Words of lanes written as they are and read in one of several orders, for nothing.

As in :mod:`hw.lib.rotating_memory` every order is written side by side, and the lowest bits of the
read address choose one: permutations cost block RAM instead of look-up tables.
"""

from collections.abc import Sequence

from amaranth.hdl import Cat, Module, unsigned
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from hw.lib.narrow_memory import NarrowMemory


class OrderedMemory(wiring.Component):
    """``r_data[i] = word[orders[r_order][i]]``.

    Parameters
    ----------
    width : bits of a lane
    lanes : of a word
    orders : of each way to read a word the lanes that come, as many in each
    depth : number of words, zero at first
    wide_writes : of the target (:mod:`hw.lib.target`)

    Members
    -------
    w_en, w_addr, w_data : write port; a word is not written while it is read
    r_addr, r_order : word, and place in ``orders``
    r_data : lanes in that order

    Attributes
    ----------
    latency_cycles : 2, from ``r_addr`` to ``r_data``
    """

    latency_cycles = NarrowMemory.latency_cycles

    def __init__(
        self, width: int, lanes: int, orders: Sequence[Sequence[int]], depth: int, wide_writes: bool
    ):
        if len(set(map(len, orders))) > 1:
            raise ValueError("orders of different lengths")
        self.orders, self.lane_bits, self.depth = orders, width, depth
        self.wide_writes = wide_writes
        address = max(1, (depth - 1).bit_length())
        super().__init__(
            {
                "w_en": In(1),
                "w_addr": In(address),
                "w_data": In(data.ArrayLayout(unsigned(width), lanes)),
                "r_addr": In(address),
                "r_order": In((len(orders) - 1).bit_length()),
                "r_data": Out(data.ArrayLayout(unsigned(width), len(orders[0]))),
            }
        )

    def elaborate(self, platform):
        m = Module()
        parts = 1 << len(self.r_order)
        bits = self.lane_bits * len(self.orders[0])
        m.submodules.ways = memory = NarrowMemory(bits, parts, self.depth, self.wide_writes)
        for part in range(parts):
            # Behind the last order it comes again: what is never read may be anything.
            order = self.orders[min(part, len(self.orders) - 1)]
            m.d.comb += memory.w_data[part].eq(Cat(self.w_data[lane] for lane in order))
        m.d.comb += [
            memory.w_en.eq(self.w_en),
            memory.w_addr.eq(self.w_addr),
            memory.r_addr.eq(Cat(self.r_order, self.r_addr)),
            self.r_data.as_value().eq(memory.r_data),
        ]
        return m
