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
    group: Value
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
        needs, takes = self._needs(), []
        for number, (need, held) in enumerate(zip(needs, self._held(), strict=True)):
            if need > held:
                takes.append(number)
        behind = len(takes) - buffered  # beats that chunks have taken already
        chunks = len(needs) - (takes[behind - 1] + 1 if behind > 0 else behind)
        return chunks + 2

    def _needs(self) -> list[int]:
        """Lanes that each chunk of a frame takes from the stream."""
        return [need for column in self.addressing.loaded_columns for need in self._column(column)]

    def _column(self, column: int) -> list[int]:
        """Lanes that each chunk of a column takes from the stream: a chunk fills a group."""
        z, width = self.spec.code.lifting_size, self.options.llrs_per_beat
        groups, first = self.addressing.groups, self.addressing.first_group(column)
        missing, needs = self.spec.code.transmitted_lanes[column], []
        for chunk in range(groups):
            group = (first + chunk) % groups
            needs.append(min(missing, width, z - group * width))
            missing -= needs[-1]
        return needs

    def _held(self) -> list[int]:
        """Lanes of the beat before that wait when each chunk of a frame is due."""
        held, counts = 0, []
        for need in self._needs():
            counts.append(held)
            held += (self.options.llrs_per_beat if need > held else 0) - need
        return counts

    def _lane_counts(self) -> tuple[list[int], list[int]]:
        """Lanes that ever wait, and lanes that a chunk ever needs."""
        return sorted(set(self._held())), sorted(set(self._needs()))

    def elaborate(self, platform):
        m = Module()
        spec, options, z = self.spec, self.options, self.spec.code.lifting_size
        width, lane_bits = options.llrs_per_beat, self.format.bits
        columns = self.addressing.loaded_columns
        sent = [spec.code.transmitted_lanes[c] for c in columns]
        fills = [self.format.fill(spec.code.fill[c]) for c in columns]

        at = self._walk(m)
        held = Signal(range(width))  # valid lanes of ``rest``
        rest = Signal((width - 1) * lane_bits, reset_less=True)
        free = Signal(range(options.input_regions + 1), init=options.input_regions)
        may_load = Signal(init=1)
        region = Signal(bits_for(options.input_regions))

        beat = self.i.payload.lanes.as_value()
        joined = Signal((2 * width - 1) * lane_bits)
        helds, needs = self._lane_counts()
        with m.Switch(held):
            for count in helds:
                with m.Default() if count == helds[-1] else m.Case(count):
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
                for count in needs:
                    with m.Default() if count == needs[-1] else m.Case(count):
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
        self._assemble(m, chunk, chunk_now, at, column_ends, frame_ends, region)
        return m

    def _walk(self, m: Module) -> _Walk:
        """Where the next chunk goes, all in registers: only ``step`` is decided late.

        chunk : its number in its column; group : the lanes of the column that it fills
        need : lanes that come from the stream; the rest of the chunk is fill
        ends_column, ends_frame : it is the last of its column, of the frame
        """
        columns, groups = self.addressing.loaded_columns, self.addressing.groups
        last_chunk, last = groups - 1, len(columns) - 1
        layout = data.StructLayout(
            {
                "column": range(len(columns)),
                "last_column": 1,
                "chunk": range(groups),
                "group": range(groups),
                "need": range(self.options.llrs_per_beat + 1),
                "ends_column": 1,
                "ends_frame": 1,
            }
        )
        starts = [self.addressing.first_group(column) for column in columns]
        places = [divmod(place % (groups * len(columns)), groups) for place in (0, 1)]
        first, second = (
            {
                "column": column,
                "last_column": int(column == last),
                "chunk": chunk,
                "group": (starts[column] + chunk) % groups,
                "need": self._column(columns[column])[chunk],
                "ends_column": int(chunk == last_chunk),
                "ends_frame": int(chunk == last_chunk and column == last),
            }
            for column, chunk in places
        )
        # Two chunks are kept, so that the one after next is found from registers to registers.
        now, following = Signal(layout, init=first), Signal(layout, init=second)
        after = Signal(layout)
        next_columns = [(column + 1) % len(columns) for column in range(len(columns))]
        # Where a column begins is known while the one before is loaded (of one group: at its own).
        next_start = Signal(after.group.shape(), init=starts[next_columns[0]])
        m.d.sync += next_start.eq(Array(starts[column] for column in next_columns)[following.column])
        ends_column, ends_frame = following.ends_column, following.ends_frame
        following_group = Mux(following.group == groups - 1, 0, following.group + 1)
        m.d.comb += [
            after.chunk.eq(Mux(ends_column, 0, following.chunk + 1)),
            after.column.eq(
                Mux(
                    ends_frame,
                    0,
                    Mux(ends_column, following.column + 1, following.column),
                )
            ),
            after.last_column.eq(
                Mux(
                    ends_column,
                    following.column == max(0, last - 1),
                    following.last_column,
                )
            ),
            after.group.eq(Mux(ends_column, next_start, following_group)),
            after.need.eq(self._need(after)),
            after.ends_column.eq(following.chunk == last_chunk - 1 if last_chunk else 1),
            after.ends_frame.eq(after.ends_column & after.last_column),
        ]
        step, restart = Signal(), Signal()
        with m.If(step):
            m.d.sync += [now.eq(following), following.eq(after)]
        with m.Elif(restart):
            m.d.sync += [
                now.eq(layout.const(first)),
                following.eq(layout.const(second)),
                next_start.eq(starts[next_columns[0]]),
            ]
        return _Walk(
            now.column,
            now.group,
            now.need,
            following.need,
            now.ends_column,
            now.ends_frame,
            step,
            restart,
        )

    def _need(self, place):
        """Lanes that the chunk takes: those of its group, but less where the column ends early."""
        z, width = self.spec.code.lifting_size, self.options.llrs_per_beat
        columns, groups = self.addressing.loaded_columns, self.addressing.groups
        tail = z - (groups - 1) * width
        need = width if tail == width else Mux(place.group == groups - 1, tail, width)
        for number, column in enumerate(columns):
            if self.spec.code.transmitted_lanes[column] < z:
                partial = Array(self._column(column))[place.chunk]
                need = Mux(place.column == number, partial, need)
        return need

    def _count_drops(self, m, abort, frame_ends) -> None:
        drops = Signal(DROP_BITS)
        with m.If(frame_ends):
            m.d.sync += [self.drops.eq(drops), drops.eq(0)]
        with m.Elif(abort & ~drops.all()):
            m.d.sync += drops.eq(drops + 1)

    def _assemble(
        self, m, chunk, chunk_now, at: _Walk, column_ends, frame_ends, region
    ) -> None:
        """Register the chunk, write it into its lanes, write the complete word to memory."""
        z, width, lane_bits = (
            self.spec.code.lifting_size,
            self.options.llrs_per_beat,
            self.format.bits,
        )
        lanes = Signal(data.ArrayLayout(lane_bits, width), reset_less=True)
        here = Signal(self.addressing.groups)  # one-hot: which lanes the chunk fills
        word = Signal(self.word.shape(), reset_less=True)
        m.d.comb += self.word.eq(word)
        m.d.sync += [lanes[i].eq(value) for i, value in enumerate(chunk)]
        m.d.sync += here.eq(Mux(chunk_now, 1 << at.group, 0))
        for lane in range(z):
            with m.If(here[lane // width]):
                m.d.sync += word[lane].eq(lanes[lane % width])

        address = Signal.like(self.address)
        ends, loads = Signal(), Signal()
        m.d.comb += address[: self.addressing.channel_bits].eq(at.column)
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
