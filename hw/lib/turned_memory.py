"""A memory of words of lanes, read straight or turned: a stage of a shift network for nothing.

A block RAM of many targets may be written with wide words and read with narrow ones: the lowest
bits of the read address choose a part of the word that was written. Where a lane's bit is written
twice, once in the word as it is and once in the turned one, that choice is a rotation and costs
block RAM instead of a look-up table.
"""

from amaranth.hdl import Cat, Const, Module, Mux, Shape, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from hw.lib.delay import delayed
from hw.lib.memory import BlockMemory, block_storage, registered_read
from hw.lib.rotator import moved


class TurnedMemory(wiring.Component):
    """:class:`BlockMemory` whose words are read as they are or turned by ``step`` lanes.

    Parameters
    ----------
    word : array of lanes, rings of ``ring`` lanes one behind the other, all turned alike
    ring : lanes of a ring
    step : element i of a turned word is i + ``step`` of its ring
    depth : number of words, zero at first
    stored_bits : of every lane, from the lowest: those of which both orientations are in memory, in
        twice the block RAM. The others are turned by multiplexers.

    Members
    -------
    r_turn : with ``r_addr``

    Attributes
    ----------
    latency_cycles : 2, from ``r_addr`` to ``r_data``
    """

    latency_cycles = BlockMemory.latency_cycles

    def __init__(self, word: data.ArrayLayout, ring: int, step: int, depth: int, stored_bits: int):
        self.word, self.ring, self.step, self.depth = word, ring, step, depth
        self.lane_bits = Shape.cast(word.elem_shape).width
        self.stored_bits = min(stored_bits, self.lane_bits)
        address = max(1, (depth - 1).bit_length())
        super().__init__(
            {
                "w_en": In(1),
                "w_addr": In(address),
                "w_data": In(word),
                "r_addr": In(address),
                "r_turn": In(1),
                "r_data": Out(word),
            }
        )

    def elaborate(self, platform):
        m = Module()
        lanes = self.word.length
        turned = [moved(lane, self.step, self.ring) for lane in range(lanes)]
        low, high = (
            [Signal(lanes * bits, name=name) for name in ("written", "read")]
            for bits in (self.stored_bits, self.lane_bits - self.stored_bits)
        )
        parts = [[], []]
        for lane in range(lanes):
            whole = self.w_data.as_value().word_select(lane, self.lane_bits)
            parts[0].append(whole[: self.stored_bits])
            parts[1].append(whole[self.stored_bits :])
        m.d.comb += [low[0].eq(Cat(*parts[0])), high[0].eq(Cat(*parts[1]))]
        if self.stored_bits:
            self._both(m, low[0], Cat(*(parts[0][lane] for lane in turned)), low[1])
        if self.stored_bits < self.lane_bits:
            self._straight(m, high, turned)
        for lane in range(lanes):
            bits = [word[1].word_select(lane, len(word[1]) // lanes) for word in (low, high)]
            m.d.comb += self.r_data.as_value().word_select(lane, self.lane_bits).eq(Cat(*bits))
        return m

    def _both(self, m: Module, straight, turned, word) -> None:
        """Bits whose orientation the read address chooses."""
        # Two writes whose addresses differ in the lowest bit: synthesis makes them one wide port.
        m.submodules.both = storage = block_storage(len(word), 2 << len(self.r_addr))
        for turn, value in enumerate((straight, turned)):
            write = storage.write_port()
            m.d.comb += [
                write.en.eq(self.w_en),
                write.addr.eq(Cat(Const(turn, 1), self.w_addr)),
                write.data.eq(value),
            ]
        registered_read(m, storage.read_port(), Cat(self.r_turn, self.r_addr), word)

    def _straight(self, m: Module, words, turned: list[int]) -> None:
        """Bits that are turned behind the memory."""
        written, read = words
        m.submodules.straight = memory = BlockMemory(len(written), self.depth)
        turn = delayed(m, self.r_turn, self.latency_cycles, "turn")
        bits = self.lane_bits - self.stored_bits
        m.d.comb += [
            memory.w_en.eq(self.w_en),
            memory.w_addr.eq(self.w_addr),
            memory.w_data.eq(written),
            memory.r_addr.eq(self.r_addr),
            read.eq(
                Mux(
                    turn,
                    Cat(*(memory.r_data.word_select(lane, bits) for lane in turned)),
                    memory.r_data,
                )
            ),
        ]
