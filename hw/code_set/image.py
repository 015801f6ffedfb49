"""What the memories of a decoder of a set hold: program, rows, maps, chunks, windows, by code."""

from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

from amaranth.hdl import Cat, Shape
from amaranth.lib import data

from hw.code_set import countdown
from hw.code_set import rows as row_waits
from hw.code_set.addressing import SetAddressing, program_layout, program_words
from hw.code_set.chunks import SetChunks
from hw.code_set.pace import iteration_cycles
from hw.code_set.room import NO_ROOM, Area, Room
from hw.code_set.row_times import LEAST_DEGREE, RowTimes, row_layout
from hw.code_set.rows import Row
from hw.code_set.windows import SetWindows
from hw.layered.job import Job
from hw.layered.map_kinds import MapKinds
from hw.layered.program import Addressing
from hw.lib.arithmetic import bits_for
from model.errors import InputError


@dataclass(frozen=True)
class Maps:
    """Table of maps: a row for each iteration of each code, a place for each kind of its edges.

    kinds : of each code's edges; counts : rows of each code; room : of codes that are not known yet
    """

    kinds: list[MapKinds]
    room: Room = NO_ROOM

    @cached_property
    def rows(self) -> list[list[int]]:
        known = [row for kinds in self.kinds for row in self.rows_of(kinds)]
        return known + [[0]] * (self.room.places * self.room.map_rows)

    def rows_of(self, kinds: MapKinds) -> list[list[int]]:
        """Of a code."""
        return [kinds.table[of_pass] for of_pass in kinds.of_pass]

    @cached_property
    def counts(self) -> list[int]:
        known = [len(kinds.of_pass) for kinds in self.kinds]
        return known + [self.room.map_rows] * self.room.places

    @property
    def edge_kinds(self) -> int:
        return max(kinds.edges for kinds in self.kinds)

    @property
    def _width(self) -> int:
        return bits_for(self.edge_kinds)

    @property
    def row_words(self) -> int:
        """Words of a row."""
        return 1 << self._width

    @cached_property
    def words(self) -> list[int]:
        """The table."""
        return [entry for row in self.rows for entry in self.padded(row)]

    def padded(self, row: list[int]) -> list[int]:
        """A row as it is in the table: its length is a power of two."""
        return row + row[-1:] * (self.row_words - len(row))

    def address(self, kind, row):
        """Of an entry."""
        return Cat(kind[: self._width], row)


