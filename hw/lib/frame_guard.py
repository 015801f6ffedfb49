"""Frame length check at the input: only whole frames pass, every other one becomes one abort."""

from amaranth.hdl import Module, Signal, Value
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out


class FrameGuard(wiring.Component):
    """Counts beats against tlast; what goes through is combinational, and the parent registers it.

    A frame whose tlast comes early is cut off, one whose tlast is missing on its last beat is
    swallowed up to its tlast. Either way the output carries one ``abort`` beat in the place where
    the fault was seen, and the next frame starts clean.

    Parameters
    ----------
    width : bits of a beat
    beats : beats of a frame; None if who takes them counts them

    Members
    -------
    dropped : strobe, one cycle for every aborted frame
    due : only without ``beats``: the beat that is taken next is the frame's last
    """

    def __init__(self, width: int, beats: int | None):
        self.width, self.beats = width, beats
        super().__init__(
            {
                "i": In(stream.Signature(data.StructLayout({"bits": width, "last": 1}))),
                "o": Out(stream.Signature(data.StructLayout({"bits": width, "abort": 1}))),
                "dropped": Out(1),
            }
            | ({} if beats else {"due": In(1)})
        )

    def elaborate(self, platform):
        m = Module()
        swallowing = Signal()
        last = self.i.payload.last
        passing, accepted = Signal(), Signal()
        due = self._counted(m, accepted & passing) if self.beats else self.due
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
            m.d.sync += swallowing.eq(due & ~last)
        return m

    def _counted(self, m: Module, passed) -> Value:
        """The frame's last beat is due."""
        index = Signal(range(self.beats))
        due = index == self.beats - 1
        with m.If(passed):
            m.d.sync += index.eq(index + 1)
            with m.If(due | self.i.payload.last):
                m.d.sync += index.eq(0)
        return due
