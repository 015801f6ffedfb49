# amaranth: UnusedElaboratable=no
# Rates are asked of decoders that nobody elaborates.
"""In lock-step: from input beats to the channel words of a group's frames."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from hw.layered.group_fill import GroupFill
from hw.layered.input_permutation import InputPermutation
from hw.layered.options import Options
from hw.layered.program import Addressing
from hw.lib.arithmetic import bits_for
from hw.lib.delay import delayed
from hw.lib.microprogram_rom import MicroprogramRom
from hw.lib.narrow_memory import NarrowMemory
from hw.lib.target import named


class GroupLoader(wiring.Component):
    """Stores a frame as it comes, then deals its codes out to the words in which it is decoded.

    The order is a table (:class:`hw.layered.input_permutation.InputPermutation`), so that every
    word comes turned to its first layer. Only whole frames are dealt out.

    Members
    -------
    i : beats of channel codes, or an abort that discards the frame so far
    due : the beat that is taken next is the frame's last
    w_en, w_addr, w_data : write port of the channel memory, one enable for each frame's lanes
    frame_loaded : strobe, a frame is in the channel memory
    hungry : a slot has nothing to do
    loaded, last : strobe, the region holds a group; place of its last frame
    released : strobe, the oldest loaded region is free again

    Parameters
    ----------
    channel : format of a lane, as of :class:`hw.layered.arithmetic.Arithmetic`

    Attributes
    ----------
    cycles_per_frame : while beats are there
    """

    def __init__(self, options: Options, addressing: Addressing, channel):
        self.options, self.addressing = options, addressing
        self.format, self.frames = channel, addressing.frames
        self.order = InputPermutation(addressing)
        last = self.order.beats - 1
        beats = [{"beat": beat, "due": int(beat == last)} for beat in range(last + 1)]
        layout = data.StructLayout({"beat": bits_for(last + 1), "due": 1})
        self.beats = MicroprogramRom(layout, beats)
        self.deal = MicroprogramRom(self.order.layout, self.order.steps)
        self.group = GroupFill(self.frames)
        codes = data.ArrayLayout(channel.code_bits, options.llrs_per_beat)
        address = bits_for(options.input_regions) + addressing.channel_bits
        lanes = addressing.lifted.code.lifting_size
        super().__init__(
            {
                "i": In(stream.Signature(data.StructLayout({"lanes": codes, "abort": 1}))),
                "due": Out(1),
                "w_en": Out(self.frames),
                "w_addr": Out(address),
                "w_data": Out(data.ArrayLayout(self.format.bits, lanes)),
                "frame_loaded": Out(1),
                "hungry": In(1),
                "loaded": Out(1),
                "last": Out(bits_for(self.frames)),
                "released": In(1),
            }
        )

    _way = NarrowMemory.latency_cycles + 1
    """Cycles from a step of the order until its codes are in their word."""

    @property
    def cycles_per_frame(self) -> int:
        return self.order.beats + self.latency_cycles()

    def latency_cycles(self, buffered: int = 0) -> int:
        """At most, from a frame's last beat until its group may start, if that is full.

        ``buffered`` beats, the last one included, may stand between the input and this block.
        """
        return buffered + len(self.order.steps) + self._way + 6

    def elaborate(self, platform):
        m = Module()
        m.submodules.beats, m.submodules.deal = beats, deal = self.beats, self.deal
        complete, started, dealing = Signal(), Signal(), Signal()
        free = Signal(range(self.options.input_regions + 1), init=self.options.input_regions)
        taken, aborting, abort, done = Signal(), Signal(), Signal(), Signal()
        ends = dealing & deal.word.last
        m.d.comb += [
            self.i.ready.eq(beats.ready & ~complete),
            taken.eq(self.i.valid & self.i.ready & ~self.i.payload.abort),
            aborting.eq(self.i.valid & self.i.ready & self.i.payload.abort),
            beats.step.eq(taken),
            beats.restart.eq(aborting),
            deal.step.eq(dealing),
            # For a ``ready`` of its own, as in the unloader.
            deal.restart.eq(done),
            done.eq(delayed(m, ends, self._way + 1, "ends", reset=True)),
            self.due.eq(beats.word.due),
        ]
        start = complete & ~started & (free != 0) & deal.ready
        m.d.sync += [
            abort.eq(aborting),
            complete.eq(Mux(complete, ~done, taken & beats.word.due)),
            started.eq(Mux(started, ~done, start)),
            dealing.eq(Mux(dealing, ~ends, start)),
        ]
        self._count(m, free, complete, taken, done)
        m.d.comb += self.frame_loaded.eq(delayed(m, done, 1, "done", reset=True))
        self._write(m, taken, dealing)
        return m

    def _count(self, m: Module, free, complete, taken, done) -> None:
        """Places of the group, regions of the memory."""
        m.submodules.group = group = self.group
        filled = self.loaded
        m.d.comb += [
            group.complete.eq(complete),
            group.frame_ends.eq(done),
            group.beat.eq(taken),
            group.hungry.eq(self.hungry),
            self.last.eq(Mux(group.closed, group.last, self.frames - 1)),
        ]
        m.d.sync += [filled.eq(group.fills), free.eq(free - filled + self.released)]

    def _write(self, m: Module, taken, dealing) -> None:
        """The frame as it comes, and from there into its words."""
        order, deal, bits = self.order, self.deal.word, self.format.bits
        region = Signal(bits_for(self.options.input_regions))
        with m.If(self.loaded):
            m.d.sync += region.eq(region + 1)
        fills = [self.format.fill(kind) for kind in order.fills]
        none = [0] * order.stored_beat
        init = [none] * order.beats + [[*fills, *none[len(fills) :]]] * bool(fills)
        stored = Cat(self.format.stored(self.i.payload.lanes[lane])[:bits]
                     for lane in range(self.options.llrs_per_beat))  # fmt: skip
        written = delayed(m, Cat(stored, self.beats.word.beat), 1, "stored")
        write = delayed(m, taken, 1, "taken", reset=True)
        codes = []
        for number in range(order.at_once):
            memory = NarrowMemory(bits, order.stored_beat, order.beats + 1,
                                  named(self.options.target).wide_writes, init)  # fmt: skip
            m.submodules[f"frame{number}"] = memory
            m.d.comb += [
                memory.w_en.eq(write),
                memory.w_addr.eq(written[len(stored) :]),
                memory.w_data.eq(written[: len(stored)]),
                memory.r_addr.eq(deal[f"place{number}"]),
            ]
            codes.append(memory.r_data)
        word = Signal(self.w_data.shape(), reset_less=True)
        index = Signal(self.addressing.channel_bits)
        enable = Mux(dealing & deal.ends, 1 << self.group.frame, 0)
        m.d.sync += word.eq(Cat(word, *codes)[len(Cat(*codes)) :])
        m.d.comb += [
            self.w_data.eq(word),
            self.w_en.eq(delayed(m, enable, self._way, "enable", reset=True)),
            index.eq(delayed(m, deal.index, self._way, "index")),
            self.w_addr.eq(Cat(index, region)),
        ]
