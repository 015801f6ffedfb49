"""Words written whole, of which a few neighbouring lanes are read."""

from collections.abc import Sequence

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
    orders : the lanes of a word in each order in which it may be read, perhaps not all of them;
        each is circular by itself. Without, their own order

    Members
    -------
    w_en, w_addr, w_data : write port; a word is not written while it is read
    r_addr, r_piece : word and piece in which the window begins; the highest bits of the piece are
        the number of the order, where there are several
    r_data : piece k and the next one, each in its half: the even one is the lower

    Attributes
    ----------
    piece_lanes, pieces : :func:`pieces_of` a word
    latency_cycles : 2, from ``r_addr`` to ``r_data``
    """

    latency_cycles = 2

    def __init__(
        self, lanes: int, width: int, depth: int, wide_writes: bool = False, lane_bits: int = 1,
        orders: Sequence[Sequence[int]] | None = None,
    ):  # fmt: skip
        self.lanes, self.depth, self.wide_writes = lanes, depth, wide_writes
        self.lane_bits, self.orders = lane_bits, orders or [range(lanes)]
        self.order_bits = (len(self.orders) - 1).bit_length()
        self.piece_lanes, self.pieces = pieces_of(lanes, width)
        address = max(1, (depth - 1).bit_length())
        super().__init__(
            {
                "w_en": In(1),
                "w_addr": In(address),
                "w_data": In(lanes * lane_bits),
                "r_addr": In(address),
                "r_piece": In((self.pieces - 1).bit_length() + self.order_bits),
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
        split = len(self.r_piece) - self.order_bits
        begins, order = self.r_piece[:split], self.r_piece[split:]
        m.d.comb += following.eq(Array(range(1, self.pieces + 1))[begins])
        for half, piece in enumerate((following, begins)):
            place_bits = ((self.pieces + 1 - half) // 2 - 1).bit_length()
            parts = 1 << place_bits + self.order_bits
            memory = NarrowMemory(bits * lane_bits, parts, self.depth, self.wide_writes)
            m.submodules[f"half{half}"] = memory
            m.d.comb += [
                memory.w_en.eq(self.w_en),
                memory.w_addr.eq(self.w_addr),
                memory.r_addr.eq(Cat(piece[1:][:place_bits], order, self.r_addr)),
            ]
            for part in range(parts):
                number = 2 * (part % (1 << place_bits)) + half
                # Behind the last order it comes again: what is never read may be anything.
                lanes = self.orders[min(part >> place_bits, len(self.orders) - 1)]
                places = (lanes[(number * bits + bit) % len(lanes)] for bit in range(bits))
                m.d.comb += memory.w_data[part].eq(Cat(*(data[lane] for lane in places)))
            read.append(memory.r_data)
        m.d.comb += self.r_data.eq(Cat(*read))
        return m
