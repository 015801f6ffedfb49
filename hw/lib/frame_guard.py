"""Frame length check at the input: only whole frames pass, every other one becomes one abort."""

from amaranth.hdl import Module, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out


class FrameGuard(wiring.Component):
    """Counts beats against tlast; combinational, the parent registers what comes out.

    A frame whose tlast comes early is cut off, one whose tlast is missing on its last beat is
    swallowed up to its tlast. Either way the output carries one ``abort`` beat in the place where
    the fault was seen, and the next frame starts clean.

    Parameters
    ----------
    width : bits of a beat
    beats : beats of a frame

    Members
    -------
    dropped : strobe, one cycle for every aborted frame
    """

    def __init__(self, width: int, beats: int):
        self.width, self.beats = width, beats
        super().__init__(
            {
                "i": In(stream.Signature(data.StructLayout({"bits": width, "last": 1}))),
                "o": Out(stream.Signature(data.StructLayout({"bits": width, "abort": 1}))),
                "dropped": Out(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        index = Signal(range(self.beats))
        swallowing = Signal()
        due = index == self.beats - 1
        last = self.i.payload.last
        passing, accepted = Signal(), Signal()
        m.d.comb += [
            passing.eq(~swallowing),
            self.o.valid.eq(self.i.valid & passing),
            self.o.payload.bits.eq(self.i.payload.bits),
            self.o.payload.abort.eq(last ^ due),
            self.i.ready.eq(self.o.ready | swallowing),
            accepted.eq(self.i.valid & self.i.ready),
        ]
        m.d.sync += self.dropped.eq(accepted & passing & (last ^ due))
        with m.If(accepted & swallowing):
            m.d.sync += swallowing.eq(~last)
        with m.Elif(accepted):
            m.d.sync += [swallowing.eq(due & ~last), index.eq(index + 1)]
            with m.If(due | last):
                m.d.sync += index.eq(0)
        return m
