"""Words written whole, of which a few neighbouring lanes are read."""

from amaranth.hdl import Array, Cat, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hw.lib.narrow_memory import NarrowMemory


def pieces_of(lanes: int, width: int) -> tuple[int, int]:
    """Lanes of a piece, a power of two, and pieces of a word for windows of ``width`` lanes."""
    bits = 1 << (width - 1).bit_length()
    return bits, max(2, -(-(lanes + width - 1) // bits))


class WindowMemory(wiring.Component):
    """Circular words in pieces, two of which are read at once: every window that begins in one.

    The even pieces of all words are one :class:`NarrowMemory` and the odd ones another. A word goes
    on from its beginning until it fills its pieces.

    Parameters
    ----------
    lanes : of a word
    width : lanes of a window
    depth : number of words
    wide_writes : of the target (:mod:`hw.lib.target`)
    lane_bits : of a lane

    Members
    -------
    w_en, w_addr, w_data : write port; a word is not written while it is read
    r_addr, r_piece : word and piece in which the window begins
    r_data : piece k and the next one, each in its half: the even one is the lower

    Attributes
    ----------
    piece_lanes, pieces : :func:`pieces_of` a word
    latency_cycles : 2, from ``r_addr`` to ``r_data``
    """

    latency_cycles = 2

    def __init__(
        self, lanes: int, width: int, depth: int, wide_writes: bool = False, lane_bits: int = 1
    ):
        self.lanes, self.depth, self.wide_writes = lanes, depth, wide_writes
        self.lane_bits = lane_bits
        self.piece_lanes, self.pieces = pieces_of(lanes, width)
        address = max(1, (depth - 1).bit_length())
        super().__init__(
            {
                "w_en": In(1),
                "w_addr": In(address),
                "w_data": In(lanes * lane_bits),
                "r_addr": In(address),
                "r_piece": In((self.pieces - 1).bit_length()),
                "r_data": Out(2 * self.piece_lanes * lane_bits),
            }
        )

    def elaborate(self, platform):
        m = Module()
        bits, lane_bits = self.piece_lanes, self.lane_bits
        data = [self.w_data.word_select(lane, lane_bits) for lane in range(self.lanes)]
        # The even one of a pair that begins with an odd one is the next. It comes from a table: an
        # adder would be a carry chain.
        following, read = Signal(range(self.pieces + 1)), []
        m.d.comb += following.eq(Array(range(1, self.pieces + 1))[self.r_piece])
        for half, piece in enumerate((following, self.r_piece)):
            place_bits = ((self.pieces + 1 - half) // 2 - 1).bit_length()
            memory = NarrowMemory(bits * lane_bits, 1 << place_bits, self.depth, self.wide_writes)
            m.submodules[f"half{half}"] = memory
            m.d.comb += [
                memory.w_en.eq(self.w_en),
                memory.w_addr.eq(self.w_addr),
                memory.r_addr.eq(Cat(piece[1:][:place_bits], self.r_addr)),
            ]
            for place in range(memory.parts):
                number = 2 * place + half
                lanes = (data[(number * bits + bit) % self.lanes] for bit in range(bits))
                m.d.comb += memory.w_data[place].eq(Cat(*lanes))
            read.append(memory.r_data)
        m.d.comb += self.r_data.eq(Cat(*read))
        return m
