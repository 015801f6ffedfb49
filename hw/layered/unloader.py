# amaranth: UnusedElaboratable=no
# Rates are asked of decoders that nobody elaborates.
"""Decisions of a finished frame, from memory words to the output stream."""

from amaranth.hdl import Cat, Module, Mux, Shape, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from hw.layered.input_permutation import BeatOrder
from hw.layered.options import Options
from hw.layered.program import Addressing
from hw.layered.windows import FrameWindows
from hw.lib.arithmetic import bits_for
from hw.lib.delay import delayed
from hw.lib.elastic import ElasticQueue
from hw.lib.microprogram_rom import MicroprogramRom
from hw.lib.reduce import picked
from hw.lib.window import CircularWindow
from hw.lib.window_memory import WindowMemory, pieces_of


class Unloader(wiring.Component):
    """Goes through a region of the hard-decision memory in the order of a table, into beats.

    A lane is a bit, or with soft output an APP word, whose highest bit is the decision.

    Nothing on this way ever waits: a step is begun when the queue at its end has room.

    Members
    -------
    start : a finished frame waits in ``region``; held until ``done``
    done : its last beat was accepted a cycle ago
    o : beats of ``bits_per_beat`` lanes in graph order, of the frame or its information; behind
        the last one 0

    Parameters
    ----------
    lane_bits : of a lane

    Attributes
    ----------
    order : whose words the table has; ``whole`` says that a beat is complete, ``last`` that it is
        the frame's last
    cycles_per_frame : at most, from ``start`` to ``done``, while no beat is held up
    """

    def __init__(
        self, options: Options, addressing: Addressing, lane_bits: int, order, members: dict
    ):
        self.options, self.addressing, self.order = options, addressing, order
        self.lane_bits = lane_bits
        self.walk = self._table()
        self.beat = data.StructLayout({"bits": options.bits_per_beat * lane_bits, "last": 1})
        super().__init__(
            {
                "start": In(1),
                "region": In(bits_for(options.hard_regions(addressing.job))),
                "done": Out(1),
                "o": Out(stream.Signature(self.beat)),
            }
            | members
        )

    @property
    def cycles_per_frame(self) -> int:
        around = len(self.order.words) + self._way + ElasticQueue.latency_cycles + 3
        return around + MicroprogramRom.restart_cycles

    def elaborate(self, platform):
        m = Module()
        m.submodules.walk = walk = self.walk
        m.submodules.queue = queue = ElasticQueue(self.beat, self._way + 1)
        wiring.connect(m, queue.o, wiring.flipped(self.o))
        # A register, with no look-up table between it and what it resets.
        at, stopped, begun, finished = walk.word, Signal(init=1), Signal(), Signal()
        # The table begins anew for every frame: synthesis would make one register of two tables'
        # ``ready`` if both stayed, and their places are far apart.
        m.d.comb += [walk.step.eq(begun), walk.restart.eq(self._restart())]
        m.d.sync += [
            self.done.eq(self.o.valid & self.o.ready & self.o.payload.last),
            stopped.eq(~self.start | self.done | ~walk.ready),
            begun.eq(queue.room & ~stopped & ~finished & ~(begun & at.last)),
            finished.eq(~stopped & (finished | (begun & at.last))),
        ]
        bits = self._bits(m, at, begun)
        last = delayed(m, at.last, self._way, "last")
        m.d.comb += [
            queue.put.eq(delayed(m, begun & at.whole, self._way, "whole", reset=True)),
            queue.i.bits.eq(self._padded(m, at, bits, last)),
            queue.i.last.eq(last),
        ]
        return m

    def _table(self) -> MicroprogramRom:
        """The order of what is read."""
        return MicroprogramRom(self.order.layout, self.order.words)

    def _restart(self):
        """When the table begins anew."""
        return self.done

    def _padded(self, m: Module, at, bits, last):
        """A beat's lanes; those of the frame's last beat that exceed it are 0."""
        count = self.options.output_bits(self.addressing.job) * self.lane_bits
        rest = count % len(bits)
        return Mux(last, bits[:rest], bits) if rest else bits


