"""One half iteration each: all variable nodes, or all check nodes, with their wires."""

from amaranth.hdl import Elaboratable, Module, Signal, signed

from hw.direct import relax
from hw.direct.check_node import CheckNode
from hw.direct.graph import Graph
from hw.direct.messages import (
    channel_values,
    fraction_bits,
    index_code,
    message_values,
)
from hw.direct.variable_node import VariableNode
from hw.direct.wires import Told, stored_wires
from hw.lib.delay import delayed
from hw.lib.once import put
from quant.spec import Spec


class VariableNodeArray(Elaboratable):
    """All variable nodes.

    Parameters
    ----------
    before : the iterations after which its messages come; ``zero`` as in :func:`message_values`
    cut : a register inside the nodes
    decides, tells, soft : as in :class:`VariableNode`

    Attributes
    ----------
    channel : in, per variable its channel word; None for a variable without checks
    stored : in, messages of the iteration before
    told : out, to the checks
    left : out, with relaxation what is left of the stored messages
    decisions : out, hard decision of every variable
    lanes : out, what leaves with a frame: the decisions, or with ``soft`` the sums
    biases : per variable what its channel word carries (:class:`VariableNode`)
    latency_cycles : 1 with ``cut``, else 0
    """

    def __init__(
        self,
        spec: Spec,
        graph: Graph,
        before: range,
        zero: bool,
        cut: bool = False,
        decides: bool = True,
        tells: bool = True,
        soft: bool = False,
    ):
        self.spec, self.graph, self.latency_cycles = spec, graph, int(cut)
        values = message_values(spec, graph, before, zero)
        fraction, (code, _) = fraction_bits(spec), index_code(spec)
        self.nodes = [
            VariableNode(
                channel_values(spec, graph, v),
                [values[e] for e in members],
                fraction,
                code,
                cut,
                decides,
                tells,
                soft and decides,
            )
            if members
            else None  # known zero: nothing to decide
            for v, members in enumerate(graph.of_variable)
        ]
        self.biases = [node.bias if node else None for node in self.nodes]
        self.channel = [
            Signal(signed(node.word_bits), name=f"channel{v}") if node else None
            for v, node in enumerate(self.nodes)
        ]
        self.stored = stored_wires(spec, values, "stored")
        sums = [
            sum(values[e].largest for e in members) + channel_values(spec, graph, v).largest
            for v, members in enumerate(graph.of_variable)
        ]
        others = [
            sums[edge.variable] - value.largest
            for edge, value in zip(graph.edges, values, strict=True)
        ]
        self.told = Told.new(spec, others, "told")
        self.left = stored_wires(spec, values, "left") if spec.relaxation else []
        self.decisions = [Signal(name=f"decision{v}") for v in range(len(self.nodes))]
        self.lanes = self.decisions
        if soft:
            shape = signed(spec.app_bits)
            self.lanes = [Signal(shape, name=f"soft{v}") for v in range(len(self.nodes))]

    def elaborate(self, platform):
        m = Module()
        for v, node in enumerate(self.nodes):
            if node is None:
                if self.lanes is not self.decisions:
                    m.d.comb += self.lanes[v].eq(channel_values(self.spec, self.graph, v).largest)
                continue
            if node.soft:
                m.d.comb += self.lanes[v].eq(node.sum)
            put(m, f"variable{v}", node)
            m.d.comb += [node.channel.eq(self.channel[v]), self.decisions[v].eq(node.decision)]
            for i, edge in enumerate(self.graph.of_variable[v]):
                m.d.comb += [
                    node.messages[f"m{i}"].eq(self.stored[edge]),
                    self.told.x[edge].eq(node.x[i]),
                    self.told.negative[edge].eq(node.negative[i]),
                ]
        for edge, left in enumerate(self.left):
            value = relax.decayed(self.stored[edge], self.spec.relaxation)
            m.d.comb += left.eq(delayed(m, value, self.latency_cycles, f"decayed{edge}"))
        return m


class CheckSide(Elaboratable):
    """All check nodes with the maps of ``iterations``, a class for each set of maps that differs.

    Parameters
    ----------
    zero : as in :func:`message_values`
    cuts : registers inside the nodes

    Attributes
    ----------
    told : in, from the variables
    left : in, with relaxation what is left of the stored messages
    classes : in, one-hot class of the frame's iteration; None where there is one class
    stored : out, new messages
    class_of : per iteration of ``iterations`` its class
    latency_cycles : ``cuts``
    """

    def __init__(self, spec: Spec, graph: Graph, iterations: range, zero: bool, cuts: int = 0):
        self.spec, self.graph, self.latency_cycles = spec, graph, cuts
        values = message_values(spec, graph, iterations, zero)
        rows = [spec.maps.index[t] for t in iterations]
        kinds = list(dict.fromkeys(rows))
        self.class_of = [kinds.index(row) for row in rows]
        code, cells = index_code(spec)
        book = [tuple(levels[cell] for cell in cells) for levels in spec.maps.codebook]
        self.nodes = [
            CheckNode(
                code,
                [[book[row[graph.edges[e].block_edge]] for row in kinds] for e in members],
                [values[e] for e in members],
                spec.relaxation,
                cuts,
            )
            for members in graph.of_check
        ]
        self.told = Told.new(spec, [None] * len(graph.edges), "told")
        self.left = stored_wires(spec, values, "left") if spec.relaxation else []
        self.classes = Signal(len(kinds), name="classes") if len(kinds) > 1 else None
        self.stored = stored_wires(spec, values, "stored")

    def elaborate(self, platform):
        m = Module()
        for c, node in enumerate(self.nodes):
            put(m, f"check{c}", node)
            if self.classes is not None:
                m.d.comb += node.classes.eq(self.classes)
            for i, edge in enumerate(self.graph.of_check[c]):
                m.d.comb += [
                    node.x[i].eq(self.told.x[edge]),
                    node.negative[i].eq(self.told.negative[edge]),
                    self.stored[edge].eq(node.messages[f"m{i}"]),
                ]
                if self.left:
                    m.d.comb += node.left[f"m{i}"].eq(self.left[edge])
        return m


def connect(m: Module, outputs: list, inputs: list) -> None:
    """Drive each of ``inputs`` by its neighbour; None has none."""
    m.d.comb += [
        to.eq(wire) for wire, to in zip(outputs, inputs, strict=True) if to is not None
    ]


def connect_told(m: Module, told: Told, checks: CheckSide) -> None:
    """Drive what the checks are told."""
    connect(m, told.x, checks.told.x)
    connect(m, told.negative, checks.told.negative)
