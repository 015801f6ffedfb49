"""The chunks in which a frame is loaded: which lanes each fills and what it takes for it."""

from dataclasses import dataclass
from functools import cached_property

from amaranth.lib import data

from hw.layered.program import Addressing
from hw.lib.arithmetic import bits_for


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
        addressing, code = self.addressing, self.addressing.job.code
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
        return min(width, self.addressing.job.code.lifting_size - group * width)

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

    @cached_property
    def counts(self) -> tuple[list[int], list[int]]:
        """The numbers of lanes that occur, held and needed: all that has to be told apart."""
        return sorted({c.held for c in self.all}), sorted({c.need for c in self.all})

    @property
    def layout(self) -> data.StructLayout:
        """What the loader has to know of a chunk.

        column : index among the loaded columns
        here : its group, one-hot
        held, need : place of these numbers in ``counts``
        takes : a beat is taken ; due : it is the frame's last beat
        ends_column, ends_frame : the chunk is the last of its column, of the frame
        """
        held, need = self.counts
        fields = {"column": bits_for(len(self.addressing.loaded_columns))}
        fields |= {"here": self.addressing.groups}
        fields |= {"held": bits_for(len(held)), "need": bits_for(len(need))}
        flags = ("takes", "due", "ends_column", "ends_frame")
        return data.StructLayout(fields | {name: 1 for name in flags})

    def words(self) -> list[dict]:
        """One of ``layout`` for every chunk of a frame."""
        (held, need), last = self.counts, self.all[-1]
        final = [chunk for chunk in self.all if chunk.takes][-1]
        return [
            {
                "column": chunk.column,
                "here": 1 << chunk.group,
                "held": held.index(chunk.held),
                "need": need.index(chunk.need),
                "takes": int(chunk.takes),
                "due": int(chunk is final),
                "ends_column": int(chunk.number == last.number),
                "ends_frame": int(chunk is last),
            }
            for chunk in self.all
        ]
