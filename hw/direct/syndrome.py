"""Whether hard decisions break a check, in step with the check nodes."""

from amaranth.hdl import Cat, Elaboratable, Module, Signal

from hw.direct.graph import Graph
from hw.lib.delay import delayed


class Syndrome(Elaboratable):
    """``broken`` = some check sees an odd number of ones in ``bits``, a signal a variable.

    Parameters
    ----------
    cuts : registers; the first one is behind the checks' parities

    Attributes
    ----------
    latency_cycles : ``cuts``
    """

    def __init__(self, graph: Graph, bits: list[Signal], cuts: int):
        self.graph, self.bits, self.cuts, self.latency_cycles = graph, bits, cuts, cuts
        self.broken = Signal()

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
