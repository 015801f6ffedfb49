"""The walk of the loader over a frame's chunks: which lanes each fills and what it takes for it."""

from dataclasses import dataclass
from functools import cached_property
from types import SimpleNamespace

from amaranth.hdl import Array, Cat, Module, Mux, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from hw.lib.memory import Rom
from hw.qc_ldpc.program import Addressing, bits_for


@dataclass(frozen=True)
class Chunk:
    """The lanes of a frame that are loaded in one cycle; they fill a group of their column.

    column : index among the loaded columns
    number : in its column
    group : of the stored column; the last group may be smaller than a beat
    need : lanes that come from the stream; the rest of the group is fill
    held : lanes of the beat before that still wait
    """

    column: int
    number: int
    group: int
    need: int
    held: int

    @property
    def takes(self) -> bool:
        """A beat is taken for it: what waits is not enough."""
        return self.need > self.held


@dataclass(frozen=True)
class FrameChunks:
    """The chunks of a frame. Every frame has the same, so that nothing about them is computed."""

    addressing: Addressing

    def needs(self, column: int) -> list[int]:
        """Lanes that each chunk of a loaded column takes from the stream."""
        addressing, code = self.addressing, self.addressing.spec.code
        block_column = addressing.loaded_columns[column]
        missing, needs = code.transmitted_lanes[block_column], []
        for group in self.groups(column):
            needs.append(min(missing, self.lanes_of(group)))
            missing -= needs[-1]
        return needs

    def groups(self, column: int) -> list[int]:
        """The groups that the chunks of a loaded column fill: its natural order, turned."""
        count = self.addressing.groups
        first = self.addressing.first_group(self.addressing.loaded_columns[column])
        return [(first + number) % count for number in range(count)]

    def lanes_of(self, group: int) -> int:
        """Lanes of a group."""
        width = self.addressing.llrs_per_beat
        return min(width, self.addressing.spec.code.lifting_size - group * width)

    @cached_property
    def all(self) -> list[Chunk]:
        """All chunks, in order."""
        chunks, held = [], 0
        for column in range(len(self.addressing.loaded_columns)):
            places = zip(self.groups(column), self.needs(column), strict=True)
            for number, (group, need) in enumerate(places):
                chunks.append(Chunk(column, number, group, need, held))
                held += (self.addressing.llrs_per_beat if chunks[-1].takes else 0) - need
        return chunks

    def held_after(self) -> dict[tuple[int, int], int]:
        """Lanes that wait behind a chunk, by its own (held, need)."""
        width = self.addressing.llrs_per_beat
        return {(c.held, c.need): c.held + width * c.takes - c.need for c in self.all}


