"""Channel LLRs from input beats to words of Z lanes in the channel memory."""

from dataclasses import dataclass

from amaranth.hdl import Array, Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from hw.qc_ldpc.channel_word import ChannelWord
from hw.qc_ldpc.options import Options
from hw.qc_ldpc.program import Addressing, bits_for
from quant.spec import Spec

DROP_BITS = 4  # as in m_axis_tuser


@dataclass(frozen=True)
class _Walk:
    """Registers of the walk over a frame's chunks, and the two signals that move it."""

    column: Value
    need: Value
    next_need: Value
    ends_column: Value
    ends_frame: Value
    step: Signal
    restart: Signal


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

    Attributes
    ----------
    cycles_per_frame : one a chunk, while beats are there
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

    @property
    def cycles_per_frame(self) -> int:
        return len(self._needs())

    def latency_cycles(self, buffered: int) -> int:
        """At most, from a frame's last beat at the input until a slot can take the frame.

        ``buffered`` beats, the last one included, may stand between the input and this block.
        """
        needs, held, takes = self._needs(), 0, []
        for number, need in enumerate(needs):
            if need > held:
                takes.append(number)
                held += self.options.llrs_per_beat
            held -= need
        behind = len(takes) - buffered  # beats that chunks have taken already
        chunks = len(needs) - (takes[behind - 1] + 1 if behind > 0 else behind)
        return chunks + 2

    def _needs(self) -> list[int]:
        """Lanes that each chunk of a frame takes from the stream."""
        z, width = self.spec.code.lifting_size, self.options.llrs_per_beat
        return [
            min(width, max(0, self.spec.code.transmitted_lanes[column] - position))
            for column in self.addressing.loaded_columns
            for position in range(0, z, width)
        ]

    def elaborate(self, platform):
        m = Module()
        spec, options, z = self.spec, self.options, self.spec.code.lifting_size
        width, lane_bits = options.llrs_per_beat, self.format.bits
        columns = self.addressing.loaded_columns
        sent = [spec.code.transmitted_lanes[c] for c in columns]
        fills = [self.format.fill(spec.code.fill[c]) for c in columns]

        at = self._walk(m, sent)
        held = Signal(range(width))  # valid lanes of ``rest``
        rest = Signal((width - 1) * lane_bits, reset_less=True)
        free = Signal(range(options.input_regions + 1), init=options.input_regions)
        may_load = Signal(init=1)
        region = Signal(bits_for(options.input_regions))

        beat = self.i.payload.lanes.as_value()
        joined = Signal((2 * width - 1) * lane_bits)
        with m.Switch(held):
            for count in range(width):
                with m.Case(count):
                    m.d.comb += joined.eq(Cat(rest[: count * lane_bits], beat))

        needs_beat = Signal(init=1)  # need > held

        # An abort stands for a beat: it meets the frame it belongs to where a beat is needed. It
        # acts a cycle later, so that only registers decide whether a chunk goes.
        abort, chunk_now, column_ends, frame_ends = Signal(), Signal(), Signal(), Signal()
        aborting = self.i.valid & self.i.payload.abort & needs_beat & ~abort
        m.d.sync += abort.eq(aborting)
        m.d.comb += [
            chunk_now.eq(
                may_load & ~abort & (~needs_beat | (self.i.valid & ~self.i.payload.abort))
            ),
            column_ends.eq(chunk_now & at.ends_column),
            frame_ends.eq(chunk_now & at.ends_frame),
            at.step.eq(chunk_now),
            at.restart.eq(abort),
            self.i.ready.eq(needs_beat & ~abort & (may_load | self.i.payload.abort)),
        ]
        with m.If(chunk_now):
            available = held + Mux(needs_beat, width, 0)
            with m.Switch(at.need):
                for count in range(width + 1):
                    with m.Case(count):
                        m.d.sync += rest.eq(joined >> (count * lane_bits))
            left = Signal.like(held)
            m.d.comb += left.eq(Mux(at.ends_frame, 0, available - at.need))
            m.d.sync += [held.eq(left), needs_beat.eq(at.next_need > left)]
        with m.If(abort):
            m.d.sync += [held.eq(0), needs_beat.eq(1)]
        with m.If(frame_ends):
            m.d.sync += region.eq(region + 1)
        released = Signal()
        m.d.sync += released.eq(self.released)
        regions = free - frame_ends + released
        m.d.sync += [free.eq(regions), may_load.eq(regions != 0)]
        self._count_drops(m, abort, frame_ends)

        chunk = [joined[i * lane_bits : (i + 1) * lane_bits] for i in range(width)]
        if min(sent) < z:
            fill = Array(fills)[at.column] if len(set(fills)) > 1 else Const(fills[0], lane_bits)
            chunk = [Mux(i < at.need, lanes, fill) for i, lanes in enumerate(chunk)]
        self._assemble(m, chunk, chunk_now, abort, column_ends, frame_ends, at.column, region)
        return m

    def _walk(self, m: Module, sent: list[int]):
        """Where the next chunk goes, all in registers: only ``step`` is decided late.

        need : lanes that come from the stream; the rest of the chunk is fill
        ends_column, ends_frame : it is the last of its column, of the frame
        """
        z, width = self.spec.code.lifting_size, self.options.llrs_per_beat
        last = len(sent) - 1
        layout = data.StructLayout(
            {
                "column": range(len(sent)),
                "position": range(z + width),
                "need": range(width + 1),
                "ends_column": 1,
                "ends_frame": 1,
            }
        )
        chunks = [
            {
                "column": column,
                "position": position,
                "need": min(width, max(0, lanes - position)),
                "ends_column": int(position + width >= z),
                "ends_frame": int(position + width >= z and column == last),
            }
            for column, lanes in enumerate(sent)
            for position in range(0, z, width)
        ]
        first, second = chunks[0], chunks[1 % len(chunks)]
        # Two chunks are kept, so that the one after next is found from registers to registers.
        now, following = Signal(layout, init=first), Signal(layout, init=second)
        after = Signal(layout)
        lanes_sent = Array(sent)[after.column] if len(set(sent)) > 1 else Const(sent[0])
        missing = Signal(range(z + 1))
        ends_column, ends_frame = following.ends_column, following.ends_frame
        m.d.comb += [
            after.position.eq(Mux(ends_column, 0, following.position + width)),
            after.column.eq(
                Mux(
                    ends_frame,
                    0,
                    Mux(ends_column, following.column + 1, following.column),
                )
            ),
            missing.eq(Mux(after.position < lanes_sent, lanes_sent - after.position, 0)),
            after.need.eq(Mux(missing > width, width, missing)),
            after.ends_column.eq(after.position + width >= z),
            after.ends_frame.eq(after.ends_column & (after.column == last)),
        ]
        step, restart = Signal(), Signal()
        with m.If(step):
            m.d.sync += [now.eq(following), following.eq(after)]
        with m.Elif(restart):
            m.d.sync += [now.eq(layout.const(first)), following.eq(layout.const(second))]
        return _Walk(
            now.column,
            now.need,
            following.need,
            now.ends_column,
            now.ends_frame,
            step,
            restart,
        )

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
        lanes = Signal(data.ArrayLayout(lane_bits, width), reset_less=True)
        group = Signal(-(-z // width), init=1)  # one-hot: which lanes the next chunk fills
        here = Signal(len(group))
        word = Signal(self.word.shape(), reset_less=True)
        m.d.comb += self.word.eq(word)
        m.d.sync += [lanes[i].eq(value) for i, value in enumerate(chunk)]
        m.d.sync += here.eq(Mux(chunk_now, group, 0))
        with m.If(chunk_now):
            m.d.sync += group.eq(group.rotate_left(1))
        with m.If(abort):
            m.d.sync += group.eq(1)
        for lane in range(z):
            with m.If(here[lane // width]):
                m.d.sync += word[lane].eq(lanes[lane % width])

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
