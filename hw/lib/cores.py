"""Several decoders behind one pair of streams: frames go to the first free one."""

from collections.abc import Sequence

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import data, wiring

from hw.lib.collect import COLLECTORS, OUT_OF_ORDER, TAG_BITS, InOrder, OutOfOrder
from hw.lib.decoder_ports import stream_ports
from hw.lib.delay import delayed
from hw.lib.elastic import ElasticQueue
from hw.lib.frame_guard import FrameGuard
from hw.lib.round_robin import round_robin

_TO_QUEUE = 3
"""Cycles from the room of a queue to the beat that is sent because of it."""


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
    if component.options.order == OUT_OF_ORDER:
        found["tuser_tag"] = [component.status_bits, TAG_BITS]
    return found


class Cores(wiring.Component):
    """Equal decoders with the ports of one.

    A frame goes whole to the first core, in rotation, that has room for one; a collector
    (:mod:`hw.lib.collect`) brings the results back, in the order of the input or each as soon as
    it is there, with a tag above the status in ``m_axis_tuser``. Every core drops frames of wrong
    length itself; they are counted here once more, because the status of a frame counts those
    before it in the stream and not in its core. Queues behind the ports and to every core and skid
    buffers from it cut the paths across the device.

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
        tag_bits = TAG_BITS if one.options.order == OUT_OF_ORDER else 0
        super().__init__(stream_ports(one.options, self.status_bits + tag_bits))

    @property
    def latency_cycles(self) -> int:
        # Two registers and a queue, twice; a register, up to three to choose whose result leaves,
        # one more and a queue out.
        return self.decoders[0].latency_cycles + 4 + 1 + 3 + 1 + 3 * ElasticQueue.latency_cycles

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

    def _distribute(self, m: Module, collector: InOrder | OutOfOrder) -> None:
        """Frame after frame to a free core, and who got it to the collector.

        The queue in front of each core says early whether it has room, so that registers can stand
        between all decisions: the cores are all over the die.
        """
        count, width = len(self.decoders), len(self.s_axis_tdata)
        beat = data.StructLayout({"bits": width, "last": 1})
        arriving = self._arriving(m, beat)
        chosen, open_, room = Signal(count), Signal(), Signal(count)
        moves, frame_ends = Signal(), Signal()
        moved = Signal(data.StructLayout({"beat": beat, "core": count}))
        m.d.comb += [
            arriving.ready.eq(open_),
            moves.eq(arriving.valid & open_),
            frame_ends.eq(moves & arriving.payload.last),
        ]
        m.d.sync += [
            open_.eq((chosen & room).any() & ~frame_ends),
            moved.beat.eq(arriving.payload),
            moved.core.eq(Mux(moves, chosen, 0)),
        ]
        ends = Signal(count)
        for number, decoder in enumerate(self.decoders):
            m.submodules[f"to_core{number}"] = queue = ElasticQueue(beat, _TO_QUEUE)
            m.d.comb += [
                room[number].eq(queue.room),
                queue.put.eq(delayed(m, moved.core[number], 1, f"put{number}", reset=True)),
                queue.i.eq(delayed(m, moved.beat, 1, f"beat{number}")),
                decoder.s_axis_tdata.eq(queue.o.payload.bits),
                decoder.s_axis_tlast.eq(queue.o.payload.last),
                decoder.s_axis_tvalid.eq(queue.o.valid),
                queue.o.ready.eq(decoder.s_axis_tready),
            ]
            m.d.sync += ends[number].eq(queue.o.valid & queue.o.ready & queue.o.payload.last)
        self._choose(m, collector.room, chosen, frame_ends, ends)
        self._watch(m, moved, collector)

    def _arriving(self, m: Module, beat: data.Layout):
        """The stream of beats, from registers at the ports that nothing enables.

        Pins are all around the die: an enable to each of their registers would be a path across it.
        """
        m.submodules.input = queue = ElasticQueue(beat, _TO_QUEUE)
        pins, taken = Signal(beat), Signal()
        m.d.comb += [
            pins.bits.eq(self.s_axis_tdata),
            pins.last.eq(self.s_axis_tlast),
            taken.eq(self.s_axis_tvalid & self.s_axis_tready),
            queue.put.eq(delayed(m, taken, _TO_QUEUE - 1, "taken", reset=True)),
            queue.i.eq(delayed(m, pins, _TO_QUEUE - 1, "pins")),
        ]
        m.d.sync += self.s_axis_tready.eq(queue.room)
        return queue.o

    def _choose(self, m: Module, room: Signal, chosen: Signal, frame_ends, ends) -> None:
        """``chosen``, the core of the frame that comes in, and already that of the one behind it.

        ends : one-hot, a core has taken the last beat of a frame
        """
        count = len(self.decoders)
        following, taking, free = Signal(count), Signal(count), Signal(count)
        # Not one whose last frame is still on its way in: it may take the room that is left.
        has_room = Cat(decoder.room for decoder in self.decoders)
        m.d.sync += free.eq(has_room & ~taking)
        choice, taken = Signal(count), Signal()
        m.d.comb += taken.eq(choice.any())
        first = round_robin(m, free, taken, cycles=2)
        m.d.sync += taking.eq((taking | choice) & ~ends)
        with m.If(~following.any() & room):
            m.d.comb += choice.eq(first & free)
        with m.If(frame_ends | ~chosen.any()):
            m.d.sync += [chosen.eq(following), following.eq(choice)]
        with m.Elif(taken):
            m.d.sync += following.eq(choice)

    def _watch(self, m: Module, moved, collector: InOrder | OutOfOrder) -> None:
        """Length of every frame; who has the good ones goes to the collector."""
        beats = -(-self.spec.n // self.options.llrs_per_beat)
        m.submodules.guard = guard = FrameGuard(1, beats)
        drops, good, core = Signal(self.drop_bits), Signal(), Signal(len(self.decoders))
        m.d.comb += [
            guard.i.valid.eq(moved.core.any()),
            guard.i.payload.last.eq(moved.beat.last),
            guard.o.ready.eq(1),
            self.frame_dropped.eq(guard.dropped),
        ]
        whole = guard.o.valid & moved.beat.last & ~guard.o.payload.abort
        m.d.sync += [good.eq(whole), core.eq(moved.core)]
        collector.note(m, good, core, drops)
        with m.If(good):
            m.d.sync += drops.eq(0)
        with m.Elif(guard.dropped & ~drops.all()):
            m.d.sync += drops.eq(drops + 1)
