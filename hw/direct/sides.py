"""One half iteration each: all variable nodes, or all check nodes, with their wires."""

from amaranth.hdl import Module, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from hw.direct import relax
from hw.direct.check_node import CheckNode
from hw.direct.graph import Graph
from hw.direct.messages import Values, channel_values, message_values, stored_bits
from hw.direct.variable_node import VariableNode
from hw.lib.delay import delayed
from hw.lib.magnitude import magnitude_code
from quant.spec import Spec


def told_layout(spec: Spec, graph: Graph) -> data.StructLayout:
    """What all variables tell their checks: magnitude index and sign of every edge."""
    width, edges = magnitude_code(spec.thresholds).width, len(graph.edges)
    return data.StructLayout({"x": data.ArrayLayout(width, edges), "negative": edges})


def stored_layout(spec: Spec, values: list[Values]) -> data.StructLayout:
    """The stored message of every edge, ``e0`` .."""
    return data.StructLayout(
        {f"e{i}": signed(stored_bits(spec, value)) for i, value in enumerate(values)}
    )


class VariableSide(wiring.Component):
    """All variable nodes. ``before``: the iterations after which its messages come; ``zero`` as in
    :func:`message_values`.

    Members
    -------
    channel : ``v0`` .. channel words, ``channel_layout``
    stored : messages of the iteration before
    told : to the checks
    left : with relaxation, what is left of the stored messages
    decisions : hard decision of every variable

    Attributes
    ----------
    latency_cycles : 1 with ``cut``, else 0
    channel_layout : shapes of the channel words
    biases : per variable what its channel word carries (:class:`VariableNode`)
    """

    def __init__(self, spec: Spec, graph: Graph, before: range, zero: bool, cut: bool = False):
        self.spec, self.graph, self.cut, self.latency_cycles = spec, graph, cut, int(cut)
        values = message_values(spec, graph, before, zero)
        fraction = spec.relaxation.frac_bits if spec.relaxation else 0
        code = magnitude_code(spec.thresholds)
        self.nodes = [
            VariableNode(
                channel_values(spec, graph, v), [values[e] for e in members], fraction, code, cut
            )
            if members
            else None  # known zero: nothing to decide
            for v, members in enumerate(graph.of_variable)
        ]
        self.biases = [node.bias if node else None for node in self.nodes]
        self.channel_layout = data.StructLayout(
            {f"v{v}": signed(node.word_bits) for v, node in enumerate(self.nodes) if node}
        )
        stored = stored_layout(spec, values)
        super().__init__(
            {
                "channel": In(self.channel_layout),
                "stored": In(stored),
                "told": Out(told_layout(spec, graph)),
                **({"left": Out(stored)} if spec.relaxation else {}),
                "decisions": Out(len(self.nodes)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        for v, node in enumerate(self.nodes):
            if node is None:
                continue
            m.submodules[f"variable{v}"] = node
            m.d.comb += [
                node.channel.eq(self.channel[f"v{v}"]),
                self.decisions[v].eq(node.decision),
            ]
            for i, edge in enumerate(self.graph.of_variable[v]):
                m.d.comb += [
                    node.messages[f"m{i}"].eq(self.stored[f"e{edge}"]),
                    self.told.x[edge].eq(node.x[i]),
                    self.told.negative[edge].eq(node.negative[i]),
                ]
        if self.spec.relaxation:
            for edge in range(len(self.graph.edges)):
                left = relax.decayed(self.stored[f"e{edge}"], self.spec.relaxation)
                m.d.comb += self.left[f"e{edge}"].eq(
                    delayed(m, left, self.latency_cycles, f"left{edge}")
                )
        return m


class CheckSide(wiring.Component):
    """All check nodes with the maps of ``iterations``, a class for each set of maps that differs.

    Members
    -------
    told : from the variables
    left : with relaxation, what is left of the stored messages
    classes : one-hot class of the frame's iteration; absent where there is one class
    stored : new messages

    Attributes
    ----------
    latency_cycles : ``cuts``
    class_of : per iteration of ``iterations`` its class
    """

    def __init__(self, spec: Spec, graph: Graph, iterations: range, zero: bool, cuts: int = 0):
        self.spec, self.graph, self.latency_cycles = spec, graph, cuts
        values = message_values(spec, graph, iterations, zero)
        rows = [spec.maps.index[t] for t in iterations]
        kinds = list(dict.fromkeys(rows))
        self.class_of = [kinds.index(row) for row in rows]
        code, book = magnitude_code(spec.thresholds), spec.maps.codebook
        self.nodes = [
            CheckNode(
                code,
                [[book[row[graph.edges[e].block_edge]] for row in kinds] for e in members],
                [stored_bits(spec, values[e]) for e in members],
                spec.relaxation,
                cuts,
            )
            for members in graph.of_check
        ]
        stored = stored_layout(spec, values)
        super().__init__(
            {
                "told": In(told_layout(spec, graph)),
                **({"left": In(stored)} if spec.relaxation else {}),
                **({"classes": In(len(kinds))} if len(kinds) > 1 else {}),
                "stored": Out(stored),
            }
        )

    def elaborate(self, platform):
        m = Module()
        for c, node in enumerate(self.nodes):
            m.submodules[f"check{c}"] = node
            if hasattr(self, "classes"):
                m.d.comb += node.classes.eq(self.classes)
            for i, edge in enumerate(self.graph.of_check[c]):
                m.d.comb += [
                    node.x[i].eq(self.told.x[edge]),
                    node.negative[i].eq(self.told.negative[edge]),
                    self.stored[f"e{edge}"].eq(node.messages[f"m{i}"]),
                ]
                if self.spec.relaxation:
                    m.d.comb += node.left[f"m{i}"].eq(self.left[f"e{edge}"])
        return m
