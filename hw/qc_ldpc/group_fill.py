"""In lock-step: which place of its group a loaded frame takes, and when a group is closed."""

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hw.qc_ldpc.program import bits_for


class GroupFill(wiring.Component):
    """Counts the frames of the group that is being loaded.

    A group is closed when its last place is taken, or with fewer frames when a slot has nothing to
    do and the stream has paused for ``pause_cycles`` behind a whole frame. A frame that has begun
    holds its group until it ends or is dropped.

    Parameters
    ----------
    frames : places of a group

    Members
    -------
    chunk, frame_ends : a chunk of a frame is loaded; it is the frame's last
    abort : the frame that is being loaded is dropped
    beat : a beat is there
    hungry : a slot has nothing to do
    frame : place of the frame that is being loaded, until a cycle after its ``frame_ends``
    fills : combinational: the group is closed
    closed, last : a cycle later, only for a group with fewer frames; place of its last one

    Attributes
    ----------
    pause_cycles : enough for the last frame to reach the channel memory
    """

    def __init__(self, frames: int):
        self.frames = frames
        self.pause_cycles = 1 << (frames + 15).bit_length()
        place = bits_for(frames)
        inputs = ("chunk", "frame_ends", "abort", "beat", "hungry")
        super().__init__(
            {name: In(1) for name in inputs}
            | {"frame": Out(place), "fills": Out(1), "closed": Out(1), "last": Out(place)}
        )

    def elaborate(self, platform):
        m = Module()
        between, waits = Signal(init=1), Signal()
        pause = Signal(range(self.pause_cycles + 1))
        ended, filled, close = Signal(), Signal(), Signal()
        with m.If(self.chunk):
            m.d.sync += between.eq(self.frame_ends)
        with m.Elif(self.abort):
            m.d.sync += between.eq(1)
        m.d.comb += waits.eq(between & ~self.beat)
        with m.If(~waits):
            m.d.sync += pause.eq(0)
        with m.Elif(~pause[-1]):
            m.d.sync += pause.eq(pause + 1)
        m.d.comb += [
            close.eq(waits & pause[-1] & self.hungry & (self.frame != 0) & ~filled),
            self.fills.eq((self.frame_ends & (self.frame == self.frames - 1)) | close),
            self.last.eq(self.frame - 1),
        ]
        m.d.sync += [ended.eq(self.frame_ends), filled.eq(self.fills), self.closed.eq(close)]
        with m.If(filled):
            m.d.sync += self.frame.eq(0)
        with m.Elif(ended):
            m.d.sync += self.frame.eq(self.frame + 1)
        return m