class ChunkWalk(wiring.Component):
    """Steps through the chunks of frame after frame, all in registers.

    Parameters
    ----------
    block_table : where columns begin may be looked up in block RAM; ``in_block_ram`` says whether
        there is time for that

    Members
    -------
    step : to the next chunk; restart : to the frame's first one
    column, group, need, held, takes : of the chunk that is due (:class:`Chunk`)
    ends_column, ends_frame : it is the last of its column, of the frame
    due : it takes the last beat of the frame
    """

    def __init__(self, chunks: FrameChunks, block_table: bool = True):
        self.chunks = chunks
        self.in_block_ram = block_table and chunks.addressing.groups > Rom.latency_cycles + 1
        columns, groups = len(chunks.addressing.loaded_columns), chunks.addressing.groups
        width = chunks.addressing.llrs_per_beat
        self.fields = {
            "column": bits_for(columns),
            "group": bits_for(groups),
            "need": bits_for(width + 1),
            "held": bits_for(width),
            "takes": 1,
            "ends_column": 1,
            "ends_frame": 1,
        }
        outputs = {name: Out(shape) for name, shape in self.fields.items()}
        super().__init__({"step": In(1), "restart": In(1), "due": Out(1)} | outputs)

    def elaborate(self, platform):
        m = Module()
        chunks, groups = self.chunks.all, self.chunks.addressing.groups
        columns = chunks[-1].column + 1
        last, last_number = columns - 1, groups - 1
        fields = self.fields | {"number": bits_for(groups), "last_column": 1}
        layout = data.StructLayout(fields)

        def place(number: int) -> dict:
            chunk = chunks[number % len(chunks)]
            ends = chunk.number == last_number
            return {name: getattr(chunk, name) for name in ("column", "number", "group")} | {
                "need": chunk.need,
                "held": chunk.held,
                "takes": int(chunk.takes),
                "last_column": int(chunk.column == last),
                "ends_column": int(ends),
                "ends_frame": int(ends and chunk.column == last),
            }

        # Two chunks are kept, so that the one after next is found from registers to registers.
        # The restart is their only reset: one register, and no look-up table, on the way to them.
        now, following = (
            Signal(layout, name=name, init=place(number), reset_less=True)
            for number, name in enumerate(("now", "following"))
        )
        # Signals of their own: a constant part of a wider one has no event that a simulator sees.
        after = SimpleNamespace(**{name: Signal(fields[name], name=name) for name in fields})
        # Where a column begins is looked up while the one before is loaded; where a column is
        # one group, all begin at 0.
        starts = [self.chunks.groups((column + 1) % columns)[0] for column in range(columns)]
        next_start = Signal(after.group.shape(), init=starts[0], reset_less=True)
        if self.in_block_ram:
            m.submodules.starts = table = Rom(next_start.shape(), starts)
            m.d.comb += [table.addr.eq(following.column), next_start.eq(table.data)]
        else:
            m.d.sync += next_start.eq(Array(starts)[following.column])
        ends_column, ends_frame = following.ends_column, following.ends_frame
        next_column = Mux(ends_column, following.column + 1, following.column)
        next_group = Mux(following.group == groups - 1, 0, following.group + 1)
        before_last = following.column == max(0, last - 1)
        m.d.comb += [
            after.number.eq(Mux(ends_column, 0, following.number + 1)),
            after.column.eq(Mux(ends_frame, 0, next_column)),
            after.last_column.eq(Mux(ends_column, before_last, following.last_column)),
            after.group.eq(Mux(ends_column, next_start, next_group)),
            after.need.eq(self._need(after)),
            after.takes.eq(after.need > after.held),
            after.ends_column.eq(following.number == last_number - 1 if last_number else 1),
            after.ends_frame.eq(after.ends_column & after.last_column),
        ]
        with m.If(~ends_frame):
            with m.Switch(Cat(following.held, following.need)):
                for (held, need), left in self.chunks.held_after().items():
                    with m.Case(held | need << len(following.held)):
                        m.d.comb += after.held.eq(left)
        final = [chunk for chunk in chunks if chunk.takes][-1]
        due = Signal(init=final is chunks[0], reset_less=True)
        # In this order the restart is a reset, and no multiplexer.
        with m.If(self.restart):
            m.d.sync += [
                now.eq(layout.const(place(0))),
                following.eq(layout.const(place(1))),
                due.eq(final is chunks[0]),
            ]
            if not self.in_block_ram:
                m.d.sync += next_start.eq(starts[0])
        with m.Elif(self.step):
            m.d.sync += now.eq(following)
            m.d.sync += [following[name].eq(getattr(after, name)) for name in fields]
            m.d.sync += due.eq(
                (following.column == final.column) & (following.number == final.number)
            )
        m.d.comb += [getattr(self, name).eq(now[name]) for name in self.fields]
        m.d.comb += self.due.eq(due)
        return m

    def _need(self, place):
        """Lanes that the chunk takes: those of its group, but less where the column ends early."""
        addressing = self.chunks.addressing
        width, groups = addressing.llrs_per_beat, addressing.groups
        tail = self.chunks.lanes_of(groups - 1)
        need = width if tail == width else Mux(place.group == groups - 1, tail, width)
        sent = addressing.spec.code.transmitted_lanes
        for column, block_column in enumerate(addressing.loaded_columns):
            if sent[block_column] < addressing.spec.code.lifting_size:
                partial = Array(self.chunks.needs(column))[place.number]
                need = Mux(place.column == column, partial, need)
        return need
