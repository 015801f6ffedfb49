"""In lock-step: which place of its group a loaded frame takes, and when a group is closed."""

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hw.lib.arithmetic import bits_for


class GroupFill(wiring.Component):
    """Counts the frames of the group that is being loaded.

    A group is closed when its last place is taken, or with fewer frames when a slot has nothing to
    do and in ``pause_cycles`` cycles since its last frame was complete no beat has been taken. They
    need not be consecutive, and a frame that is coming in does not matter: it gets its place when
    it is complete. So a whole frame never waits for a source that pauses in the next one.

    Parameters
    ----------
    frames : places of a group

    Members
    -------
    complete : a frame is complete, and on its way to the channel memory until ``frame_ends``
    frame_ends : strobe, it is there; in the last cycle of ``complete``
    beat : a beat of a frame is taken
    hungry : a slot has nothing to do
    frame : place of the frame that is complete, until a cycle after its ``frame_ends``
    fills : combinational: the group is closed
    closed, last : a cycle later, only for a group with fewer frames; place of its last one

    Attributes
    ----------
    pause_cycles : a power of two that is longer than what a source needs between two frames
    """

    def __init__(self, frames: int):
        self.frames = frames
        self.pause_cycles = 1 << (frames + 15).bit_length()
        place = bits_for(frames)
        inputs = ("complete", "frame_ends", "beat", "hungry")
        super().__init__(
            {name: In(1) for name in inputs}
            | {"frame": Out(place), "fills": Out(1), "closed": Out(1), "last": Out(place)}
        )

    def elaborate(self, platform):
        m = Module()
        waits = Signal()
        pause = Signal(range(self.pause_cycles + 1))
        ended, filled, close = Signal(), Signal(), Signal()
        with m.If(self.complete):
            m.d.sync += pause.eq(0)
        with m.Elif(waits & ~pause[-1]):
            m.d.sync += pause.eq(pause + 1)
        m.d.comb += [
            # Without a beat now, no frame is complete in the next cycle, before the place is 0.
            waits.eq(~self.complete & ~self.beat),
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
