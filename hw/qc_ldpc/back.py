"""Lanes of the back half: new c2v from the row's minima, new APP, what the layer check needs."""

from itertools import product

from amaranth.hdl import Cat, Module, Signal, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from hw.lib.arithmetic import saturate, signed_bits
from hw.lib.delay import delayed
from hw.lib.lookup import ChosenTable
from hw.qc_ldpc.front import v2c_layout
from hw.qc_ldpc.pipeline import Pipeline
from hw.qc_ldpc.program import bits_for
from hw.qc_ldpc.relax import RelaxLanes, RoundLanes


class BackLanes(wiring.Component):
    """One block edge a cycle, in the order in which it went through the front.

    Members
    -------
    i : the edge's FIFO word
    m1, m2, tie, odd : result of the row's minimum search
    map : codebook entry of this iteration and edge
    stored : message to store, at the pipeline's ``c2v_write``
    app : at the pipeline's ``app_write``, saturated
    bits, changed : with ``app``: its hard decisions, and which of them are new
    """

    def __init__(self, pipeline: Pipeline):
        self.pipeline, spec = pipeline, pipeline.spec
        lanes = spec.code.lifting_size
        row = data.ArrayLayout(pipeline.code().row_width, lanes)
        super().__init__(
            {
                "i": In(data.ArrayLayout(v2c_layout(pipeline), lanes)),
                "m1": In(row),
                "m2": In(row),
                "tie": In(lanes),
                "odd": In(lanes),
                "map": In(bits_for(len(spec.maps.codebook))),
                "stored": Out(data.ArrayLayout(signed(pipeline.state_bits), lanes)),
                "app": Out(data.ArrayLayout(signed(spec.app_bits), lanes)),
                "bits": Out(lanes),
                "changed": Out(lanes),
            }
        )

    def elaborate(self, platform):
        m = Module()
        spec, pipeline = self.pipeline.spec, self.pipeline
        lanes, code = spec.code.lifting_size, pipeline.code()
        shape = signed(pipeline.c2v_bits)
        sum_shape = signed(signed_bits(spec.app_max + 2 * spec.level_max))
        # Cycle 1: whose minimum, which sign. Cycle 2: the level.
        picked = Signal(data.ArrayLayout(code.width, lanes), reset_less=True)
        tied = Signal(lanes, reset_less=True)
        negative = Signal(lanes, reset_less=True)
        levels = self._levels(code, shape.width)
        asked = levels.select(m, self.map)
        level = Signal(data.ArrayLayout(shape, lanes), reset_less=True)
        value = Signal(data.ArrayLayout(signed(pipeline.v2c_bits), lanes), reset_less=True)
        before = Signal(lanes, reset_less=True)
        for lane in range(lanes):
            edge = self.i[lane]
            address = [picked[lane], negative[lane]]
            if spec.tie_levels:
                above = ~code.is_minimum(edge.index, self.m1[lane])
                m.d.sync += tied[lane].eq(self.tie[lane] & above)
                address.append(tied[lane])
            m.d.sync += [
                picked[lane].eq(code.extrinsic(edge.index, self.m1[lane], self.m2[lane])),
                negative[lane].eq(self.odd[lane] ^ (edge.value < 0)),
                level[lane].eq(levels.word(asked, Cat(*address))),
                value[lane].eq(edge.value),
                before[lane].eq(edge.bit),
            ]
        used = self._stored_and_used(m, level)

        added = pipeline.app_write - pipeline.back_data - 3
        value = delayed(m, value, added, "value")
        before = delayed(m, before, added + 2, "before")
        total = Signal(data.ArrayLayout(sum_shape, lanes), reset_less=True)
        updated = Signal(self.app.shape(), reset_less=True)
        m.d.comb += self.app.eq(updated)
        for lane in range(lanes):
            m.d.sync += [
                total[lane].eq(value[lane] + used[lane]),
                updated[lane].eq(saturate(total[lane], spec.app_bits)),
            ]
            m.d.comb += [
                self.bits[lane].eq(self.app[lane] < 0),
                self.changed[lane].eq(self.bits[lane] ^ before[lane]),
            ]
        return m

    def _stored_and_used(self, m: Module, level):
        """Drive ``stored`` from the new levels; return the c2v values to add to the APP."""
        spec = self.pipeline.spec
        if spec.relaxation is None:
            m.d.comb += self.stored.eq(level)
            return level
        m.submodules.relax = relaxer = RelaxLanes(spec)
        m.submodules.round = rounder = RoundLanes(spec)
        state = Signal(relaxer.state.shape(), reset_less=True)
        for lane in range(spec.code.lifting_size):
            m.d.sync += state[lane].eq(self.i[lane].state)
        m.d.comb += [
            relaxer.state.eq(delayed(m, state, 1, "state")),
            relaxer.level.eq(level),
            rounder.i.eq(relaxer.o),
            self.stored.eq(relaxer.o),
        ]
        return rounder.o

    def _levels(self, code, bits: int) -> ChosenTable:
        """Signed level by magnitude index, sign and, where the spec has them, tie."""
        spec = self.pipeline.spec
        tables = [
            [sign * level % (1 << bits) for level, sign in product(cells, (1, -1))]
            for cells in spec.maps.codebook
        ]
        ties = 2 if spec.tie_levels else 1
        places = product(range(ties), code.patterns, (0, 1))
        patterns = [p | sign << code.width | tie << code.width + 1 for tie, p, sign in places]
        return ChosenTable(tables, patterns, bits)
