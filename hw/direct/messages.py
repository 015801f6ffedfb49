"""Which values a wire can carry: widths follow from them, and what is constant costs nothing."""

from dataclasses import dataclass

from hw.direct.graph import Graph
from hw.lib.arithmetic import signed_bits
from hw.lib.magnitude import Binary, Thermometer, magnitude_code
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
    return Values(channel.largest, channel.rise == "mid_rise" and channel.app_shift == 0)


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


def stored_bits(values: Values, fraction: int) -> int:
    """Width of a message as it is kept: with its fraction bits, without a bit that is always 1."""
    return signed_bits(values.largest << fraction) - values.odd


def fraction_bits(spec: Spec) -> int:
    """Fraction bits of stored messages."""
    return spec.relaxation.frac_bits if spec.relaxation else 0


def index_code(spec: Spec) -> tuple[Thermometer | Binary, list[int]]:
    """How indices are coded here, and for every index of the code the spec's one.

    A threshold at which no map changes its level is left out, if that makes a thermometer code.
    """
    book = spec.maps.codebook
    steps = range(1, len(spec.thresholds) + 1)
    told_apart = [i for i in steps if any(m[i] != m[i - 1] for m in book)] or [1]
    fewer = magnitude_code(tuple(spec.thresholds[i - 1] for i in told_apart))
    if isinstance(fewer, Thermometer):
        return fewer, [0, *told_apart]
    return magnitude_code(spec.thresholds), [0, *steps]
