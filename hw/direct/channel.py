"""Channel codes of a frame to the words that the variable nodes add."""

from amaranth.hdl import Const, Value, signed

from hw.direct.graph import Graph
from hw.direct.sides import VariableNodeArray
from hw.lib.arithmetic import signed_bits
from hw.min_sum.channel_word import ChannelWord
from quant.spec import Spec


def channel_of(spec: Spec, graph: Graph, codes) -> list[Value]:
    """Per variable its channel value in APP LSB; ``codes``: stored words in transmitted order."""
    word, present = ChannelWord(spec), Const(1, 1)
    return [
        word.app(codes[source], present)
        if source is not None
        else Const(known, signed(signed_bits(known)))
        for source, known in zip(graph.source, graph.known, strict=True)
    ]


def channel_words(side: VariableNodeArray, values: list[Value]) -> list[Value]:
    """What ``side.channel`` takes for the channel values of all variables."""
    return [
        value if bias is None else value[1:].as_signed() + bias
        for value, bias in zip(values, side.biases, strict=True)
    ]
