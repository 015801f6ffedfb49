"""The schedule as the words of the program memory, one a cycle."""

from dataclasses import dataclass
from functools import cached_property

from amaranth.lib import data

from hw.qc_ldpc.schedule import Schedule, layer_order
from quant.spec import Spec


@dataclass(frozen=True)
class Addressing:
    """Address formats that the program, the datapath and the streams agree on.

    app : slot * columns + column; one more word is never written and reads 0
    c2v : slot * block edges + block edge; one more word is never written and reads 0
    channel : region, then ``channel_bits`` of index among the loaded columns; the index after the
        last one is never written and reads 0: erased columns start there
    hard : region, then ``hard_bits`` of column

    Parameters
    ----------
    slots : frames decoded at once
    llrs_per_beat : lanes of a column that are loaded at once, a group
    """

    spec: Spec
    slots: int
    llrs_per_beat: int

    @property
    def loaded_columns(self) -> list[int]:
        """Block columns that arrive over the input stream, in order."""
        return [c for c, lanes in enumerate(self.spec.code.transmitted_lanes) if lanes]

    @property
    def groups(self) -> int:
        """Groups of lanes in a column."""
        return -(-self.spec.code.lifting_size // self.llrs_per_beat)

    @property
    def channel_shift_bits(self) -> int:
        """Bits of the rotation that a channel word still needs."""
        return max(1, (self.llrs_per_beat - 1).bit_length())

    def first_group(self, column: int) -> int:
        """Group of the stored column in which its natural order begins.

        A column is loaded in nearly the orientation of its first layer, so that only
        ``channel_shift`` is left, which is less than a group.
        """
        missing = -self._first_exponents[column] % self.spec.code.lifting_size
        return -(-missing // self.llrs_per_beat) % self.groups

    def channel_shift(self, column: int) -> int:
        """Rotation that takes the stored column to its first layer."""
        loaded = self.first_group(column) * self.llrs_per_beat
        return (self._first_exponents[column] + loaded) % self.spec.code.lifting_size

    @cached_property
    def _first_exponents(self) -> list[int]:
        return first_exponents(self.spec)

    @property
    def app_zero(self) -> int:
        return self.slots * self.spec.code.columns

    @property
    def app_depth(self) -> int:
        return self.app_zero + 1

    @property
    def c2v_zero(self) -> int:
        return self.slots * self.spec.n_block_edges

    @property
    def c2v_depth(self) -> int:
        return self.c2v_zero + 1

    @property
    def erased_index(self) -> int:
        return len(self.loaded_columns)

    @property
    def channel_bits(self) -> int:
        """Address bits of a column within a region of the channel memory."""
        return self.erased_index.bit_length()

    @property
    def hard_bits(self) -> int:
        """Address bits of a column within a region of the hard-decision memory."""
        return bits_for(self.spec.code.columns)


def bits_for(count: int) -> int:
    """Width that tells ``count`` values apart, at least 1."""
    return max(1, (count - 1).bit_length())


def program_layout(spec: Spec, addressing: Addressing) -> data.StructLayout:
    """Fields of a program word.

    ``back`` and ``wrapped`` belong to the back word of the cycle, all others to the front word;
    ``wrapped`` marks a back word whose front word stands in the previous period.
    """
    shift = bits_for(spec.code.lifting_size)
    return data.StructLayout(
        {
            "front": 1,
            "back": 1,
            "wrapped": 1,
            "slot": bits_for(addressing.slots),
            "app": bits_for(addressing.app_depth),
            "c2v": bits_for(addressing.c2v_depth),
            "edge": bits_for(spec.n_block_edges),
            "column": bits_for(spec.code.columns),
            "channel": addressing.channel_bits,
            "fresh": 1,
            "shift": shift,
            "fresh_shift": min(shift, addressing.channel_shift_bits),
            "first": 1,
            "last": 1,
            "first_layer": 1,
            "last_layer": 1,
        }
    )


def first_exponents(spec: Spec) -> list[int]:
    """Per block column, the exponent of the first layer that uses it."""
    first = [0] * spec.code.columns
    for row in reversed(layer_order(spec)):
        for column, exponent in reversed(spec.code.rows[row]):
            first[column] = exponent
    return first


def final_exponents(spec: Spec) -> list[int]:
    """Per block column, the orientation in which an iteration leaves it in memory."""
    final = [0] * spec.code.columns
    for row in layer_order(spec):
        for column, exponent in spec.code.rows[row]:
            final[column] = exponent
    return final


def program_words(spec: Spec, schedule: Schedule, addressing: Addressing) -> list[dict]:
    """One initialiser per cycle of the period for the program memory.

    A column stays in memory in the orientation of the layer that wrote it last, so ``shift``
    turns it from there to this layer; ``fresh_shift`` turns a channel word. ``fresh`` marks the
    first visit to a column in an iteration.
    """
    z = spec.code.lifting_size
    words = [{} for _ in range(schedule.period)]
    channel_index = {column: i for i, column in enumerate(addressing.loaded_columns)}
    orientation = {
        (slot, column): exponent
        for slot in range(schedule.slots)
        for column, exponent in enumerate(final_exponents(spec))
    }
    visited = set()
    for op in schedule.operations:
        place = op.slot, op.column
        words[op.front] |= {
            "front": 1,
            "slot": op.slot,
            "app": op.slot * spec.code.columns + op.column,
            "c2v": op.slot * spec.n_block_edges + op.edge,
            "edge": op.edge,
            "column": op.column,
            "channel": channel_index.get(op.column, addressing.erased_index),
            "fresh": int(place not in visited),
            "shift": (op.exponent - orientation[place]) % z,
            "fresh_shift": addressing.channel_shift(op.column),
            "first": int(op.first),
            "last": int(op.last),
            "first_layer": int(op.layer == 0),
            "last_layer": int(op.layer == len(spec.code.rows) - 1),
        }
        back = words[op.back % schedule.period]
        back |= {"back": 1, "wrapped": int(op.back >= schedule.period)}
        orientation[place] = op.exponent
        visited.add(place)
    return words
