"""Lanes of the back half: new c2v from the row's minima, new APP, what the layer check needs."""

from functools import partial

from amaranth.hdl import Cat, Module, Signal, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from hw.lib.arithmetic import (
    bits_for,
    inverted_where,
    ones_complement,
    saturate,
    signed_bits,
)
from hw.lib.delay import delayed
from hw.min_sum.front import negative_of
from hw.min_sum.levels import level_table
from hw.min_sum.relax import RelaxLanes, RoundLanes


class BackLanes(wiring.Component):
    """One block edge a cycle, in the order in which it went through the front.

    Parameters
    ----------
    arithmetic : of :class:`hw.min_sum.arithmetic.MinSum`

    Members
    -------
    i : the edge's FIFO word
    row : what its row's search has found
    map : codebook entry of this iteration and edge
    stored : message to store, ``times.message`` cycles behind ``i``
    app : ``times.stored`` + ``times.sum`` cycles behind that, saturated unless the spec adds
        exactly
    bits, changed : with ``app``: its hard decisions, and which of them are new. With flooding they
        are those of the old sum, and never new during an iteration
    """

    def __init__(self, arithmetic):
        self.arithmetic, lanes = arithmetic, arithmetic.lanes
        super().__init__(
            {
                "i": In(data.ArrayLayout(arithmetic.edge_lane, lanes)),
                "row": In(arithmetic.row),
                "map": In(bits_for(len(arithmetic.spec.maps.codebook))),
                "stored": Out(arithmetic.stored_word),
                "app": Out(arithmetic.app_word),
                "bits": Out(lanes),
                "changed": Out(lanes),
            }
        )

    def elaborate(self, platform):
        m = Module()
        arithmetic, spec, times = self.arithmetic, self.arithmetic.spec, self.arithmetic.times
        lanes, code, target = arithmetic.lanes, arithmetic.code(), arithmetic.target
        sum_shape = signed(
            arithmetic.app_bits
            if spec.adds_exactly
            else signed_bits(spec.app_max + 2 * spec.level_max)
        )
        # Cycle 1: whose minimum, which sign. Cycle 2: the level's magnitude. Cycle 3: the message.
        # A bit of the level that leaves an input of its look-up table free has its sign in cycle 2,
        # unless signs are left to the adders.
        picked = Signal(data.ArrayLayout(code.width, lanes), reset_less=True)
        tied = Signal(lanes, reset_less=True)
        if arithmetic.counts:
            thrice = Signal(lanes, reset_less=True)
            m.d.sync += thrice.eq(self.row.thrice)
        negative = Signal(lanes, reset_less=True)
        levels = level_table(spec)
        asked = levels.select(m, self.map)
        apart = arithmetic.signs_apart
        with_sign = (bit for bit in range(levels.width) if levels.inputs(bit) < 4 and not apart)
        early = sum(1 << bit for bit in with_sign)
        magnitude = Signal(data.ArrayLayout(levels.width, lanes), reset_less=True)
        sign = Signal(lanes, reset_less=True)
        message = Signal(data.ArrayLayout(signed(arithmetic.c2v_bits), lanes), reset_less=True)
        value = Signal(data.ArrayLayout(signed(arithmetic.v2c_bits), lanes), reset_less=True)
        old = data.ArrayLayout(signed(spec.app_bits), lanes)
        before = Signal(old if spec.flooding else lanes, reset_less=True)
        for lane in range(lanes):
            edge = self.i[lane]
            extrinsic, tie = code.told(
                edge.index, self.row.m1[lane], self.row.second[lane], partial(target.look_up, m)
            )
            address = [picked[lane]]
            if spec.tie_levels:
                m.d.sync += tied[lane].eq(tie)
                address.append(tied[lane])
            if arithmetic.counts:
                address.append(thrice[lane])
            level = levels.word(asked, Cat(*address))
            if apart:
                signed_level = Cat(magnitude[lane], sign[lane]).as_signed()
            else:
                signed_level = ones_complement(magnitude[lane], sign[lane], early)
            if spec.relaxation:
                signed_level = signed_level + sign[lane]
            m.d.sync += [
                picked[lane].eq(extrinsic),
                negative[lane].eq(self.row.odd[lane] ^ negative_of(edge)),
                magnitude[lane].eq(inverted_where(level, negative[lane], early)),
                sign[lane].eq(negative[lane]),
                message[lane].eq(signed_level),
                value[lane].eq(edge.value),
                before[lane].eq(edge.old if spec.flooding else edge.bit),
            ]
        used = self._stored_and_used(m, message)

        value = delayed(m, value, times.message + times.stored - 1, "value")
        before = delayed(m, before, times.message + times.stored + times.sum - 1, "before")
        total = Signal(data.ArrayLayout(sum_shape, lanes), reset_less=True)
        updated = total
        if not spec.adds_exactly:
            updated = Signal(self.app.shape(), reset_less=True)
        if not spec.flooding:
            m.d.comb += self.app.eq(updated)
        for lane in range(lanes):
            added = target.add_flipped(
                m, value[lane], *arithmetic.addend(used[lane]), sum_shape
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
        spec, lanes = self.arithmetic.spec, self.arithmetic.lanes
        if spec.relaxation is None:
            m.d.comb += self.stored.eq(message)
            return message
        m.submodules.relax = relaxer = RelaxLanes(spec, lanes)
        m.submodules.round = rounder = RoundLanes(spec, lanes)
        state = Signal(relaxer.state.shape(), reset_less=True)
        for lane in range(lanes):
            m.d.sync += state[lane].eq(self.i[lane].state)
        m.d.comb += [
            relaxer.state.eq(delayed(m, state, 2, "state")),
            relaxer.level.eq(message),
            rounder.i.eq(relaxer.o),
            self.stored.eq(relaxer.o),
        ]
        return rounder.o
