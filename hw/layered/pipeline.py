"""Where each thing happens in the datapath, in cycles after its program word.

The schedule keeps these distances and the datapath is built from the same numbers.
"""

from dataclasses import dataclass
from functools import cached_property

from hw.layered.job import Times
from hw.lib.memory import BlockMemory
from hw.lib.reduce import AnyOf
from hw.lib.rotator import Rotator


@dataclass(frozen=True)
class Pipeline:
    """Stage numbers of one decoder.

    Front stages count from the cycle in which an edge's front word leaves the program memory;
    back stages from the cycle of its back word.

    Parameters
    ----------
    times : of the arithmetic
    ring : lanes of a frame: those that the rotator turns, and that a row's check is about
    way : registers behind the memories' own, where words go far
    rotation : cycles of the rotator but for its last stage, where it is not that of one ring
    """

    times: Times
    ring: int
    way: int = 0
    rotation: int | None = None

    # --- front: APP and c2v are read, rotated, subtracted, compared ---

    @cached_property
    def address(self) -> int:
        """APP address is presented: behind the look-up of the slot's state and what it decides."""
        return 2

    @cached_property
    def app_read(self) -> int:
        """APP word enters the rotator."""
        return self.address + BlockMemory.latency_cycles + self.app_wait

    @cached_property
    def app_wait(self) -> int:
        """Cycles for which APP and channel word wait: where c2v words take longer than rotation."""
        c2v = self.times.stored + self.way
        # A rotator of several cycles has a register near its input.
        way = self.way if self._rotation < 2 else 0
        return max(way, c2v - self._rotation)

    @property
    def _rotation(self) -> int:
        if self.rotation is not None:
            return self.rotation
        return Rotator.latency_of(self.ring, open_stage=True)

    @cached_property
    def rotated(self) -> int:
        """Word leaves the rotator but for its last stage; the c2v word arrives with it."""
        return self.app_read + self._rotation

    @cached_property
    def c2v_address(self) -> int:
        """c2v address is presented."""
        return self.rotated - self.way - BlockMemory.latency_cycles - self.times.stored

    @cached_property
    def indexed(self) -> int:
        """The edge is ready for the search of its row and for the FIFO."""
        return self.rotated + self.times.front

    # --- back: FIFO is read, c2v formed, APP updated ---

    @property
    def fifo_address(self) -> int:
        """FIFO address is presented."""
        return 1

    @cached_property
    def back_data(self) -> int:
        """FIFO word arrives."""
        return self.fifo_address + BlockMemory.latency_cycles + self.way

    @cached_property
    def c2v_write(self) -> int:
        return self.back_data + self.times.message

    @cached_property
    def message_used(self) -> int:
        """New c2v value enters the addition."""
        return self.c2v_write + self.times.stored

    @cached_property
    def app_write(self) -> int:
        """New APP is written."""
        return self.message_used + self.times.sum

    @cached_property
    def layer_checked(self) -> int:
        """Parity and changes of the layer whose last back word this was are known."""
        return self.app_write + 1 + AnyOf.latency_of(self.ring) + 1

    @cached_property
    def slot_decided(self) -> int:
        """The slot's state after its last layer is visible to front words."""
        return self.layer_checked + 2

    # --- distances that the schedule keeps ---

    def front_to_back(self, degree: int) -> int:
        """Cycles from an edge's front word to its back word.

        The minimum search must have finished, and the FIFO word must have been written in an
        earlier cycle than it is read: that binds only rows of few edges.
        """
        written = self.indexed + 1 - self.fifo_address
        return max(self.last_front_to_minima + degree - 1, written)

    @cached_property
    def last_front_to_minima(self) -> int:
        """Cycles from a row's last front word to the first back word that sees its minima.

        It is also the first that no longer sees those of the row before.
        """
        return self.indexed + self.times.search - self.back_data

    @cached_property
    def back_to_front(self) -> int:
        """Least cycles from a column's back word to its next front word."""
        return self.app_write + 1 - self.address