class FrameUnloader(Unloader):
    """Of one frame by itself: windows, each on top of the bits that the beat has already.

    Members
    -------
    address, word : read port of the hard-decision memory
    piece : of :class:`hw.lib.window_memory.WindowMemory`
    """

    _way = WindowMemory.latency_cycles + 1 + CircularWindow.latency_cycles
    """Cycles from a window's address to its bits."""

    def __init__(
        self, options: Options, addressing: Addressing, lane_bits: int = 1, order=None,
        more: dict | None = None,
    ):  # fmt: skip
        lanes, pieces = pieces_of(addressing.job.code.lifting_size, options.bits_per_beat)
        self.piece_lanes, self.pieces = lanes, pieces
        address = bits_for(options.hard_regions(addressing.job) << addressing.hard_bits)
        members = {
            "address": Out(address),
            "piece": Out(self._piece_bits(addressing)),
            "word": In(2 * lanes * lane_bits),
        }
        if order is None:
            order = FrameWindows(addressing, options.bits_per_beat, options.output)
        super().__init__(options, addressing, lane_bits, order, members | (more or {}))

    def _piece_bits(self, addressing: Addressing) -> int:
        return bits_for(self.pieces)

    def _bits(self, m: Module, at, begun):
        lanes, width, every = 2 * self.piece_lanes, self.options.bits_per_beat, self.lane_bits
        windows = [CircularWindow(lanes, width) for _ in range(every)]
        address, low = Signal(self.addressing.hard_bits), (self.piece_lanes - 1).bit_length()
        # A window that waits brings its bits too, and again when it is begun.
        takes = self.order.brings(at)
        m.d.comb += [
            address.eq(at.column),
            self.address.eq(Cat(address, self.region)),
            self.piece.eq(at.offset[low:]),
        ]
        # The memory is where there was room for it: a register on the way.
        word = delayed(m, self.word, 1, "word")
        place = delayed(m, at.offset[: low + 1], WindowMemory.latency_cycles + 1, "place")
        takes = delayed(m, takes, self._way - 1, "takes")
        for bit, window in enumerate(windows):
            m.submodules[f"window{bit}" if every > 1 else "window"] = window
            m.d.comb += [
                window.word.eq(Cat(word[lane * every + bit] for lane in range(lanes))),
                window.offset.eq(place),
                window.takes.eq(takes),
            ]
        return Cat(window.o[lane] for lane in range(width) for window in windows)


class GroupUnloader(Unloader):
    """In lock-step: a few lanes of one of the frames in every cycle, shifted into the beat.

    Members
    -------
    frame : place of the frame in ``region``, one-hot
    places, bits : read ports of the hard-decision memories, for each frame ``at_once`` lanes
    """

    _way = WindowMemory.latency_cycles + 3

    def __init__(self, options: Options, addressing: Addressing, lane_bits: int = 1):
        order = BeatOrder(addressing, options.bits_per_beat, options.output)
        place = Shape.cast(order.layout["place0"].shape).width + bits_for(options.output_regions)
        members = {
            "frame": In(addressing.frames),
            "places": Out(data.ArrayLayout(place, order.at_once)),
            "bits": In(data.ArrayLayout(order.at_once * lane_bits, addressing.frames)),
        }
        super().__init__(options, addressing, lane_bits, order, members)

    def _bits(self, m: Module, at, begun):
        for number in range(self.order.at_once):
            m.d.comb += self.places[number].eq(Cat(at[f"place{number}"], self.region))
        # The frames' memories are far apart.
        arrived = delayed(m, self.bits, 1, "arrived")
        chosen = Signal(self.order.at_once * self.lane_bits, reset_less=True)
        m.d.sync += chosen.eq(picked(list(arrived), self.frame))
        beat = Signal(self.options.bits_per_beat * self.lane_bits, reset_less=True)
        with m.If(delayed(m, begun, self._way - 1, "begun", reset=True)):
            m.d.sync += beat.eq(Cat(beat, chosen)[len(chosen) :])
        return beat
