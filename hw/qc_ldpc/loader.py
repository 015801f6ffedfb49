"""Channel LLRs from input beats to words of Z lanes in the channel memory."""

from amaranth.hdl import Array, Cat, Const, Module, Mux, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from hw.qc_ldpc.channel_word import ChannelWord
from hw.qc_ldpc.options import Options
from hw.qc_ldpc.program import Addressing, bits_for
from quant.spec import Spec

DROP_BITS = 4  # as in m_axis_tuser


class Loader(wiring.Component):
    """Cuts the stream at column boundaries and assembles each column in a register of Z lanes.

    A beat that straddles two columns is split: what is left of it waits in ``rest`` and moves
    the rest of that column by as many lanes. One chunk of up to ``llrs_per_beat`` lanes goes
    into the column register per cycle; a complete column is written while the next one starts.

    Members
    -------
    i : beats of stored channel words, or an abort that discards the frame so far
    write, address, word : write port of the channel memory
    loaded : strobe, the region holds a whole frame
    drops : with ``loaded``, frames dropped since the frame before, saturating
    released : strobe, the oldest loaded region is free again
    """

    def __init__(self, spec: Spec, options: Options, addressing: Addressing):
        self.spec, self.options, self.addressing = spec, options, addressing
        self.format = ChannelWord(spec)
        lane = self.format.bits
        beat = data.StructLayout(
            {"lanes": data.ArrayLayout(lane, options.llrs_per_beat), "abort": 1}
        )
        address = bits_for(options.input_regions) + addressing.channel_bits
        super().__init__(
            {
                "i": In(stream.Signature(beat)),
                "write": Out(1),
                "address": Out(address),
                "word": Out(data.ArrayLayout(lane, spec.code.lifting_size)),
                "loaded": Out(1),
                "drops": Out(DROP_BITS),
                "released": In(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        spec, options, z = self.spec, self.options, self.spec.code.lifting_size
        width, lane_bits = options.llrs_per_beat, self.format.bits
        columns = self.addressing.loaded_columns
        sent = [spec.code.transmitted_lanes[c] for c in columns]
        fills = [self.format.fill(spec.code.fill[c]) for c in columns]

        column = Signal(range(len(columns)))
        position = Signal(range(z + width + 1))  # first lane of the next chunk
        held = Signal(range(width))  # valid lanes of ``rest``
        rest = Signal((width - 1) * lane_bits)
        free = Signal(range(options.input_regions + 1), init=options.input_regions)
        region = Signal(bits_for(options.input_regions))

        beat = self.i.payload.lanes.as_value()
        joined = Signal((2 * width - 1) * lane_bits)
        with m.Switch(held):
            for count in range(width):
                with m.Case(count):
                    m.d.comb += joined.eq(Cat(rest[: count * lane_bits], beat))

        # How many lanes of this chunk come from the stream; the others are fill.
        lanes_sent = Array(sent)[column] if len(set(sent)) > 1 else Const(sent[0])
        need = Signal(range(width + 1))
        over = Signal()
        m.d.comb += over.eq(position >= lanes_sent)
        missing = (lanes_sent - position)[: bits_for(z + 1)]
        m.d.comb += need.eq(Mux(over, 0, Mux(missing > width, width, missing)))
        needs_beat = Signal()
        m.d.comb += needs_beat.eq(need > held)

        # An abort stands for a beat: it meets the frame it belongs to where a beat is needed.
        abort = Signal()
        m.d.comb += abort.eq(self.i.valid & self.i.payload.abort & needs_beat)
        chunk_now, column_ends, frame_ends = Signal(), Signal(), Signal()
        m.d.comb += [
            chunk_now.eq((free != 0) & (~needs_beat | (self.i.valid & ~self.i.payload.abort))),
            column_ends.eq(chunk_now & (position + width >= z)),
            frame_ends.eq(column_ends & (column == len(columns) - 1)),
            self.i.ready.eq(abort | ((free != 0) & needs_beat)),
        ]
        with m.If(chunk_now):
            available = held + Mux(needs_beat, width, 0)
            with m.Switch(need):
                for count in range(width + 1):
                    with m.Case(count):
                        m.d.sync += rest.eq(joined >> (count * lane_bits))
            m.d.sync += [held.eq(available - need), position.eq(position + width)]
        with m.If(column_ends):
            m.d.sync += [position.eq(0), column.eq(column + 1)]
        with m.If(frame_ends | abort):
            m.d.sync += [position.eq(0), column.eq(0), held.eq(0)]
        with m.If(frame_ends):
            m.d.sync += region.eq(region + 1)
        m.d.sync += free.eq(free - frame_ends + self.released)
        self._count_drops(m, abort, frame_ends)

        chunk = [joined[i * lane_bits : (i + 1) * lane_bits] for i in range(width)]
        if min(sent) < z:
            fill = Array(fills)[column] if len(set(fills)) > 1 else Const(fills[0], lane_bits)
            chunk = [Mux(i < need, lanes, fill) for i, lanes in enumerate(chunk)]
        self._assemble(m, chunk, chunk_now, abort, column_ends, frame_ends, column, region)
        return m

    def _count_drops(self, m, abort, frame_ends) -> None:
        drops = Signal(DROP_BITS)
        with m.If(frame_ends):
            m.d.sync += [self.drops.eq(drops), drops.eq(0)]
        with m.Elif(abort & ~drops.all()):
            m.d.sync += drops.eq(drops + 1)

    def _assemble(
        self, m, chunk, chunk_now, abort, column_ends, frame_ends, column, region
    ) -> None:
        """Register the chunk, write it into its lanes, write the complete word to memory."""
        z, width, lane_bits = (
            self.spec.code.lifting_size,
            self.options.llrs_per_beat,
            self.format.bits,
        )
        lanes = Signal(data.ArrayLayout(lane_bits, width))
        group = Signal(-(-z // width), init=1)  # one-hot: which lanes the next chunk fills
        here = Signal.like(group)
        m.d.sync += [lanes[i].eq(value) for i, value in enumerate(chunk)]
        m.d.sync += here.eq(Mux(chunk_now, group, 0))
        with m.If(chunk_now):
            m.d.sync += group.eq(group.rotate_left(1))
        with m.If(column_ends | abort):
            m.d.sync += group.eq(1)
        for lane in range(z):
            with m.If(here[lane // width]):
                m.d.sync += self.word[lane].eq(lanes[lane % width])

        address = Signal.like(self.address)
        ends, loads = Signal(), Signal()
        m.d.comb += address[: self.addressing.channel_bits].eq(column)
        m.d.comb += address[self.addressing.channel_bits :].eq(region)
        due = Signal.like(self.address)
        m.d.sync += [
            due.eq(address),
            self.address.eq(due),
            ends.eq(column_ends),
            self.write.eq(ends),
            loads.eq(frame_ends),
            self.loaded.eq(loads),
        ]
