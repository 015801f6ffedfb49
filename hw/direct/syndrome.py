"""Whether hard decisions break a check, or how many, in step with the check nodes."""

from amaranth.hdl import Cat, Elaboratable, Module, Signal

from hw.direct.graph import Graph
from hw.lib.delay import delayed
from hw.lib.reduce import CountOf


class Syndrome(Elaboratable):
    """``broken`` = some check sees an odd number of ones in ``bits``, a signal a variable.

    Parameters
    ----------
    cuts : registers; the first one is behind the checks' parities
    counted : cycles behind the bits in which ``odd``, the number of such checks, is wanted; None
        for none

    Attributes
    ----------
    latency_cycles : ``cuts``
    """

    def __init__(self, graph: Graph, bits: list[Signal], cuts: int, counted: int | None = None):
        self.graph, self.bits, self.cuts, self.latency_cycles = graph, bits, cuts, cuts
        self.counted = counted
        self.broken = Signal()
        if counted is not None:
            self.odd = Signal(range(len(graph.of_check) + 1))

    @staticmethod
    def count_is_late(graph: Graph, cuts: int, counted: int) -> int:
        """Cycles by which ``odd`` comes later than wanted."""
        return max(0, min(1, cuts) + CountOf.latency_of(len(graph.of_check)) - counted)

    def elaborate(self, platform):
        m = Module()
        edges = self.graph.edges
        parities = Cat(
            *(
                Cat(*(self.bits[edges[e].variable] for e in members)).xor()
                for members in self.graph.of_check
            )
        )
        first = min(1, self.cuts)
        parities = delayed(m, parities, first, "parities")
        m.d.comb += self.broken.eq(delayed(m, parities.any(), self.cuts - 1, "broken"))
        if self.counted is not None:
            m.submodules.count = count = CountOf(len(parities))
            spare = max(0, self.counted - first - count.latency_cycles)
            m.d.comb += [count.i.eq(parities), self.odd.eq(delayed(m, count.o, spare, "odd"))]
        return m
