"""Stream registers of one entry: they hold half of what a skid buffer holds."""

from amaranth.hdl import Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out


class StreamStage(wiring.Component):
    """One entry: it is filled, then emptied. Half the throughput of a skid buffer at half its size.

    Parameters
    ----------
    shape : of the payload
    """

    def __init__(self, shape):
        self.shape = shape
        super().__init__({"i": In(stream.Signature(shape)), "o": Out(stream.Signature(shape))})

    def elaborate(self, platform):
        m = Module()
        payload, full = Signal(self.shape, reset_less=True), Signal()
        m.d.comb += [
            self.i.ready.eq(~full),
            self.o.valid.eq(full),
            self.o.payload.eq(payload),
        ]
        with m.If(~full):
            m.d.sync += [payload.eq(self.i.payload), full.eq(self.i.valid)]
        with m.Elif(self.o.ready):
            m.d.sync += full.eq(0)
        return m


class StreamRegister(wiring.Component):
    """One entry with full throughput: it is filled while it is emptied.

    No multiplexer is in front of the payload, but ``i.ready`` follows ``o.ready`` at once: for a
    consumer who decides early.

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
        m.d.comb += [self.i.ready.eq(~self.o.valid | self.o.ready), self.o.payload.eq(payload)]
        with m.If(self.i.ready):
            m.d.sync += [payload.eq(self.i.payload), self.o.valid.eq(self.i.valid)]
        return m
