"""Which values a wire can carry: widths follow from them, and what is constant costs nothing."""

from dataclasses import dataclass

from hw.direct.graph import Graph
from hw.lib.arithmetic import signed_bits
from quant.spec import Spec


@dataclass(frozen=True)
class Values:
    """Integers of one wire: the largest magnitude, and whether all of them are odd."""

    largest: int
    odd: bool

    @property
    def bits(self) -> int:
        """Two's complement width."""
        return signed_bits(self.largest)


def channel_values(spec: Spec, graph: Graph, variable: int) -> Values:
    """What a variable is loaded with, in APP LSB."""
    if graph.source[variable] is None:
        return Values(graph.known[variable], bool(graph.known[variable] & 1))
    channel = spec.channel
    codes = (channel.minimum_code, channel.maximum_code)
    largest = max(abs(channel.steps_of(code)) for code in codes) << channel.app_shift
    return Values(largest, channel.rise == "mid_rise" and channel.app_shift == 0)


def message_values(spec: Spec, graph: Graph, iterations: range, zero: bool) -> list[Values]:
    """Per edge what its check can tell in APP LSB, after any of ``iterations``.

    ``zero``: the wire also serves frames that have no message yet. Only wires that never do can be
    odd, and then in every iteration, so that a channel word means the same in all of them. A
    relaxed message lies between the levels met so far.
    """
    book, found = spec.maps.codebook, []
    for edge in graph.edges:
        maps = [row[edge.block_edge] for row in spec.maps.index]
        due = maps if spec.relaxation else maps[iterations.start : iterations.stop]
        odd = not zero and spec.relaxation is None and all(v & 1 for i in maps for v in book[i])
        found.append(Values(max(book[i][-1] for i in due), odd))
    return found


def stored_bits(spec: Spec, values: Values) -> int:
    """Width of a message as it is kept: with relaxation its fraction too."""
    fraction = spec.relaxation.frac_bits if spec.relaxation else 0
    return signed_bits(values.largest << fraction)