@dataclass(frozen=True)
class Image:
    """All tables, and where in each a code begins.

    Parameters
    ----------
    jobs : one a code
    addressing, times : of the decoder
    chunks, windows : of its streams
    """

    jobs: tuple[Job, ...]
    addressing: SetAddressing
    times: RowTimes
    chunks: SetChunks
    windows: SetWindows

    def __post_init__(self) -> None:
        for job in self.jobs:
            least = min(map(len, job.code.rows))
            if least < LEAST_DEGREE:
                raise InputError(
                    f"{job.name}: a block row of {least} edges, at least {LEAST_DEGREE} are needed"
                )

    @cached_property
    def job(self) -> Job:
        """For what all have in common."""
        return self.jobs[0]

    @property
    def room(self) -> Room:
        """Of programs that are written at run time."""
        return self.addressing.room

    # --- rows and program ---

    @cached_property
    def rows(self) -> list[list[Row]]:
        """Of each code that is known."""
        return [self.rows_of(member) for member in self.addressing.members]

    def rows_of(self, member: Addressing, order: int | None = None) -> list[Row]:
        """Of a code, in one of the orders of edges, or that with which its frames are faster."""
        slots = self.addressing.slots
        choices = row_waits.choices(member.lifted, self.times.pipeline)
        if order is not None:
            return choices[order]
        return min(choices, key=lambda rows: iteration_cycles([rows], self.times, slots))

    @cached_property
    def maps(self) -> Maps:
        kinds = [MapKinds(member.lifted) for member in self.addressing.members]
        return Maps(kinds, self.room)

    @cached_property
    def program_layout(self) -> data.StructLayout:
        return program_layout(self.addressing, self.maps.edge_kinds)

    @cached_property
    def program_words(self) -> list[dict]:
        codes = zip(self.addressing.members, self.rows, self.maps.kinds, strict=True)
        known = [word for code in codes for word in self.program_of(*code)]
        return known + [{}] * (self.room.places * self.room.edges)

    def program_of(self, member: Addressing, rows: list[Row], kinds: MapKinds) -> list[dict]:
        """Words of a code."""
        return list(program_words(self.addressing, member, rows, kinds.of_edge))

    @property
    def largest_degree(self) -> int:
        return max(self.room.degree, *(row.degree for rows in self.rows for row in rows))

    @cached_property
    def row_layout(self) -> data.StructLayout:
        rows = [row for rows in self.rows for row in rows]
        waits = [row.wait for row in rows]
        if self.room.places:
            waits.append(row_waits.longest_wait(self.largest_degree, self.times.pipeline))
        return row_layout(
            len(rows) + self.room.places * self.room.rows, len(self.program_words),
            self.largest_degree, max(map(self.times.counted, waits)),
        )  # fmt: skip

    @cached_property
    def row_words(self) -> list[dict]:
        """The table of rows, one of ``row_layout`` each."""
        words, address = [], 0
        for rows in self.rows:
            words += self.row_words_of(rows, len(words), address)
            address += sum(row.degree for row in rows)
        return words + [{}] * (self.room.places * self.room.rows)

    def row_words_of(self, rows: list[Row], first: int, address: int) -> list[dict]:
        """Those of a code, whose first one is word ``first`` and begins at ``address``."""
        words, bits = [], Shape.cast(self.row_layout["wait"].shape).width
        for number, row in enumerate(rows):
            wait = self.times.counted(rows[number - 1].wait)
            words.append(
                {
                    "next": first + (number + 1) % len(rows),
                    "address": address,
                    "more": row.degree - 1,
                    "wait": countdown.start(wait, bits),
                    "initial": int(number == 0),
                }
            )
            address += row.degree
        return words

    # --- streams ---

    @cached_property
    def _chunks(self) -> list[list[dict]]:
        known = [self.chunks.words(member) for member in self.addressing.members]
        return known + [[{}] * self.chunks.room] * self.room.places

    @property
    def chunk_words(self) -> list[dict]:
        return [word for words in self._chunks for word in words]

    @property
    def most_chunks(self) -> int:
        """Of a frame."""
        return max(map(len, self._chunks))

    # --- where a code begins ---

    @cached_property
    def code_layout(self) -> data.StructLayout:
        """What is looked up of a code: where it begins in each table.

        map_rows : behind its first one
        """
        return data.StructLayout(
            {
                "row": bits_for(len(self.row_words)),
                "map_row": bits_for(len(self.maps.rows)),
                "map_rows": bits_for(max(self.maps.counts)),
                "chunk": bits_for(len(self.chunk_words)),
                "all_bits": bits_for(len(self.windows.words)),
                "information": bits_for(len(self.windows.words)),
            }
        )

    @cached_property
    def code_words(self) -> list[dict]:
        """One of ``code_layout`` for each code, and then for each place of a program."""
        rows = [len(rows) for rows in self.rows] + [self.room.rows] * self.room.places
        firsts = zip(
            accumulate(rows, initial=0), accumulate(self.maps.counts, initial=0),
            self.maps.counts, accumulate(map(len, self._chunks), initial=0), self.windows.firsts,
            strict=False,
        )  # fmt: skip
        return [
            {
                "row": row,
                "map_row": map_row,
                "map_rows": count - 1,
                "chunk": chunk,
                "all_bits": all_bits,
                "information": information,
            }
            for row, map_row, count, chunk, (all_bits, information) in firsts
        ]

    # --- programs that are written at run time ---

    @cached_property
    def areas(self) -> list[Area]:
        """What a program brings, in its order."""
        room, starts = self.room, self.code_words[len(self.jobs) :]
        known = sum(row.degree for rows in self.rows for row in rows)
        edges = tuple(known + place * room.edges for place in range(room.places))
        row, program, chunk, window = (
            Shape.cast(layout).width for layout in
            (self.row_layout, self.program_layout, self.chunks.layout, self.windows.layout)
        )  # fmt: skip
        every = self.maps.row_words

        def firsts(name: str, scale: int = 1) -> tuple[int, ...]:
            return tuple(scale * start[name] for start in starts)

        return [
            Area("rows", row, room.rows, firsts("row")),
            Area("program", program, room.edges, edges),
            Area("maps", bits_for(self.job.map_count), room.map_rows * every,
                 firsts("map_row", every)),
            Area("chunks", chunk, self.chunks.room, firsts("chunk")),
            Area("windows", window, self.windows.room, firsts("all_bits")),
            Area("windows", window, self.windows.room, firsts("information")),
        ]  # fmt: skip
