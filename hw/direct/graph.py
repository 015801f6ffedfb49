"""The Tanner graph of a spec as wires: which node has which edges, and where a bit comes from."""

from dataclasses import dataclass

from model.errors import InputError
from quant.spec import Spec

MAX_DEGREE = 64


@dataclass(frozen=True)
class Edge:
    """One wire pair between a check and a variable; ``block_edge`` chooses its maps in the spec."""

    check: int
    variable: int
    block_edge: int


class Graph:
    """Edges by check, variable and number.

    Attributes
    ----------
    edges : all edges, by check and then by block edge
    of_check, of_variable : edge numbers of every node
    source : per variable its place in the input frame, or None where it is not transmitted
    known : per variable that is not transmitted its channel value in APP LSB, else 0

    Raises
    ------
    InputError : a node's degree is above ``MAX_DEGREE``
    """

    def __init__(self, spec: Spec):
        code, z = spec.code, spec.code.lifting_size
        edges, first = [], 0
        for r, row in enumerate(code.rows):
            edges += [
                Edge(r * z + i, column * z + (i + shift) % z, first + e)
                for i in range(z)
                for e, (column, shift) in enumerate(row)
            ]
            first += len(row)
        self.edges = tuple(edges)
        self.of_check: list[list[int]] = [[] for _ in range(len(code.rows) * z)]
        self.of_variable: list[list[int]] = [[] for _ in range(spec.n_variables)]
        for number, edge in enumerate(edges):
            self.of_check[edge.check].append(number)
            self.of_variable[edge.variable].append(number)
        for node, lists in (("check", self.of_check), ("variable", self.of_variable)):
            for number, members in enumerate(lists):
                if len(members) > MAX_DEGREE:
                    raise InputError(
                        f"code {code.name}: {node} {number} has degree {len(members)}, a direct "
                        f"decoder takes up to {MAX_DEGREE}"
                    )
        place = {int(v): i for i, v in enumerate(spec.transmitted)}
        self.source = [place.get(v) for v in range(spec.n_variables)]
        channel = spec.channel
        if channel.values:
            raise InputError(
                f"channel.values {list(channel.values)}: a direct decoder takes a uniform channel"
            )
        largest = channel.largest
        self.known = [
            largest if source is None and code.fill[v // z] == "zero" else 0
            for v, source in enumerate(self.source)
        ]
