"""Address formats of a decoder of a set of codes, and the words of its program memory."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from amaranth.hdl import Mux, Value
from amaranth.lib import data

from hw.code_set.room import NO_ROOM, Room
from hw.code_set.rows import Row
from hw.layered.job import Job
from hw.layered.program import Addressing, final_exponents
from hw.lib.arithmetic import bits_for
from hw.lib.shift_plan import ShiftPlan


@dataclass(frozen=True)
class SetAddressing:
    """Address formats that program, datapath and streams agree on, the same for every code.

    app : column, then slot; c2v : block edge, then slot; the last column and the last edge that
        their bits can say are never written and read 0
    channel : index among the loaded columns, then region; the last index is never written
    hard : column, then region

    Parameters
    ----------
    jobs : one a code, all of one lifting size
    room : of programs that are written at run time; every rotation is there for them
    """

    jobs: tuple[Job, ...]
    slots: int
    llrs_per_beat: int
    room: Room = NO_ROOM

    frames = 1
    edge_fields = Addressing.edge_fields

    @cached_property
    def members(self) -> list[Addressing]:
        """Of each code alone, all with the same stages of the rotator.

        If the block rows of one code cannot be turned to the reach of a plan with copies, all do
        without.
        """
        alone = [Addressing(job, self.slots, self.llrs_per_beat) for job in self.jobs]
        if self.room.places or len({member.plan for member in alone}) > 1:
            return [replace(member, copies=False) for member in alone]
        return alone

    @property
    def job(self) -> Job:
        """One of them, for what all have in common."""
        return self.jobs[0]

    @property
    def lanes(self) -> int:
        """Of the decoder."""
        return self.job.code.lifting_size

    @cached_property
    def lifting_sizes(self) -> list[int]:
        """Of the codes, ascending."""
        return sorted({job.code.lifting_size for job in self.jobs})

    @property
    def plan(self) -> ShiftPlan:
        """Stages of the rotator."""
        return self.members[0].plan

    @property
    def channel_reach(self) -> int:
        """A channel word still needs a rotation by less than this."""
        return self.members[0].channel_reach

    @property
    def first_stage_in_memory(self) -> bool:
        """As of :class:`hw.layered.program.Addressing`."""
        return self.members[0].first_stage_in_memory

    def _most(self, count, room: int) -> int:
        return max(room, *map(count, self.members))

    @cached_property
    def column_bits(self) -> int:
        """Address bits of a column of a slot."""
        return bits_for(self._most(_columns, self.room.columns) + 1)

    @cached_property
    def edge_bits(self) -> int:
        """Address bits of a block edge of a slot."""
        return bits_for(self._most(_edges, self.room.edges) + 1)

    @cached_property
    def channel_bits(self) -> int:
        """Address bits of a column within a region of the channel memory."""
        return bits_for(self._most(_loaded, self.room.columns) + 1)

    @cached_property
    def hard_bits(self) -> int:
        """Address bits of a column within a region of the hard-decision memory."""
        return bits_for(self._most(_columns, self.room.columns))

    @property
    def app_depth(self) -> int:
        return 1 << (self.column_bits + bits_for(self.slots))

    @property
    def c2v_depth(self) -> int:
        return 1 << (self.edge_bits + bits_for(self.slots))

    @property
    def zero_column(self) -> int:
        return (1 << self.column_bits) - 1

    @property
    def zero_edge(self) -> int:
        return (1 << self.edge_bits) - 1

    @property
    def erased_index(self) -> int:
        return (1 << self.channel_bits) - 1

    def channel_index(self, member: Addressing, column: int) -> int:
        """Index of a column in its region of the channel memory."""
        index = member.channel_index(column)
        return self.erased_index if index == member.erased_index else index

    # --- layout of words ---

    @property
    def natural_orders(self) -> list[Sequence[int]]:
        """For each lifting size the lanes of a word in the natural order of its values."""
        return [range(self.lanes)]

    @property
    def rotation_cycles(self) -> int | None:
        """Of the rotator, as :class:`hw.layered.pipeline.Pipeline` asks for it."""
        return None

    # --- rotations ---

    @property
    def fresh_bits(self) -> int:
        """Control bits of a rotation of a channel word."""
        plan = self.plan
        return plan.control_bits_behind(plan.late_stage(self.channel_reach))

    def controls(self, member: Addressing, shift: int) -> int:
        """Of the rotator, for a column of a code."""
        return self.plan.controls(shift)

    def fresh_controls(self, member: Addressing, column: int) -> int:
        """Of the rotator, for a column's channel word."""
        return self.plan.controls(member.channel_shift(column))

    def shift_of(self, word, fresh) -> Value:
        """Controls that a program word says, of its own shift or of that of a channel word."""
        return Mux(fresh, word.fresh_shift, word.shift)

    def edge_values(self, member: Addressing) -> dict[str, int]:
        """What ``edge_fields`` are for a code."""
        return {}


def _columns(member: Addressing) -> int:
    return member.lifted.code.columns


def _edges(member: Addressing) -> int:
    return member.lifted.n_block_edges


def _loaded(member: Addressing) -> int:
    return member.erased_index


def program_layout(addressing: SetAddressing, edge_kinds: int) -> data.StructLayout:
    """Fields of a word of the program: one block edge, for whatever slot.

    ``kind`` is that of the edge among those that its code's maps tell apart; ``fresh`` says that it
    is the first visit to the column in an iteration.
    """
    return data.StructLayout(
        {
            "column": addressing.column_bits,
            "edge": addressing.edge_bits,
            "kind": bits_for(edge_kinds),
            "channel": addressing.channel_bits,
            "fresh": 1,
            "shift": max(1, addressing.plan.control_bits),
            "fresh_shift": max(1, addressing.fresh_bits),
            "first": 1,
            "last": 1,
            "first_layer": 1,
            "last_layer": 1,
        }
        | addressing.edge_fields
    )


def program_words(
    addressing: SetAddressing, member: Addressing, rows: Sequence[Row], kinds: Sequence[int]
) -> Iterator[dict]:
    """One of ``program_layout`` for each block edge of a code, in the order of an iteration.

    A column stays in memory in the orientation of the row that wrote it last, as in
    :func:`hw.layered.program.program_words`.
    """
    job = member.lifted
    orientation, visited = final_exponents(job), set()
    for layer, row in enumerate(rows):
        for place, (edge, column, exponent) in enumerate(row.edges):
            turn = (exponent - orientation[column]) % job.code.lifting_size
            yield {
                "column": column,
                "edge": edge,
                "kind": kinds[edge],
                "channel": addressing.channel_index(member, column),
                "fresh": int(column not in visited),
                "shift": addressing.controls(member, turn),
                "fresh_shift": addressing.fresh_controls(member, column),
                "first": int(place == 0),
                "last": int(place == row.degree - 1),
                "first_layer": int(layer == 0),
                "last_layer": int(layer == len(rows) - 1),
            } | addressing.edge_values(member)
            orientation[column] = exponent
            visited.add(column)
