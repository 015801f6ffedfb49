"""Beats of a frame to words in the natural order of its code, turned as its columns want it."""

from functools import reduce
from operator import or_

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import data

from hw.code_set.chunks import SetChunks
from hw.code_set.loader import SetLoader
from hw.layered.program import Addressing


class GroupedChunks(SetChunks):
    """As for one lifting size; but a column may begin anywhere near the first lane of a beat.

    Lanes of a word are filled together if they are of one beat wherever its column begins:
    :meth:`part_of` numbers such parts.
    """

    @property
    def layout(self) -> data.StructLayout:
        """``here`` has a bit for each part of the word; ``held`` one for each turn of the beat, all
        but its own."""
        parts = self.part_of(self.addressing.lanes - 1) + 1
        fields = {"here": parts, "held": self.addressing.beat_turns}
        return data.StructLayout(super().layout.members | fields)

    def part_of(self, lane: int) -> int:
        """Number of a lane's part: the lanes that may be the first of a beat are parts of one."""
        beat, place = divmod(lane, self.addressing.llrs_per_beat)
        turns = self.addressing.beat_turns
        return beat * turns + min(place, turns - 1)

    def words(self, member: Addressing) -> list[dict]:
        """One of ``layout`` for each beat of a frame of a code."""
        addressing, width = self.addressing, self.addressing.llrs_per_beat
        size = member.job.code.lifting_size
        count, columns, words = size // width, member.loaded_columns, []
        for index, column in enumerate(columns):
            first = addressing.load_place(member, column)
            for number in range(count):
                lanes = [(first + number * width + value) % size for value in range(width)]
                ends = number == count - 1
                last = int(ends and index == len(columns) - 1)
                words.append(
                    {
                        "column": addressing.written_index(index),
                        "here": reduce(or_, (1 << self.part_of(lane) for lane in lanes)),
                        "held": (1 << addressing.beat_turns) - 1 ^ 1 << first % width,
                        "due": last,
                        "ends_column": int(ends),
                        "ends_frame": last,
                    }
                )
        return words


class GroupedLoader(SetLoader):
    """Turns a beat by a few lanes."""

    def _received(self, m: Module, lanes, chunk: list, at) -> list:
        width, copies = self.options.llrs_per_beat, []
        for turn in range(len(at.held)):
            held = Signal(lanes.shape(), name=f"turned{turn}", reset_less=True)
            for lane in range(width):
                m.d.sync += held[lane].eq(Mux(at.held[turn], 0, chunk[(lane - turn) % width]))
            copies.append(held)
        # All copies but one are 0.
        return [reduce(or_, (copy[lane] for copy in copies)) for lane in range(width)]

    def _part_of(self, lane: int) -> int:
        return self.image.chunks.part_of(lane)
