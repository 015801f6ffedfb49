"""Frame length check at the input: only whole frames pass, every other one becomes one abort."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out


class FrameGuard(wiring.Component):
    """Compares tlast with ``due``; what goes through is combinational, and the parent registers it.

    A frame whose tlast comes early is cut off, one whose tlast is missing on its last beat is
    swallowed up to its tlast. Either way the output carries one ``abort`` beat in the place where
    the fault was seen, and the next frame starts clean. Who takes the beats counts them.

    Parameters
    ----------
    width : bits of a beat
    counted : ``due`` ends a frame whatever tlast is; no frame has a wrong length then
    spoils : whether beats can make their frame wrong, which is seen at its end

    Members
    -------
    i : ``spoils``, where there is such, makes the frame wrong, on the last beat ``spoils_as_last``
    due : the beat that is taken next is the frame's last
    dropped : strobe, one cycle for every aborted frame
    """

    def __init__(self, width: int, counted: bool = False, spoils: bool = False):
        self.width, self.counted, self.spoils = width, counted, spoils
        beat = {"bits": width, "last": 1} | ({"spoils": 1, "spoils_as_last": 1} if spoils else {})
        super().__init__(
            {
                "i": In(stream.Signature(data.StructLayout(beat))),
                "o": Out(stream.Signature(data.StructLayout({"bits": width, "abort": 1}))),
                "due": In(1),
                "dropped": Out(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        swallowing = Signal()
        last = self.due if self.counted else self.i.payload.last
        length, wrong = last ^ self.due, Signal()
        passing, accepted = Signal(), Signal()
        m.d.comb += [
            wrong.eq(length | self._spoilt(m, last, accepted) if self.spoils else length),
            passing.eq(~swallowing),
            self.o.valid.eq(self.i.valid & passing),
            self.o.payload.bits.eq(self.i.payload.bits),
            self.o.payload.abort.eq(wrong),
            self.i.ready.eq(self.o.ready | swallowing),
            accepted.eq(self.i.valid & self.i.ready),
        ]
        m.d.sync += self.dropped.eq(accepted & passing & wrong)
        with m.If(accepted & swallowing):
            m.d.sync += swallowing.eq(~last)
        with m.Elif(accepted):
            m.d.sync += swallowing.eq(self.due & ~last)
        return m

    def _spoilt(self, m: Module, last, accepted):
        """Whether the frame ends and one of its beats makes it wrong."""
        before, beat = Signal(), self.i.payload
        now = before | Mux(self.due, beat.spoils_as_last, beat.spoils)
        with m.If(accepted):
            m.d.sync += before.eq(now & ~last)
        return self.due & now


class BeatCount(wiring.Component):
    """Counts the beats of a frame, for whoever has no table of them.

    Parameters
    ----------
    beats : of a frame, at least 1

    Members
    -------
    taken : a beat is taken now
    restart : with ``taken``: the frame so far is discarded
    due : the beat that is taken next is the frame's last
    """

    def __init__(self, beats: int):
        self.beats = beats
        super().__init__({"taken": In(1), "restart": In(1), "due": Out(1)})

    def elaborate(self, platform):
        m = Module()
        index = Signal(range(self.beats))
        m.d.comb += self.due.eq(index == self.beats - 1)
        with m.If(self.taken):
            m.d.sync += index.eq(index + 1)
            with m.If(self.due | self.restart):
                m.d.sync += index.eq(0)
        return m
