"""A stream register whose ready is a register too: it cuts both directions of a long path."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out


class SkidBuffer(wiring.Component):
    """Two entries between ``i`` and ``o``; full throughput, one cycle of latency.

    ``i.ready`` is known a cycle before the consumer's ``o.ready``, so one payload more may arrive
    when the consumer stops: it waits in the spare entry.

    Parameters
    ----------
    shape : of the payload
    """

    def __init__(self, shape):
        self.shape = shape
        super().__init__({"i": In(stream.Signature(shape)), "o": Out(stream.Signature(shape))})

    def elaborate(self, platform):
        m = Module()
        payload = Signal(self.shape, reset_less=True)
        spare = Signal(self.shape, reset_less=True)
        waiting = Signal()
        m.d.comb += [self.i.ready.eq(~waiting), self.o.payload.eq(payload)]
        with m.If(~self.o.valid | self.o.ready):
            m.d.sync += [
                payload.eq(Mux(waiting, spare, self.i.payload)),
                self.o.valid.eq(waiting | self.i.valid),
                waiting.eq(0),
            ]
        with m.Elif(self.i.valid & ~waiting):
            m.d.sync += [spare.eq(self.i.payload), waiting.eq(1)]
        return m
