"""The next row of every slot, fetched from the table of rows."""

from functools import reduce
from operator import or_

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from hw.lib.arithmetic import bits_for
from hw.lib.delay import delayed
from hw.lib.memory import Rom
from hw.lib.round_robin import lowest_of_few


class RowFetch(wiring.Component):
    """A register for each slot with what is known of its next row.

    Parameters
    ----------
    slots : number of slots
    layout, rows : of the table (:func:`hw.code_set.row_times.row_layout`)
    writable : it has a write port

    Members
    -------
    begin, begin_slot, begin_row : a slot has a new frame, which begins with this row
    taken : one-hot, the slot's row is issued; ``next`` is fetched
    held : a bit a slot: its register is right
    headers : the registers

    Attributes
    ----------
    latency_cycles : 5, from ``begin`` or ``taken`` to ``held``, if no other slot is before
    """

    latency_cycles = 3 + Rom.latency_cycles

    def __init__(
        self, slots: int, layout: data.StructLayout, rows: list[dict], writable: bool = False
    ):
        self.slots, self.layout = slots, layout
        self.table = Rom(layout, rows, writable)
        super().__init__(
            {
                "begin": In(1),
                "begin_slot": In(bits_for(slots)),
                "begin_row": In(layout["next"].shape),
                "taken": In(slots),
                "held": Out(slots),
                "headers": Out(data.ArrayLayout(layout, slots)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.table = table = self.table
        wanted, chosen, begins = (
            Signal(self.slots, name=name) for name in ("wanted", "chosen", "begins")
        )
        pointers = [Signal(self.begin_row.shape(), name=f"row{s}") for s in range(self.slots)]
        address = Signal(table.address_bits)
        m.d.comb += [
            chosen.eq(lowest_of_few(wanted)),
            begins.eq(Mux(self.begin, 1 << self.begin_slot, 0)),
            table.addr.eq(address),
        ]
        m.d.sync += [
            address.eq(reduce(or_, (Mux(chosen[s], row, 0) for s, row in enumerate(pointers)))),
            wanted.eq((wanted & ~chosen) | self.taken | begins),
        ]
        fetched = delayed(m, chosen, 1 + table.latency_cycles, "fetched", reset=True)
        m.d.sync += self.held.eq((self.held | fetched) & ~(self.taken | begins))
        for slot, pointer in enumerate(pointers):
            with m.If(fetched[slot]):
                m.d.sync += self.headers[slot].eq(table.data)
            with m.If(begins[slot]):
                m.d.sync += pointer.eq(self.begin_row)
            with m.Elif(self.taken[slot]):
                m.d.sync += pointer.eq(self.headers[slot].next)
        return m
