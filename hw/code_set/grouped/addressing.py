"""Address formats and rotations of a decoder of codes of several lifting sizes."""

from collections.abc import Iterator
from functools import cached_property

from amaranth.hdl import Cat, Mux, Value

from hw.code_set.addressing import SetAddressing
from hw.code_set.grouped.lanes import Lanes
from hw.layered.job import Job
from hw.layered.program import Addressing
from hw.lib.arithmetic import bits_for
from hw.lib.grouped_plan import GroupedPlan
from hw.lib.grouped_rotator import GroupedRotator


class GroupedAddressing(SetAddressing):
    """As of one lifting size, but for what depends on the layout of words (:class:`Lanes`).

    A word of the channel memory has the natural order of its code, which the read address turns
    into that of the groups: the lowest bits of ``channel`` say for each group by which code's
    layout (:mod:`hw.code_set.grouped.channel_memory`).

    A column is loaded so that of the rotation to its first layer each group has only a few lanes
    to turn by itself, less than ``plan.late_reach``: it begins at a multiple of a beat's width, or
    up to ``beat_turns`` - 1 lanes behind that.
    """

    @cached_property
    def lane_layout(self) -> Lanes:
        return Lanes.of_sizes(job.code.lifting_size for job in self.jobs)

    @cached_property
    def members(self) -> list[Addressing]:
        """Of each code alone."""
        # Every rotation is there: rows stay as they are.
        return [Addressing(job, self.slots, self.llrs_per_beat, copies=False) for job in self.jobs]

    @property
    def job(self) -> Job:
        """The one of most lanes."""
        return max(self.jobs, key=lambda job: job.code.lifting_size)

    @cached_property
    def plan(self) -> GroupedPlan:
        """Stages of the rotator."""
        layout = self.lane_layout
        left = (
            min(self._load_places(exponent, count))[0]
            for count in layout.counts
            for exponent in range(count * layout.unit)
        )
        return GroupedPlan(layout.unit, layout.groups, max(left) + 1)

    def units(self, member: Addressing) -> int:
        """Of a code's lifting size."""
        return self.lane_layout.units(member.job.code.lifting_size)

    # --- channel ---

    @cached_property
    def order_bits(self) -> list[int]:
        """Bits of the channel address, for each group, that say whose layout a word has."""
        layout = self.lane_layout
        return [(len(layout.counts_with(g)) - 1).bit_length() for g in range(layout.groups)]

    @cached_property
    def column_index_bits(self) -> int:
        """Address bits of a column within a region of the channel memory, without the layout."""
        most = max(member.erased_index for member in self.members)
        return bits_for(max(self.room.columns, most) + 1)

    @property
    def channel_bits(self) -> int:
        return sum(self.order_bits) + self.column_index_bits

    def channel_index(self, member: Addressing, column: int) -> int:
        """Address of a column within its region, with the layout of a code."""
        index = member.channel_index(column)
        if index == member.erased_index:
            return self.erased_index
        return self.written_index(index) | self._orders(member)

    def written_index(self, index: int) -> int:
        """Address at which the loader writes a column: the bits of the layout are 0."""
        return index << sum(self.order_bits)

    def _orders(self, member: Addressing) -> int:
        units, word, at = self.units(member), 0, 0
        for group, bits in enumerate(self.order_bits):
            if group < units:
                word |= self.lane_layout.counts_with(group).index(units) << at
            at += bits
        return word

    @property
    def natural_orders(self) -> list[list[int]]:
        return [self.lane_layout.natural(units) for units in self.lane_layout.counts]

    # --- rotations ---

    @property
    def rotation_cycles(self) -> int:
        return GroupedRotator.latency_of(self.plan)

    @property
    def beat_turns(self) -> int:
        """Lanes by which a beat may be turned, from 0 on."""
        return min(self.lane_layout.groups, self.llrs_per_beat)

    def load_place(self, member: Addressing, column: int) -> int:
        """Lane of a column's word, in natural order, in which its first value is loaded."""
        places = self._load_places(member.first_exponents[column], self.units(member))
        return next(place for left, place in places if left < self.plan.late_reach)

    def _load_places(self, exponent: int, units: int) -> Iterator[tuple[int, int]]:
        """Such lanes that only the groups turn, and by how many lanes they do."""
        size = units * self.lane_layout.unit
        for turn in range(self.beat_turns):
            for place in range(turn, size, self.llrs_per_beat):
                steps, over = divmod((exponent + place) % size, units)
                if not over:
                    yield steps, place

    @property
    def fresh_bits(self) -> int:
        return self.plan.late_control_bits

    def controls(self, member: Addressing, shift: int) -> int:
        return self.plan.controls(self.units(member), shift)

    def fresh_controls(self, member: Addressing, column: int) -> int:
        left = member.first_exponents[column] + self.load_place(member, column)
        return self.controls(member, left) & (1 << self.fresh_bits) - 1

    def shift_of(self, word, fresh) -> Value:
        """The others may be anything where a channel word comes: they turn the word that is 0."""
        behind = self.fresh_bits
        return Cat(Mux(fresh, word.fresh_shift, word.shift[:behind]), word.shift[behind:])

    # --- lanes in use ---

    @property
    def edge_fields(self) -> dict[str, int]:
        """groups : a bit for each group but the first: the edge's code uses it."""
        return {"groups": self.lane_layout.groups - 1}

    def edge_values(self, member: Addressing) -> dict[str, int]:
        return {"groups": (1 << self.units(member) - 1) - 1}
