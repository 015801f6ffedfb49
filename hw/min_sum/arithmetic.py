"""Min-sum on finite alphabets as the arithmetic of the block-serial engine: formats and parts.

:mod:`hw.layered` knows when a word is read and where it goes; everything that depends on what the
word means is asked of an object like this one.
"""

from functools import cached_property

from amaranth.hdl import Const, Value, signed
from amaranth.lib import data

from hw.layered.job import Job, Times
from hw.lib import target
from hw.lib.arithmetic import signed_bits
from hw.min_sum import relax
from hw.min_sum.back import BackLanes
from hw.min_sum.channel_word import ChannelWord
from hw.min_sum.front import FrontLanes
from hw.min_sum.grid import Grid
from hw.min_sum.row import RowSearch, row_layout
from quant.spec import Spec


class MinSum:
    """Formats and parts of a spec's arithmetic, for all lanes of a block row.

    Parameters
    ----------
    target : name of the target whose adders and tables the parts are made of
    lanes : where there are more than the spec's own, for another code

    Attributes
    ----------
    lanes : lifting size Z of the spec, or more; in lock-step they are of several frames
    channel : format of a lane of the channel memory
    """

    def __init__(self, spec: Spec, target_name: str = target.PORTABLE, lanes: int | None = None):
        self.spec, self.target = spec, target.named(target_name)
        self.lanes = lanes or spec.code.lifting_size
        self.channel = ChannelWord(spec)

    @cached_property
    def grid(self) -> Grid:
        """What the lanes' words stand for."""
        return Grid(self.spec)

    @cached_property
    def job(self) -> Job:
        """What the engine has to go through."""
        spec = self.spec
        return Job(
            name=spec.name,
            code=spec.code,
            layer_order=spec.layer_order,
            map_index=tuple(tuple(row) for one in spec.tries for row in one.maps.index),
            map_count=len(spec.maps.codebook),
            iterations=spec.most_iterations,
            early_stop=spec.early_stop,
            flooding=spec.flooding,
            times=self.times,
            restarts=spec.restarts,
            value_tables=self.channel.table_of_try,
        )

    @cached_property
    def times(self) -> Times:
        """Cycles of the parts."""
        return Times(
            stored=relax.rounding_cycles(self.spec),
            front=FrontLanes.latency_cycles,
            search=RowSearch.latency_cycles,
            message=3 + relax.update_cycles(self.spec),
            # Behind the addition and, where a sum may be too large, saturation.
            sum=1 + (not self.spec.adds_exactly),
        )

    # --- formats ---

    def code(self):
        """Magnitude code of the messages."""
        return self.grid.code()

    @property
    def counts(self) -> bool:
        """Whether rows count the edges of their smallest index up to three."""
        return self.spec.runs > 2

    @cached_property
    def row(self) -> data.StructLayout:
        """What is found of the lanes' rows."""
        return row_layout(self.code(), self.lanes, self.counts)

    @cached_property
    def app_lane(self):
        """A lane of the APP memory; with flooding it has two sums.

        new : channel value and messages, of this iteration where they are there already
        old : the same after the iteration before
        """
        app = signed(self.grid.app_bits)
        return data.StructLayout({"new": app, "old": app}) if self.spec.flooding else app

    @property
    def app_bits(self) -> int:
        """Width of an APP value."""
        return self.grid.app_bits

    @cached_property
    def app_word(self) -> data.ArrayLayout:
        """All lanes of the APP memory."""
        return data.ArrayLayout(self.app_lane, self.lanes)

    @cached_property
    def stored_word(self) -> data.ArrayLayout:
        """All lanes of the memory of messages."""
        return data.ArrayLayout(signed(self.state_bits), self.lanes)

    @cached_property
    def edge_lane(self) -> data.StructLayout:
        """A lane of the FIFO between the halves.

        value : APP - c2v, signed, not saturated
        index : magnitude index of ``value`` in the messages' code
        bit : hard decision of the APP before the update
        state : stored message before the update, only with relaxation

        With flooding ``value`` is the new sum without the old message, and instead of ``bit`` there
        are

        old : sum of the iteration before
        told : sign of ``old`` - c2v, of which ``index`` is too
        """
        fields = {"value": signed(self.v2c_bits), "index": self.code().width}
        if self.spec.flooding:
            fields |= {"old": signed(self.spec.app_bits), "told": 1}
        else:
            fields["bit"] = 1
        if self.spec.relaxation:
            fields["state"] = signed(self.state_bits)
        return data.StructLayout(fields)

    @cached_property
    def c2v_bits(self) -> int:
        """Width of a check-to-variable message as the lanes add and subtract it.

        It is magnitude and sign (:meth:`addend`); with relaxation, where it comes out of an adder,
        two's complement.
        """
        return signed_bits(self.grid.level_max)

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

    def fresh_app(self, stored: Value, present: Value) -> Value:
        """APP value that a lane of the channel memory stands for, signed, combinational.

        0 where neither it nor ``present`` is set. With flooding it is the new sum.
        """
        return self.grid.channel(stored, present)

    def decided(self, lane: Value) -> Value:
        """Of a lane of the APP memory the word whose sign is the decision."""
        return Value.cast(lane.old if self.spec.flooding else lane)

    @property
    def soft_odd(self) -> bool:
        """Whether all APP values are odd."""
        return self.grid.halved

    def soft(self, decided: Value) -> Value:
        """A word as the spec's APP value."""
        return self.grid.value(decided)

    # --- messages as the adders take them ---

    @property
    def signs_apart(self) -> bool:
        """Whether messages stay magnitude and sign, and the target's adders invert them."""
        return self.target.flips_terms and self.spec.relaxation is None

    def addend(self, message: Value) -> tuple[Value, Value, Value]:
        """A message as its adder takes it: a term, whether to invert that, and a bit to be added.

        Without relaxation a message is magnitude and sign, either apart, for a target whose adders
        invert for nothing, or as a ones' complement word. Inverted, a term is one less than its
        negative.
        """
        if self.spec.relaxation:
            return message, Const(0, 1), Const(0, 1)
        if self.signs_apart:
            return message[:-1].as_unsigned(), message[-1], message[-1]
        return message, Const(0, 1), message[-1]

    # --- parts ---

    def front(self, ring: int) -> FrontLanes:
        """:class:`hw.min_sum.front.FrontLanes` for words that turn in rings of so many lanes."""
        return FrontLanes(self, ring)

    def search(self, register: bool = False) -> RowSearch:
        """:class:`hw.min_sum.row.RowSearch`."""
        return RowSearch(self, register)

    def back(self) -> BackLanes:
        """:class:`hw.min_sum.back.BackLanes`."""
        return BackLanes(self)
