"""Channel words in the natural order of their code, read in that of the groups."""

from amaranth.hdl import Module, unsigned
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from hw.code_set.grouped.addressing import GroupedAddressing
from hw.lib.ordered_memory import OrderedMemory


class GroupedChannelMemory(wiring.Component):
    """For each group a memory with the layouts of all codes that use it.

    Parameters
    ----------
    width : bits of a lane
    regions : frames
    wide_writes : of the target

    Members
    -------
    w_en, w_addr, w_data : write port; r_addr, r_data : read port. Of an address the lowest bits are
        the layout, for each group; they are no part of where a word is written

    Attributes
    ----------
    latency_cycles : 2, from ``r_addr`` to ``r_data``
    """

    latency_cycles = OrderedMemory.latency_cycles

    def __init__(
        self, addressing: GroupedAddressing, width: int, regions: int, wide_writes: bool
    ):
        self.addressing, self.layout = addressing, addressing.lane_layout
        depth = regions << addressing.column_index_bits
        self.parts = [
            OrderedMemory(width, self.layout.total, self._orders(group), depth, wide_writes)
            for group in range(self.layout.groups)
        ]
        self.skipped = sum(addressing.order_bits)
        address = self.skipped + len(self.parts[0].w_addr)
        word = data.ArrayLayout(unsigned(width), self.layout.total)
        super().__init__(
            {
                "w_en": In(1),
                "w_addr": In(address),
                "w_data": In(word),
                "r_addr": In(address),
                "r_data": Out(word),
            }
        )

    def _orders(self, group: int) -> list[list[int]]:
        layout = self.layout
        return [layout.values_of(group, units) for units in layout.counts_with(group)]

    def elaborate(self, platform):
        m = Module()
        at, unit = 0, self.layout.unit
        for group, (part, bits) in enumerate(
            zip(self.parts, self.addressing.order_bits, strict=True)
        ):
            m.submodules[f"group{group}"] = part
            m.d.comb += [
                part.w_en.eq(self.w_en),
                part.w_addr.eq(self.w_addr[self.skipped :]),
                part.w_data.eq(self.w_data),
                part.r_addr.eq(self.r_addr[self.skipped :]),
                part.r_order.eq(self.r_addr[at : at + bits]),
                *(self.r_data[group * unit + lane].eq(part.r_data[lane]) for lane in range(unit)),
            ]
            at += bits
        return m
