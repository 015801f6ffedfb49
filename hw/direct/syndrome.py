"""Whether hard decisions break a check, in step with the check nodes."""

from amaranth.hdl import Cat, Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hw.direct.graph import Graph
from hw.lib.delay import delayed


class Syndrome(wiring.Component):
    """``broken`` = some check sees an odd number of ones.

    Parameters
    ----------
    cuts : registers; the first one is behind the checks' parities

    Attributes
    ----------
    latency_cycles : ``cuts``
    """

    def __init__(self, graph: Graph, cuts: int):
        self.graph, self.cuts, self.latency_cycles = graph, cuts, cuts
        super().__init__({"bits": In(len(graph.of_variable)), "broken": Out(1)})

    def elaborate(self, platform):
        m = Module()
        edges = self.graph.edges
        parities = Cat(
            *(
                Cat(*(self.bits[edges[e].variable] for e in members)).xor()
                for members in self.graph.of_check
            )
        )
        parities = delayed(m, parities, min(1, self.cuts), "parities")
        m.d.comb += self.broken.eq(delayed(m, parities.any(), self.cuts - 1, "broken"))
        return m
