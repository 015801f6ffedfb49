"""Lanes of the back half: new c2v from the row's minima, new APP, what the layer check needs."""

from functools import partial
from types import ModuleType

from amaranth.hdl import Cat, Module, Signal, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from hw.lib.arithmetic import (
    inverted_where,
    ones_complement,
    saturate,
    signed_bits,
)
from hw.lib.delay import delayed
from hw.qc_ldpc.front import negative_of, v2c_layout
from hw.qc_ldpc.levels import level_table
from hw.qc_ldpc.pipeline import Pipeline
from hw.qc_ldpc.program import bits_for
from hw.qc_ldpc.relax import RelaxLanes, RoundLanes


class BackLanes(wiring.Component):
    """One block edge a cycle, in the order in which it went through the front.

    Members
    -------
    i : the edge's FIFO word
    m1, second, odd : result of the row's minimum search
    map : codebook entry of this iteration and edge
    stored : message to store, at the pipeline's ``c2v_write``
    app : at the pipeline's ``app_write``, saturated unless the spec adds exactly
    bits, changed : with ``app``: its hard decisions, and which of them are new. With flooding they
        are those of the old sum, and never new during an iteration
    """

    def __init__(self, pipeline: Pipeline, target: ModuleType):
        self.pipeline, self.target, spec = pipeline, target, pipeline.spec
        lanes = spec.code.lifting_size
        row = data.ArrayLayout(pipeline.code().width, lanes)
        super().__init__(
            {
                "i": In(data.ArrayLayout(v2c_layout(pipeline), lanes)),
                "m1": In(row),
                "second": In(row),
                "odd": In(lanes),
                "map": In(bits_for(len(spec.maps.codebook))),
                "stored": Out(data.ArrayLayout(signed(pipeline.state_bits), lanes)),
                "app": Out(pipeline.app_word()),
                "bits": Out(lanes),
                "changed": Out(lanes),
            }
        )

    def elaborate(self, platform):
        m = Module()
        spec, pipeline = self.pipeline.spec, self.pipeline
        lanes, code = spec.code.lifting_size, pipeline.code()
        sum_shape = signed(
            pipeline.grid.app_bits
            if spec.adds_exactly
            else signed_bits(spec.app_max + 2 * spec.level_max)
        )
        # Cycle 1: whose minimum, which sign. Cycle 2: the level's magnitude. Cycle 3: the message.
        # A bit of the level that leaves an input of its look-up table free has its sign in cycle 2,
        # unless signs are left to the adders.
        picked = Signal(data.ArrayLayout(code.width, lanes), reset_less=True)
        tied = Signal(lanes, reset_less=True)
        negative = Signal(lanes, reset_less=True)
        levels = level_table(spec)
        asked = levels.select(m, self.map)
        apart = pipeline.signs_apart(self.target)
        with_sign = (bit for bit in range(levels.width) if levels.inputs(bit) < 4 and not apart)
        early = sum(1 << bit for bit in with_sign)
        magnitude = Signal(data.ArrayLayout(levels.width, lanes), reset_less=True)
        sign = Signal(lanes, reset_less=True)
        message = Signal(data.ArrayLayout(signed(pipeline.c2v_bits), lanes), reset_less=True)
        value = Signal(data.ArrayLayout(signed(pipeline.v2c_bits), lanes), reset_less=True)
        old = data.ArrayLayout(signed(spec.app_bits), lanes)
        before = Signal(old if spec.flooding else lanes, reset_less=True)
        for lane in range(lanes):
            edge = self.i[lane]
            extrinsic, tie = code.told(
                edge.index, self.m1[lane], self.second[lane], partial(self.target.look_up, m)
            )
            address = [picked[lane]]
            if spec.tie_levels:
                m.d.sync += tied[lane].eq(tie)
                address.append(tied[lane])
            level = levels.word(asked, Cat(*address))
            if apart:
                signed_level = Cat(magnitude[lane], sign[lane]).as_signed()
            else:
                signed_level = ones_complement(magnitude[lane], sign[lane], early)
            if spec.relaxation:
                signed_level = signed_level + sign[lane]
            m.d.sync += [
                picked[lane].eq(extrinsic),
                negative[lane].eq(self.odd[lane] ^ negative_of(edge)),
                magnitude[lane].eq(inverted_where(level, negative[lane], early)),
                sign[lane].eq(negative[lane]),
                message[lane].eq(signed_level),
                value[lane].eq(edge.value),
                before[lane].eq(edge.old if spec.flooding else edge.bit),
            ]
        used = self._stored_and_used(m, message)

        value = delayed(m, value, pipeline.message_used - pipeline.back_data - 1, "value")
        before = delayed(m, before, pipeline.app_write - pipeline.back_data - 1, "before")
        total = Signal(data.ArrayLayout(sum_shape, lanes), reset_less=True)
        updated = total
        if not spec.adds_exactly:
            updated = Signal(self.app.shape(), reset_less=True)
        if not spec.flooding:
            m.d.comb += self.app.eq(updated)
        for lane in range(lanes):
            added = self.target.add_flipped(
                m, value[lane], *pipeline.addend(used[lane], self.target), sum_shape
            )
            m.d.sync += total[lane].eq(added)
            if not spec.adds_exactly:
                m.d.sync += updated[lane].eq(saturate(total[lane], spec.app_bits))
            if spec.flooding:
                m.d.comb += [
                    self.app[lane].new.eq(updated[lane]),
                    self.app[lane].old.eq(before[lane]),
                    self.bits[lane].eq(before[lane] < 0),
                    self.changed[lane].eq(0),
                ]
            else:
                m.d.comb += [
                    self.bits[lane].eq(self.app[lane] < 0),
                    self.changed[lane].eq(self.bits[lane] ^ before[lane]),
                ]
        return m

    def _stored_and_used(self, m: Module, message):
        """Drive ``stored`` from the new messages; return the c2v values to add to the APP."""
        spec = self.pipeline.spec
        if spec.relaxation is None:
            m.d.comb += self.stored.eq(message)
            return message
        m.submodules.relax = relaxer = RelaxLanes(spec)
        m.submodules.round = rounder = RoundLanes(spec)
        state = Signal(relaxer.state.shape(), reset_less=True)
        for lane in range(spec.code.lifting_size):
            m.d.sync += state[lane].eq(self.i[lane].state)
        m.d.comb += [
            relaxer.state.eq(delayed(m, state, 2, "state")),
            relaxer.level.eq(message),
            rounder.i.eq(relaxer.o),
            self.stored.eq(relaxer.o),
        ]
        return rounder.o
