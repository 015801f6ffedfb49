# amaranth: UnusedElaboratable=no
# Rates are asked of decoders that nobody elaborates.
"""Channel LLRs from input beats to words of Z lanes in the channel memory."""

from amaranth.hdl import Array, Cat, Const, Module, Mux, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from hw.layered.chunks import FrameChunks
from hw.layered.options import Options
from hw.layered.program import Addressing
from hw.lib.arithmetic import bits_for
from hw.lib.delay import delayed
from hw.lib.microprogram_rom import MicroprogramRom


class Loader(wiring.Component):
    """Cuts the stream at column boundaries and assembles each column in a register of Z lanes.

    A beat that straddles two columns is split: what is left of it waits in ``rest`` and moves
    the rest of that column by as many lanes. One chunk of up to ``llrs_per_beat`` lanes goes
    into the column register per cycle; a complete column is written while the next one starts.

    Members
    -------
    i : beats of channel codes, or an abort that discards the frame so far
    due : the beat that is taken next is the frame's last
    write, address, word : write port of the channel memory
    loaded : strobe, the region holds a whole frame
    released : strobe, the oldest loaded region is free again

    Parameters
    ----------
    channel : format of a lane, as of :class:`hw.layered.arithmetic.Arithmetic`

    Attributes
    ----------
    cycles_per_frame : one a chunk and one between frames, while beats are there
    """

    def __init__(
        self, options: Options, addressing: Addressing, channel, members: dict | None = None
    ):
        self.options, self.addressing, self.format = options, addressing, channel
        self.walk = self._table()
        codes = data.ArrayLayout(channel.code_bits, options.llrs_per_beat)
        beat = data.StructLayout({"lanes": codes, "abort": 1})
        # Codes become words as late as possible; but no code stands for an erased bit.
        self._early = self.format.erasures
        self._moved_bits = self.format.bits if self._early else channel.code_bits
        address = bits_for(options.input_regions) + addressing.channel_bits
        super().__init__(
            {
                "i": In(stream.Signature(beat)),
                "due": Out(1),
                "write": Out(1),
                "address": Out(address),
                "word": Out(data.ArrayLayout(channel.bits, addressing.job.code.lifting_size)),
                "loaded": Out(1),
                "released": In(1),
            }
            | (members or {})
        )

    def _table(self) -> MicroprogramRom:
        """The chunks of a frame."""
        self.chunks = FrameChunks(self.addressing)
        return MicroprogramRom(self.chunks.layout, self.chunks.words())

    @property
    def cycles_per_frame(self) -> int:
        return len(self.chunks.all) + 1

    def latency_cycles(self, buffered: int) -> int:
        """At most, from a frame's last beat at the input until a slot can take the frame.

        ``buffered`` beats, the last one included, may stand between the input and this block.
        """
        takes = [number for number, chunk in enumerate(self.chunks.all) if chunk.takes]
        behind = len(takes) - buffered  # beats that chunks have taken already
        chunks = len(self.chunks.all) - (takes[behind - 1] + 1 if behind > 0 else behind)
        return chunks + 4

    def elaborate(self, platform):
        m = Module()
        code, options = self.addressing.job.code, self.options
        z = code.lifting_size
        width, lane_bits = options.llrs_per_beat, self._moved_bits
        columns = self.addressing.loaded_columns
        sent = [code.transmitted_lanes[c] for c in columns]
        fills = [self.format.fill(code.fill[c]) for c in columns]

        m.submodules.walk = walk = self.walk
        at = walk.word
        rest = Signal((width - 1) * lane_bits, reset_less=True)
        free = Signal(options.input_regions, init=-1)  # bit i: more than i regions are free
        region = Signal(bits_for(options.input_regions))

        helds, needs = self.chunks.counts
        codes = [self.i.payload.lanes[lane] for lane in range(width)]
        beat = Cat(self.format.stored(code) if self._early else code for code in codes)
        joined = Signal((2 * width - 1) * lane_bits)
        with m.Switch(at.held):
            for number, count in enumerate(helds):
                with m.Default() if count == helds[-1] else m.Case(number):
                    m.d.comb += joined.eq(Cat(rest[: count * lane_bits], beat))

        # An abort stands for a beat: it meets the frame it belongs to where a beat is needed. It
        # acts a cycle later.
        abort, chunk_now, idle = Signal(), Signal(), Signal()
        # A region is free, and the table is ready. Between frames a cycle passes, in which regions
        # are counted: the last chunk of a frame may go in every other cycle only, so that what
        # comes from the stream does not matter here.
        may_load = Signal()
        aborting = self.i.valid & self.i.ready & self.i.payload.abort
        m.d.sync += abort.eq(aborting)
        m.d.comb += [
            idle.eq(at.takes & (~self.i.valid | self.i.payload.abort)),
            chunk_now.eq(may_load & ~idle & ~abort),
            walk.step.eq(chunk_now),
            walk.restart.eq(aborting),
            self.due.eq(at.due),
            self.i.ready.eq(may_load & at.takes & ~abort),
        ]
        with m.If(chunk_now):
            with m.Switch(at.need):
                for number, count in enumerate(needs):
                    with m.Default() if count == needs[-1] else m.Case(number):
                        m.d.sync += rest.eq(joined >> (count * lane_bits))
        frame_ends = chunk_now & at.ends_frame
        released = Signal()
        m.d.sync += released.eq(self.released)
        # Everything counts a cycle late.
        ended = Signal()
        any_left = released | Mux(ended, free[1], free[0])
        m.d.sync += [
            ended.eq(frame_ends),
            may_load.eq(any_left & ~(may_load & at.ends_frame) & walk.ready),
        ]
        with m.If(released ^ ended):
            m.d.sync += free.eq(Mux(released, Cat(1, free), free[1:]))
        with m.If(ended):
            m.d.sync += region.eq(region + 1)

        chunk = [joined[i * lane_bits : (i + 1) * lane_bits] for i in range(width)]
        if min(sent) < z:
            fill = Array(fills)[at.column] if len(set(fills)) > 1 else Const(fills[0], lane_bits)
            there = Array(Const((1 << need) - 1, width) for need in needs)[at.need]
            chunk = [Mux(there[i], lanes, fill) for i, lanes in enumerate(chunk)]
        self._assemble(m, chunk, chunk_now, at, region)
        return m

    def _assemble(self, m, chunk, chunk_now, at, region) -> None:
        """Register the chunk, write it into its lanes, write the complete word to memory."""
        z, width = self.addressing.job.code.lifting_size, self.options.llrs_per_beat
        layout = data.StructLayout(
            {
                "lanes": data.ArrayLayout(self._moved_bits, width),
                "column": self.addressing.channel_bits,
            }
        )
        arrived = Signal(layout, reset_less=True)
        # What says that there is a chunk, and holds all this at 0 otherwise: which lanes it fills,
        # and whether it ends its column, its frame. These two write to memory and count frames, so
        # a reset of one cycle must clear them. ``here`` could do without: it fills lanes two cycles
        # later, and the next frame's first chunk comes behind that, as its table takes
        # ``restart_cycles``. But one reset for all is a wire, and one for two is a table for each.
        where = Signal(data.StructLayout({"here": at.here.shape(), "ends": 1, "loads": 1}))
        received = self._received(m, arrived.lanes, chunk, at)
        m.d.sync += [
            arrived.column.eq(at.column),
            where.eq(Mux(chunk_now, Cat(at.here, at.ends_column, at.ends_frame), 0)),
        ]
        lanes = Signal(data.ArrayLayout(self.format.bits, width), reset_less=True)
        # The lanes are far apart: both are registered once more on the way to them.
        here_too = delayed(m, where.here, 2, "here")
        lanes_too = delayed(m, lanes, 1, "lanes")
        word = Signal(self.word.shape(), reset_less=True)
        m.d.comb += self.word.eq(word)
        for lane, moved in enumerate(received):
            m.d.sync += lanes[lane].eq(moved if self._early else self.format.stored(moved))
        for lane in range(z):
            with m.If(here_too[self._part_of(lane)]):
                m.d.sync += word[lane].eq(lanes_too[lane % width])
        m.d.sync += [
            self.address.eq(delayed(m, Cat(arrived.column, region), 2, "address")),
            self.write.eq(delayed(m, where.ends, 2, "ends", reset=True)),
            self.loaded.eq(delayed(m, where.loads, 2, "loads", reset=True)),
        ]

    def _received(self, m: Module, lanes, chunk: list, at) -> list:
        """Lanes of the chunk, a cycle later."""
        m.d.sync += lanes.eq(Cat(chunk))
        return [lanes[lane] for lane in range(self.options.llrs_per_beat)]

    def _part_of(self, lane: int) -> int:
        """Bit of a chunk's ``here`` that says whether a lane of the word is filled."""
        return lane // self.options.llrs_per_beat
