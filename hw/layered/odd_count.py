"""How many checks an iteration has found odd, for each slot."""

from amaranth.hdl import Array, Module, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from hw.lib.arithmetic import bits_for
from hw.lib.delay import delayed
from hw.lib.reduce import AnyOf, CountOf


def row_layout(slots: int) -> data.StructLayout:
    """A block row of which all edges were written back: whose, and whether it is an iteration's
    first."""
    return data.StructLayout({"valid": 1, "slot": bits_for(slots), "first": 1})


class OddCount(wiring.Component):
    """Sums the odd checks of block row after block row, each as it was right after its update.

    Parameters
    ----------
    lanes : checks of a block row
    checks : of the code

    Members
    -------
    row, odd : in, a block row ends, and which of its checks are odd, a bit a lane
    slot, total : in and out, combinational look-up of a slot's sum, 0 to ``checks``

    Attributes
    ----------
    late_cycles : by which ``total`` is behind the verdict of the iteration's last row
        (:class:`hw.layered.slots.SlotControl`), at least 0
    """

    def __init__(self, lanes: int, checks: int, slots: int):
        self.lanes, self.checks, self.slots = lanes, checks, slots
        self.late_cycles = max(0, CountOf.latency_of(lanes) - AnyOf.latency_of(lanes) - 1)
        super().__init__(
            {
                "row": In(row_layout(slots)),
                "odd": In(lanes),
                "slot": In(bits_for(slots)),
                "total": Out(range(checks + 1)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.count = count = CountOf(self.lanes)
        totals = Array(Signal.like(self.total, name=f"total{i}") for i in range(self.slots))
        row = delayed(m, self.row, count.latency_cycles, "row", reset=True)
        m.d.comb += [count.i.eq(self.odd), self.total.eq(totals[self.slot])]
        for number, total in enumerate(totals):
            with m.If(row.valid & (row.slot == number)):
                m.d.sync += total.eq(count.o)
                with m.If(~row.first):
                    m.d.sync += total.eq(total + count.o)
        return m
