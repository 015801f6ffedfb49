"""Several decoders behind one pair of streams: frames go to the first free one."""

from collections.abc import Sequence

from amaranth.hdl import Module, Signal
from amaranth.lib import data, wiring

from hw.lib.collect import COLLECTORS, TAG_BITS, TAGGED, Kept, Tagged
from hw.lib.decoder_ports import stream_ports
from hw.lib.frame_guard import FrameGuard
from hw.lib.skid import SkidBuffer
from hw.lib.turns import above, in_turn, lowest


def one_of(component):
    """The decoder, or one of the equal ones where there are several."""
    return component.decoders[0] if isinstance(component, Cores) else component


def facts(component, top: str) -> dict:
    """What several decoders add to build.json, for Verilog with module ``top``; nothing for one.

    ``mapped_once`` names the module of which all cores are instances; ``tuser_tag`` is [lowest
    bit, width] of the tag in ``m_axis_tuser``, where results have one.
    """
    if not isinstance(component, Cores):
        return {}
    found = {"cores": len(component.decoders), "mapped_once": f"{top}.core0"}
    if component.options.order == TAGGED:
        found["tuser_tag"] = [component.status_bits, TAG_BITS]
    return found


class Cores(wiring.Component):
    """Equal decoders with the ports of one.

    A frame goes whole to the first core, in rotation, that has room for one; a collector
    (:mod:`hw.lib.collect`) brings the results back, in the order of the input or each as soon as
    it is there, with a tag above the status in ``m_axis_tuser``. Every core drops frames of wrong
    length itself; they are counted here once more, because the status of a frame counts those
    before it in the stream and not in its core. Skid buffers to and from every core cut the paths
    across the device.

    Parameters
    ----------
    decoders : at least two, made alike. Besides ``stream_ports`` each has ``spec``, ``options``
        (with ``order``), ``drop_bits`` (of ``m_axis_tuser``, its highest), ``room`` (signal: it can
        take a whole frame), ``latency_cycles``, ``stream_cycles_per_frame`` and
        ``cycles_per_frame(iterations)``

    Attributes
    ----------
    status_bits : of ``m_axis_tuser`` as a decoder has it, without a tag
    latency_cycles : upper bound from a frame's last input beat to its last output beat, when all
        cores are idle and the output is never stalled
    """

    def __init__(self, decoders: Sequence):
        self.decoders = list(decoders)
        one = self.decoders[0]
        self.spec, self.options = one.spec, one.options
        self.status_bits, self.drop_bits = len(one.m_axis_tuser), one.drop_bits
        tag_bits = TAG_BITS if one.options.order == TAGGED else 0
        super().__init__(stream_ports(one.options, self.status_bits + tag_bits))

    @property
    def latency_cycles(self) -> int:
        # Two registers in, one to choose the core; then the order queue and its register, or two
        # to choose whose result leaves; two registers out.
        return self.decoders[0].latency_cycles + 7

    def cycles_per_frame(self, iterations: float) -> float:
        """Clock cycles from frame to frame at full speed when each takes ``iterations``."""
        one = self.decoders[0]
        # The stream goes from core to core with one cycle in between.
        streams = one.stream_cycles_per_frame + 1
        return max(one.cycles_per_frame(iterations) / len(self.decoders), streams)

    def elaborate(self, platform):
        m = Module()
        collector = COLLECTORS[self.options.order](m, self)
        for number, decoder in enumerate(self.decoders):
            m.submodules[f"core{number}"] = decoder
        self._distribute(m, collector)
        collector.collect(m)
        return m

    def _distribute(self, m: Module, collector: Kept | Tagged) -> None:
        """Frame after frame to a free core, and who got it to the collector."""
        count, width = len(self.decoders), len(self.s_axis_tdata)
        beat = data.StructLayout({"bits": width, "last": 1})
        m.submodules.input = arriving = SkidBuffer(beat)
        beats = -(-self.spec.n // self.options.llrs_per_beat)
        m.submodules.guard = guard = FrameGuard(1, beats)
        chosen, free, ready = Signal(count), Signal(count), Signal(count)
        moves, frame_ends = Signal(), Signal()
        m.d.comb += [
            arriving.i.payload.bits.eq(self.s_axis_tdata),
            arriving.i.payload.last.eq(self.s_axis_tlast),
            arriving.i.valid.eq(self.s_axis_tvalid),
            self.s_axis_tready.eq(arriving.i.ready),
            arriving.o.ready.eq((chosen & ready).any()),
            moves.eq(arriving.o.valid & arriving.o.ready),
            frame_ends.eq(moves & arriving.o.payload.last),
        ]
        for number, decoder in enumerate(self.decoders):
            m.submodules[f"to_core{number}"] = skid = SkidBuffer(beat)
            m.d.comb += [
                skid.i.payload.eq(arriving.o.payload),
                skid.i.valid.eq(arriving.o.valid & chosen[number]),
                ready[number].eq(skid.i.ready),
                decoder.s_axis_tdata.eq(skid.o.payload.bits),
                decoder.s_axis_tlast.eq(skid.o.payload.last),
                decoder.s_axis_tvalid.eq(skid.o.valid),
                skid.o.ready.eq(decoder.s_axis_tready),
            ]
            # Not one whose last frame is still on its way in: it may take the room that is left.
            m.d.sync += free[number].eq(~chosen[number] & ~skid.o.valid & decoder.room)

        # The first free core behind the one before, found in two cycles while a frame comes in:
        # after a short one it may be that very core, which is not free any more.
        later, behind, picked = Signal(count, init=-1), Signal(count), Signal(count)
        first, choice = Signal(count), Signal(count)
        m.d.comb += [behind.eq(free & later), choice.eq(first & free)]
        m.d.sync += [
            picked.eq(in_turn(free, behind)),
            first.eq(lowest(picked)),
        ]
        with m.If(frame_ends):
            m.d.sync += chosen.eq(0)
        with m.Elif(~chosen.any() & collector.room):
            m.d.sync += chosen.eq(choice)
            with m.If(choice.any()):
                m.d.sync += later.eq(above(first))

        drops = Signal(self.drop_bits)
        good = Signal()
        # The guard watches a cycle behind: whether a beat moves is decided late in its own cycle.
        moved = Signal(data.StructLayout({"valid": 1, "last": 1, "core": count}))
        m.d.sync += [
            moved.valid.eq(moves),
            moved.last.eq(arriving.o.payload.last),
            moved.core.eq(chosen),
        ]
        m.d.comb += [
            guard.i.valid.eq(moved.valid),
            guard.i.payload.last.eq(moved.last),
            guard.o.ready.eq(1),
            self.frame_dropped.eq(guard.dropped),
            good.eq(guard.o.valid & moved.last & ~guard.o.payload.abort),
        ]
        collector.note(m, good, moved.core, drops)
        with m.If(good):
            m.d.sync += drops.eq(0)
        with m.Elif(guard.o.valid & guard.o.payload.abort & ~drops.all()):
            m.d.sync += drops.eq(drops + 1)
