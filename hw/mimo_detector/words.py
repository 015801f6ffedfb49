"""What follows from r: the next round's x, or a part's result, from one table."""

from amaranth.hdl import Module
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from hw.lib.memory import block_storage, registered_read
from hw.mimo_detector.geometry import Geometry
from quant.mimo_detector import tables


def result_bits(g: Geometry) -> int:
    """Of a part's result: the LLRs of its bits, or an odd integer in a nibble."""
    return g.spec.bits_per_axis * g.spec.llr_bits if g.options.output == "llrs" else 4


def word_bits(g: Geometry) -> int:
    """Of a table word: an offset code of x, or a result."""
    return max(g.w_bits, result_bits(g))


def table_words(g: Geometry) -> list[int]:
    """Words by round and offset code of r; the last round's are results."""
    spec = g.spec
    words = []
    for eta in spec.etas[:-1]:
        words += ((tables.eta_table(spec, eta) + spec.x.maximum) >> 1).tolist()
    if g.options.output == "symbols":
        return words + [value & 15 for value in tables.level_table(spec).tolist()]
    mask = (1 << spec.llr_bits) - 1
    return words + [
        sum((llr & mask) << (spec.llr_bits * place) for place, llr in enumerate(row))
        for row in tables.llr_table(spec).tolist()
    ]


def result_bytes(g: Geometry, result) -> list:
    """Bytes of a user's result (real part's, imaginary part's), first byte first."""
    if g.options.output == "symbols":
        return [result]
    width = g.spec.llr_bits
    llrs = [result[p].word_select(i, width) for p in range(2) for i in range(g.spec.bits_per_axis)]
    return [llr.as_signed() for llr in llrs]


class WordTable(wiring.Component):
    """The table in a block RAM for two units.

    Members
    -------
    round_ : of all values of r
    r : offset codes ; word : of each, ``latency_cycles`` later

    Attributes
    ----------
    latency_cycles : 2
    """

    latency_cycles = 2

    def __init__(self, geometry: Geometry, ports: int):
        self.geometry, self.ports = geometry, ports
        self.words = table_words(geometry)
        self.r_bits = geometry.spec.r.bits
        round_bits = max(1, (geometry.rounds - 1).bit_length())
        super().__init__(
            {
                "round_": In(round_bits),
                "r": In(data.ArrayLayout(self.r_bits, ports)),
                "word": Out(data.ArrayLayout(word_bits(geometry), ports)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.storage = storage = block_storage(
            word_bits(self.geometry), len(self.words), self.words
        )
        for port in range(self.ports):
            address = self.r[port] | (self.round_ << self.r_bits)
            registered_read(m, storage.read_port(), address, self.word[port])
        return m
