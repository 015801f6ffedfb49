"""What the memories of a decoder of a set hold: program, rows, maps, chunks, windows, by code."""

from dataclasses import dataclass
from functools import cached_property

from amaranth.hdl import Cat, Shape
from amaranth.lib import data

from hw.code_set import countdown
from hw.code_set import rows as row_waits
from hw.code_set.addressing import SetAddressing, program_layout, program_words
from hw.code_set.chunks import SetChunks
from hw.code_set.pace import iteration_cycles
from hw.code_set.row_times import LEAST_DEGREE, RowTimes, row_layout
from hw.code_set.rows import Row
from hw.code_set.windows import SetWindows
from hw.layered.job import Job
from hw.layered.map_kinds import MapKinds
from hw.lib.arithmetic import bits_for
from model.errors import InputError


@dataclass(frozen=True)
class Maps:
    """Table of maps: a row for each iteration of each code, a place for each kind of its edges.

    kinds : of each code's edges; counts : rows of each code
    """

    kinds: list[MapKinds]

    @cached_property
    def rows(self) -> list[list[int]]:
        return [kinds.table[of_pass] for kinds in self.kinds for of_pass in kinds.of_pass]

    @cached_property
    def counts(self) -> list[int]:
        return [len(kinds.of_pass) for kinds in self.kinds]

    @property
    def edge_kinds(self) -> int:
        return max(kinds.edges for kinds in self.kinds)

    @property
    def _width(self) -> int:
        return bits_for(self.edge_kinds)

    @cached_property
    def words(self) -> list[int]:
        """The table, its rows padded to a power of two."""
        places = 1 << self._width
        return [entry for row in self.rows for entry in row + row[-1:] * (places - len(row))]

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

    # --- rows and program ---

    @cached_property
    def rows(self) -> list[list[Row]]:
        """Of each code; of the orders of edges the one with which its frames are faster."""
        found = []
        for member in self.addressing.members:
            choices = row_waits.choices(member.lifted, self.times.pipeline)
            found.append(
                min(choices, key=lambda rows: iteration_cycles([rows], self.times,
                                                               self.addressing.slots))
            )  # fmt: skip
        return found

    @cached_property
    def maps(self) -> Maps:
        return Maps([MapKinds(member.lifted) for member in self.addressing.members])

    @cached_property
    def program_layout(self) -> data.StructLayout:
        return program_layout(self.addressing, self.maps.edge_kinds)

    @cached_property
    def program_words(self) -> list[dict]:
        members = zip(self.addressing.members, self.rows, self.maps.kinds, strict=True)
        return [
            word
            for member, rows, kinds in members
            for word in program_words(self.addressing, member, rows, kinds.of_edge)
        ]

    @property
    def largest_degree(self) -> int:
        return max(row.degree for rows in self.rows for row in rows)

    @cached_property
    def row_layout(self) -> data.StructLayout:
        rows = [row for rows in self.rows for row in rows]
        wait = max(self.times.counted(row.wait) for row in rows)
        return row_layout(len(rows), len(self.program_words), self.largest_degree, wait)

    @cached_property
    def row_words(self) -> list[dict]:
        """The table of rows, one of ``row_layout`` each."""
        words, address = [], 0
        bits = Shape.cast(self.row_layout["wait"].shape).width
        for rows in self.rows:
            first = len(words)
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
        return [self.chunks.words(member) for member in self.addressing.members]

    @property
    def chunk_words(self) -> list[dict]:
        return [word for words in self._chunks for word in words]

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
        """One of ``code_layout`` for each code."""
        words, row, map_row, chunk = [], 0, 0, 0
        for number, rows in enumerate(self.rows):
            all_bits, information = self.windows.firsts[number]
            words.append(
                {
                    "row": row,
                    "map_row": map_row,
                    "map_rows": self.maps.counts[number] - 1,
                    "chunk": chunk,
                    "all_bits": all_bits,
                    "information": information,
                }
            )
            row += len(rows)
            map_row += self.maps.counts[number]
            chunk += len(self._chunks[number])
        return words
