"""A stream register of two places, for wide streams that come from far away."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out


class TwoPlaceBuffer(wiring.Component):
    """Full throughput, one cycle of latency, and a payload that waits for nobody.

    One place is filled while the other one is read, and each takes whatever arrives as long as it
    is not full. What the reader says reaches a few flags and, unlike in a ``SkidBuffer``, no
    register of the payload; in return there is a multiplexer a bit in front of the reader.

    Parameters
    ----------
    shape : of the payload
    """

    def __init__(self, shape):
        self.shape = shape
        super().__init__({"i": In(stream.Signature(shape)), "o": Out(stream.Signature(shape))})

    def elaborate(self, platform):
        m = Module()
        places = [Signal(self.shape, name=f"place{i}", reset_less=True) for i in range(2)]
        full = Signal(2)
        write, read = Signal(), Signal()
        m.d.comb += [
            self.i.ready.eq(~full.all()),
            self.o.valid.eq(full.bit_select(read, 1)),
            self.o.payload.eq(Mux(read, *reversed(places))),
        ]
        for i, place in enumerate(places):
            with m.If(~full[i]):
                m.d.sync += place.eq(self.i.payload)
        # A place is never filled and read in one cycle.
        with m.If(self.o.valid & self.o.ready):
            m.d.sync += [full.bit_select(read, 1).eq(0), read.eq(~read)]
        with m.If(self.i.valid & self.i.ready):
            m.d.sync += [full.bit_select(write, 1).eq(1), write.eq(~write)]
        return m
