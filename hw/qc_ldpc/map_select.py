"""Which codebook entry an edge uses in an iteration, looked up beside the datapath."""

from amaranth.hdl import Array, Const, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hw.lib.delay import delayed
from hw.lib.memory import Rom
from hw.qc_ldpc.program import bits_for
from hw.qc_ldpc.schedule import passes
from quant.spec import Spec


class MapSelect(wiring.Component):
    """``map`` = ``spec.maps.index[iteration][edge]``.

    Three cases, from nothing to a table in block RAM: one entry for all, an entry per iteration,
    an entry per iteration and edge.

    Attributes
    ----------
    latency_cycles : 3, from ``iteration``, ``edge`` to ``map``
    """

    latency_cycles = 1 + Rom.latency_cycles

    def __init__(self, spec: Spec):
        self.spec = spec
        super().__init__(
            {
                "iteration": In(bits_for(passes(spec, spec.iterations))),
                "edge": In(bits_for(spec.n_block_edges)),
                "map": Out(bits_for(len(spec.maps.codebook))),
            }
        )

    def elaborate(self, platform):
        m = Module()
        index, width = self.spec.maps.index, len(self.map)
        # What a last pass beyond the iterations answers is not used.
        index += index[-1:] * (passes(self.spec, len(index)) - len(index))
        if len({entry for row in index for entry in row}) == 1:
            m.d.comb += self.map.eq(index[0][0])
        elif all(len(set(row)) == 1 for row in index):
            chosen = Signal(width)
            table = Array(Const(row[0], width) for row in index)
            m.d.sync += chosen.eq(table[self.iteration])
            m.d.comb += self.map.eq(delayed(m, chosen, self.latency_cycles - 1, "map"))
        else:
            m.submodules.table = table = Rom(width, [entry for row in index for entry in row])
            base = Array(range(0, len(index) * len(index[0]), len(index[0])))
            address = Signal(table.address_bits)
            m.d.sync += address.eq(base[self.iteration] + self.edge)
            m.d.comb += [table.addr.eq(address), self.map.eq(table.data)]
        return m
