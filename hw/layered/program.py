"""The schedule as the words of the program memory, one a cycle."""

from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

from amaranth.lib import data

from hw.layered.job import Job
from hw.layered.lockstep import block_edges, lifted
from hw.layered.map_kinds import MapKinds
from hw.layered.row_shift_offsets import row_shift_offsets
from hw.layered.schedule import Schedule, layer_order
from hw.lib.arithmetic import bits_for
from hw.lib.shift_plan import LEAST_LANES, ShiftPlan


@dataclass(frozen=True)
class Addressing:
    """Address formats that the program, the datapath and the streams agree on.

    app : slot * columns + column; one more word is never written and reads 0
    c2v : slot * block edges + block edge; one more word is never written and reads 0
    channel : region, then ``channel_bits`` of index among the loaded columns; the index after the
        last one is never written and reads 0: erased columns start there
    hard : region, then ``hard_bits`` of column

    Columns and block edges are those of ``lifted``, but where the streams are meant.

    Parameters
    ----------
    slots : frames decoded at once, each of them several where there are several in lock-step
    llrs_per_beat : lanes of a column that are loaded at once, a group
    frames : in lock-step
    copies : the rotator may have stages of several ways, where all turns fit their reach
    """

    job: Job
    slots: int
    llrs_per_beat: int
    frames: int = 1
    copies: bool = True

    edge_fields = MappingProxyType({})
    """Fields that an edge has beside those of :func:`hw.layered.sequencer.edge_layout`."""

    @cached_property
    def _turned(self) -> Job | None:
        """The decoder with block rows turned to the reach of a plan with copies, if it has them."""
        job = lifted(self.job, self.frames)
        plan = self._plan(copies=True)
        few = not self.copies or plan.lanes < LEAST_LANES
        if few or not plan.late_stage(self.channel_reach):
            return None
        return row_shift_offsets(job, plan.reach)

    @cached_property
    def lifted(self) -> Job:
        """The decoder as schedule and program see it.

        It is ``job`` for fewer lanes (:func:`hw.layered.lockstep.lifted`), with block rows turned
        for the rotator (:mod:`hw.layered.row_shift_offsets`).
        """
        return self._turned or lifted(self.job, self.frames)

    @cached_property
    def plan(self) -> ShiftPlan:
        """Stages of the rotator."""
        return self._plan(copies=self._turned is not None)

    def _plan(self, copies: bool) -> ShiftPlan:
        # Frames in lock-step fill the block RAM of more orientations.
        lanes = self.job.code.lifting_size // self.frames
        return ShiftPlan(lanes, copies, open=True, wide_read=self.frames > 1)

    @cached_property
    def map_kinds(self) -> MapKinds:
        """What chooses the map of an edge."""
        return MapKinds(self.job)

    @cached_property
    def loaded_columns(self) -> list[int]:
        """Block columns of ``job`` that arrive over the input stream, in order."""
        return [c for c, lanes in enumerate(self.job.code.transmitted_lanes) if lanes]

    @property
    def groups(self) -> int:
        """Groups of lanes in a column of ``job``."""
        return -(-self.job.code.lifting_size // self.llrs_per_beat)

    @property
    def channel_reach(self) -> int:
        """A channel word still needs a rotation by less than this, at least 2."""
        return max(2, self.llrs_per_beat) if self.frames == 1 else 2

    @property
    def first_stage_in_memory(self) -> bool:
        """Whether the memory of APP words does the rotator's first stage: no channel word joins."""
        return self.plan.late_stage(self.channel_reach) > 1

    def first_group(self, column: int) -> int:
        """Group of the stored column in which its natural order begins.

        A column is loaded in nearly the orientation of its first layer, so that only
        ``channel_shift`` is left, which is less than a group. Only for a frame by itself.
        """
        missing = -self.first_exponents[column] % self.job.code.lifting_size
        return -(-missing // self.llrs_per_beat) % self.groups

    def channel_shift(self, column: int) -> int:
        """Rotation that takes the stored column to its first layer; in lock-step it is there."""
        if self.frames > 1:
            return 0
        loaded = self.first_group(column) * self.llrs_per_beat
        return (self.first_exponents[column] + loaded) % self.job.code.lifting_size

    @cached_property
    def first_exponents(self) -> list[int]:
        return first_exponents(self.lifted)

    def channel_index(self, column: int) -> int:
        """Index of a column in its region of the channel memory."""
        block, part = divmod(column, self.frames)
        place = self._loaded_place.get(block)
        return self.erased_index if place is None else place * self.frames + part

    @cached_property
    def _loaded_place(self) -> dict[int, int]:
        return {column: place for place, column in enumerate(self.loaded_columns)}

    @property
    def app_zero(self) -> int:
        return self.slots * self.lifted.code.columns

    @property
    def app_depth(self) -> int:
        return self.app_zero + 1

    @property
    def c2v_zero(self) -> int:
        return self.slots * self.lifted.n_block_edges

    @property
    def c2v_depth(self) -> int:
        return self.c2v_zero + 1

    @property
    def erased_index(self) -> int:
        return len(self.loaded_columns) * self.frames

    @property
    def channel_bits(self) -> int:
        """Address bits of a column within a region of the channel memory."""
        return self.erased_index.bit_length()

    @property
    def hard_bits(self) -> int:
        """Address bits of a column within a region of the hard-decision memory."""
        return bits_for(self.lifted.code.columns)


def program_layout(addressing: Addressing) -> data.StructLayout:
    """Fields of a program word.

    ``back`` and ``wrapped`` belong to the back word of the cycle, all others to the front word;
    ``wrapped`` marks a back word whose front word stands in the previous period, ``ends`` the last
    word of a period.
    """
    plan = addressing.plan
    late = plan.late_stage(addressing.channel_reach)
    return data.StructLayout(
        {
            "front": 1,
            "back": 1,
            "wrapped": 1,
            "slot": bits_for(addressing.slots),
            "app": bits_for(addressing.app_depth),
            "c2v": bits_for(addressing.c2v_depth),
            "kind": bits_for(addressing.map_kinds.edges),
            "column": bits_for(addressing.lifted.code.columns),
            "channel": addressing.channel_bits,
            "fresh": 1,
            "shift": max(1, plan.control_bits),
            "fresh_shift": max(1, plan.control_bits_behind(late)),
            "first": 1,
            "last": 1,
            "first_layer": 1,
            "last_layer": 1,
            "ends": 1,
        }
    )


def first_exponents(job: Job) -> list[int]:
    """Per block column, the exponent of the first layer that uses it."""
    first = [0] * job.code.columns
    for row in reversed(layer_order(job)):
        for column, exponent in reversed(job.code.rows[row]):
            first[column] = exponent
    return first


def final_exponents(job: Job) -> list[int]:
    """Per block column, the orientation in which an iteration leaves it in memory."""
    final = [0] * job.code.columns
    for row in layer_order(job):
        for column, exponent in job.code.rows[row]:
            final[column] = exponent
    return final


def program_words(schedule: Schedule, addressing: Addressing) -> list[dict]:
    """One initialiser per cycle of the period for the program memory.

    A column stays in memory in the orientation of the layer that wrote it last, so ``shift``
    turns it from there to this layer; ``fresh_shift`` turns a channel word. ``fresh`` marks the
    first visit to a column in an iteration, wherever in the period that begins. In lock-step the
    first layer is as many rows as there are frames.
    """
    job, plan = addressing.lifted, addressing.plan
    z = job.code.lifting_size
    words = [{} for _ in range(schedule.period)]
    orientation = {
        (slot, column): exponent
        for slot in range(schedule.slots)
        for column, exponent in enumerate(final_exponents(job))
    }
    visited = set()
    edges = block_edges(addressing.job, addressing.frames)
    kinds = [addressing.map_kinds.of_edge[edge] for edge in edges]
    for op in schedule.in_iterations():
        place = op.slot, op.column
        words[op.front] |= {
            "front": 1,
            "slot": op.slot,
            "app": op.slot * job.code.columns + op.column,
            "c2v": op.slot * job.n_block_edges + op.edge,
            "kind": kinds[op.edge],
            "column": op.column,
            "channel": addressing.channel_index(op.column),
            "fresh": int(place not in visited),
            "shift": plan.controls((op.exponent - orientation[place]) % z),
            "fresh_shift": plan.controls(addressing.channel_shift(op.column)),
            "first": int(op.first),
            "last": int(op.last),
            "first_layer": int(op.layer < addressing.frames),
            "last_layer": int(op.layer == len(job.code.rows) - 1),
        }
        back = words[op.back % schedule.period]
        back |= {"back": 1, "wrapped": int(op.back >= schedule.period)}
        orientation[place] = op.exponent
        visited.add(place)
    words[-1] |= {"ends": 1}
    return words
