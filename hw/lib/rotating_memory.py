"""A memory of words of lanes, read straight or turned: a stage of a shift network for nothing.

A block RAM of many targets may be written with wide words and read with narrow ones: the lowest
bits of the read address choose a part of the word that was written. Where a lane's bit is written
twice, once in the word as it is and once in the turned one, or four times in words turned further
and further, that choice is a rotation and costs block RAM instead of look-up tables.
"""

from amaranth.hdl import Array, Cat, Module, Shape, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from hw.lib.delay import delayed
from hw.lib.memory import BlockMemory
from hw.lib.narrow_memory import NarrowMemory
from hw.lib.rotator import moved


class RotatingMemory(wiring.Component):
    """:class:`BlockMemory` whose words are read turned by 0, 1, ... times ``step`` lanes.

    Parameters
    ----------
    word : array of lanes, rings of ``ring`` lanes one behind the other, all turned alike
    ring : lanes of a ring
    step : element i of a word turned once is i + ``step`` of its ring
    depth : number of words, zero at first
    stored_bits : of every lane, from the lowest: those of which all orientations are in memory, in
        as many times the block RAM. The others are turned by multiplexers.
    ways : number of orientations, a power of two

    Members
    -------
    r_turn : with ``r_addr``, how many times the word is turned

    Attributes
    ----------
    latency_cycles : 2, from ``r_addr`` to ``r_data``
    """

    latency_cycles = BlockMemory.latency_cycles

    def __init__(self, word: data.ArrayLayout, ring: int, step: int, depth: int, stored_bits: int,
                 ways: int = 2):  # fmt: skip
        self.word, self.ring, self.step, self.depth, self.ways = word, ring, step, depth, ways
        self.lane_bits = Shape.cast(word.elem_shape).width
        self.stored_bits = min(stored_bits, self.lane_bits)
        address = max(1, (depth - 1).bit_length())
        super().__init__(
            {
                "w_en": In(1),
                "w_addr": In(address),
                "w_data": In(word),
                "r_addr": In(address),
                "r_turn": In((ways - 1).bit_length()),
                "r_data": Out(word),
            }
        )

    def elaborate(self, platform):
        m = Module()
        lanes = self.word.length
        orders = [
            [moved(lane, way * self.step, self.ring) for lane in range(lanes)]
            for way in range(self.ways)
        ]
        low = Signal(lanes * self.stored_bits)
        bits = lanes * (self.lane_bits - self.stored_bits)
        high = [Signal(bits, name=name) for name in ("written", "read")]
        parts = [[], []]
        for lane in range(lanes):
            whole = self.w_data.as_value().word_select(lane, self.lane_bits)
            parts[0].append(whole[: self.stored_bits])
            parts[1].append(whole[self.stored_bits :])
        m.d.comb += high[0].eq(Cat(*parts[1]))
        if self.stored_bits:
            self._stored(m, [Cat(*(parts[0][lane] for lane in order)) for order in orders], low)
        if self.stored_bits < self.lane_bits:
            self._straight(m, high, orders)
        for lane in range(lanes):
            bits = [word.word_select(lane, len(word) // lanes) for word in (low, high[1])]
            m.d.comb += self.r_data.as_value().word_select(lane, self.lane_bits).eq(Cat(*bits))
        return m

    def _stored(self, m: Module, words: list, word) -> None:
        """Bits whose orientation the read address chooses."""
        memory = NarrowMemory(len(word), self.ways, self.depth, wide_writes=True)
        m.submodules.stored = memory
        m.d.comb += [
            memory.w_en.eq(self.w_en),
            memory.w_addr.eq(self.w_addr),
            *(memory.w_data[way].eq(turned) for way, turned in enumerate(words)),
            memory.r_addr.eq(Cat(self.r_turn, self.r_addr)),
            word.eq(memory.r_data),
        ]

    def _straight(self, m: Module, words, orders: list[list[int]]) -> None:
        """Bits that are turned behind the memory."""
        written, read = words
        m.submodules.straight = memory = BlockMemory(len(written), self.depth)
        turn = delayed(m, self.r_turn, self.latency_cycles, "turn")
        bits = self.lane_bits - self.stored_bits
        turned = Array(
            Cat(*(memory.r_data.word_select(lane, bits) for lane in order)) for order in orders
        )
        m.d.comb += [
            memory.w_en.eq(self.w_en),
            memory.w_addr.eq(self.w_addr),
            memory.w_data.eq(written),
            memory.r_addr.eq(self.r_addr),
            read.eq(turned[turn]),
        ]
