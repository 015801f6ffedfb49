"""Where each thing happens in the datapath, in cycles after its program word.

The schedule keeps these distances and the datapath is built from the same numbers.
"""

from dataclasses import dataclass
from functools import cached_property
from types import ModuleType

from amaranth.hdl import Const, Shape, Value, signed
from amaranth.lib import data

from hw.lib.arithmetic import signed_bits
from hw.lib.memory import BlockMemory
from hw.lib.minsearch import MinSearch
from hw.lib.reduce import AnyOf
from hw.lib.rotator import Rotator
from hw.lib.shift_plan import ShiftPlan
from hw.qc_ldpc import relax
from hw.qc_ldpc.grid import Grid
from quant.spec import Spec


@dataclass(frozen=True)
class Pipeline:
    """Stage numbers and word widths of one decoder.

    Front stages count from the cycle in which an edge's front word leaves the program memory;
    back stages from the cycle of its back word.

    Parameters
    ----------
    frames : in lock-step, each with as many lanes as the others
    way : registers behind the memories' own, where words go far
    """

    spec: Spec
    frames: int = 1
    way: int = 0

    @property
    def ring(self) -> int:
        """Lanes of a frame: those that the rotator turns, and that a row's check is about."""
        return self.spec.code.lifting_size // self.frames

    @cached_property
    def grid(self) -> Grid:
        """What the lanes' words stand for."""
        return Grid(self.spec)

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
        c2v = relax.rounding_cycles(self.spec) + self.way
        # A rotator of several cycles has a register near its input.
        way = self.way if self._rotation < 2 else 0
        return max(way, c2v - self._rotation)

    @property
    def _rotation(self) -> int:
        return Rotator.latency_of(self.ring, open_stage=True)

    @cached_property
    def rotated(self) -> int:
        """Word leaves the rotator but for its last stage; the c2v word arrives with it."""
        return self.app_read + self._rotation

    @cached_property
    def c2v_address(self) -> int:
        """c2v address is presented."""
        rounding = relax.rounding_cycles(self.spec)
        return self.rotated - self.way - BlockMemory.latency_cycles - rounding

    @cached_property
    def indexed(self) -> int:
        """v2c value and magnitude index are ready; they enter the minimum search and the FIFO."""
        return self.rotated + 3

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
        return self.back_data + 3 + relax.update_cycles(self.spec)

    @cached_property
    def message_used(self) -> int:
        """New c2v value enters the addition."""
        return self.c2v_write + relax.rounding_cycles(self.spec)

    @cached_property
    def app_write(self) -> int:
        """New APP is written: behind the addition and, where a sum may be too large, saturation."""
        return self.message_used + 1 + (0 if self.spec.adds_exactly else 1)

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
        return self.indexed + MinSearch.latency_cycles - self.back_data

    @cached_property
    def back_to_front(self) -> int:
        """Least cycles from a column's back word to its next front word."""
        return self.app_write + 1 - self.address

    # --- widths ---

    def rotator(self, plan: ShiftPlan, late_reach: int) -> Rotator:
        """A new shift network for APP words, and for channel words that turn below ``late_reach``.

        Its last stage is part of the subtraction, its first one that of the memory unless channel
        words join there.
        """
        return Rotator(
            plan,
            Shape.cast(self.app_word().elem_shape).width,
            late_reach=late_reach,
            rings=self.frames,
            first_done=self.first_done(plan, late_reach),
        )

    @staticmethod
    def first_done(plan: ShiftPlan, late_reach: int) -> bool:
        """Whether the memory of APP words does the rotator's first stage."""
        return plan.late_stage(late_reach) > 1

    def code(self):
        """Magnitude code of the messages."""
        return self.grid.code()

    def app_word(self) -> data.ArrayLayout:
        """Lanes of the APP memory; with flooding each has two sums.

        new : channel value and messages, of this iteration where they are there already
        old : the same after the iteration before
        """
        app = signed(self.grid.app_bits)
        lane = data.StructLayout({"new": app, "old": app}) if self.spec.flooding else app
        return data.ArrayLayout(lane, self.spec.code.lifting_size)

    @cached_property
    def c2v_bits(self) -> int:
        """Width of a check-to-variable message as the lanes add and subtract it.

        It is magnitude and sign (:meth:`addend`); with relaxation, where it comes out of an adder,
        two's complement.
        """
        return signed_bits(self.grid.level_max)

    def signs_apart(self, target: ModuleType) -> bool:
        """Whether messages stay magnitude and sign, and the target's adders invert them."""
        return target.flips_terms and self.spec.relaxation is None

    def addend(self, message: Value, target: ModuleType) -> tuple[Value, Value, Value]:
        """A message as its adder takes it: a term, whether to invert that, and a bit to be added.

        Without relaxation a message is magnitude and sign, either apart, for a target whose adders
        invert for nothing, or as a ones' complement word. Inverted, a term is one less than its
        negative.
        """
        if self.spec.relaxation:
            return message, Const(0, 1), Const(0, 1)
        if self.signs_apart(target):
            return message[:-1].as_unsigned(), message[-1], message[-1]
        return message, Const(0, 1), message[-1]

    @cached_property
    def state_bits(self) -> int:
        """Two's complement width of a stored message: c2v, with relaxation its fraction too."""
        return relax.state_bits(self.spec) if self.spec.relaxation else self.c2v_bits

    @cached_property
    def v2c_bits(self) -> int:
        """Two's complement width of the unsaturated APP - c2v, itself a sum of messages."""
        if self.spec.adds_exactly:
            return self.grid.app_bits
        return signed_bits(self.spec.app_max + self.spec.level_max)
