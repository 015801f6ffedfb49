"""Decisions of eight beats in one: what leaves of a frame that asks for bits, beside values."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from hw.frame.ports import VALUE_BITS


class DecisionPacker(wiring.Component):
    """Beats of ``width`` decisions to beats of ``VALUE_BITS * width``.

    A packed beat leaves together with the last one in it, so that all that is known of a frame may
    go when its last beat has been taken. ``valid`` and ``ready`` pass without a register.

    Members
    -------
    hard : of a whole frame; without, its beats pass one by one, and the bits of ``o`` mean nothing
    i : ``bits`` and ``last``
    o : the same; behind a frame's last decision 0
    """

    def __init__(self, width: int):
        self.width = width
        super().__init__(
            {
                "hard": In(1),
                "i": In(stream.Signature(_beat(width))),
                "o": Out(stream.Signature(_beat(VALUE_BITS * width))),
            }
        )

    def elaborate(self, platform):
        m = Module()
        i, o = self.i, self.o
        place = Signal(VALUE_BITS, init=1)  # of the next beat, one-hot
        kept = Signal(self.width * (VALUE_BITS - 1))
        complete = Signal()
        m.d.comb += [
            complete.eq(~self.hard | i.payload.last | place[-1]),
            o.valid.eq(i.valid & complete),
            i.ready.eq(o.ready | ~complete),
            o.payload.last.eq(i.payload.last),
            o.payload.bits.eq(
                Cat(kept, i.payload.bits & place[-1].replicate(self.width))
                | Cat(i.payload.bits & at.replicate(self.width) for at in place[:-1])
            ),
        ]
        with m.If(i.valid & i.ready):
            m.d.sync += place.eq(Mux(complete, 1, place << 1))
            m.d.sync += kept.eq(Mux(complete, 0, o.payload.bits))
        return m


def _beat(width: int) -> data.StructLayout:
    return data.StructLayout({"bits": width, "last": 1})
