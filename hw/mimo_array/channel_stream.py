"""The stream of channels of a core, its frames' length checked."""

from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hw.frame.guard import BeatCount, FrameGuard
from hw.frame.options import counts
from hw.lib.stage import StreamStage
from hw.mimo_array.channel import COUNT_BITS, half_bits
from hw.mimo_array.channel_control import NUMBER_BITS
from hw.mimo_array.geometry import ArrayGeometry


def channel_ports(g: ArrayGeometry) -> dict:
    """Members of a core that has channels: their stream, and what is said of them."""
    return {
        "s_axis_h_tdata": In(2 * half_bits(g)),
        "s_axis_h_tvalid": In(1),
        "s_axis_h_tready": Out(1),
        "s_axis_h_tlast": In(1),
        "channel_dropped": Out(1),
        "channel_number": Out(NUMBER_BITS),
        "channel_saturated": Out(COUNT_BITS),
    }


def channel_stream(m: Module, core, entries: int):
    """Beats of the core's ports ``s_axis_h_*`` as :class:`hw.mimo_array.channel.ChannelMemory` has
    them, frames of ``entries`` beats; ``core.channel_dropped`` strobes for others.
    """
    m.submodules.s_axis_h_guard = guard = FrameGuard(
        len(core.s_axis_h_tdata), counts(core.options)
    )
    m.submodules.s_axis_h_beats = beats = BeatCount(entries)
    # Registers on both sides: from the pins to the guard and on to what takes the beats is far.
    pins, inside = StreamStage(guard.i.payload.shape()), StreamStage(guard.o.payload.shape())
    m.submodules.s_axis_h_pins, m.submodules.s_axis_h_inside = pins, inside
    wiring.connect(m, pins.o, guard.i)
    wiring.connect(m, guard.o, inside.i)
    m.d.comb += [
        pins.i.payload.bits.eq(core.s_axis_h_tdata),
        pins.i.payload.last.eq(core.s_axis_h_tlast),
        pins.i.valid.eq(core.s_axis_h_tvalid),
        core.s_axis_h_tready.eq(pins.i.ready),
        beats.taken.eq(guard.o.valid & guard.o.ready),
        beats.restart.eq(guard.o.payload.abort),
        guard.due.eq(beats.due),
        core.channel_dropped.eq(guard.dropped),
    ]
    return inside.o
