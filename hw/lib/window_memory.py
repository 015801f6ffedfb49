"""Words written whole, of which a few neighbouring bits are read."""

from amaranth.hdl import Array, Cat, Const, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hw.lib.memory import block_storage, registered_read


def pieces_of(lanes: int, width: int) -> tuple[int, int]:
    """Bits of a piece, a power of two, and pieces of a word for windows of ``width`` bits."""
    bits = 1 << (width - 1).bit_length()
    return bits, max(2, -(-(lanes + width - 1) // bits))


class WindowMemory(wiring.Component):
    """Circular words in pieces, two of which are read at once: every window that begins in one.

    The even pieces of all words are one memory and the odd ones another, each written wide and
    read narrow, so that the choice of a piece is part of its address. A word goes on from its
    beginning until it fills its pieces.

    Parameters
    ----------
    lanes : bits of a word
    width : bits of a window
    depth : number of words
    wide_writes : of the target (:mod:`hw.lib.target`)

    Members
    -------
    w_en, w_addr, w_data : write port; a word is not written while it is read
    r_addr, r_piece : word and piece in which the window begins
    r_data : piece k and the next one, each in its half: the even one is the lower

    Attributes
    ----------
    piece_bits, pieces : :func:`pieces_of` a word
    latency_cycles : 2, from ``r_addr`` to ``r_data``
    """

    latency_cycles = 2

    def __init__(self, lanes: int, width: int, depth: int, wide_writes: bool = False):
        self.lanes, self.depth, self.wide_writes = lanes, depth, wide_writes
        self.piece_bits, self.pieces = pieces_of(lanes, width)
        address = max(1, (depth - 1).bit_length())
        super().__init__(
            {
                "w_en": In(1),
                "w_addr": In(address),
                "w_data": In(lanes),
                "r_addr": In(address),
                "r_piece": In((self.pieces - 1).bit_length()),
                "r_data": Out(2 * self.piece_bits),
            }
        )

    def elaborate(self, platform):
        m = Module()
        bits, data = self.piece_bits, [self.w_data[lane] for lane in range(self.lanes)]
        # The even one of a pair that begins with an odd one is the next. It comes from a table: an
        # adder would be a carry chain.
        following, read = Signal(range(self.pieces + 1)), []
        m.d.comb += following.eq(Array(range(1, self.pieces + 1))[self.r_piece])
        bank = self._wide if self.wide_writes else self._whole
        for half, piece in enumerate((following, self.r_piece)):
            places = ((self.pieces + 1 - half) // 2 - 1).bit_length()
            pieces = [
                Cat(data[(number * bits + bit) % self.lanes] for bit in range(bits))
                for number in range(half, 2 << places, 2)
            ]
            read.append(bank(m, half, pieces, piece[1:][:places]))
        m.d.comb += self.r_data.eq(Cat(*read))
        return m

    def _wide(self, m: Module, half: int, pieces: list, place) -> Signal:
        """Write ports with neighbouring addresses, which synthesis makes one of."""
        depth = self.depth * len(pieces)
        m.submodules[f"half{half}"] = storage = block_storage(self.piece_bits, depth)
        for number, piece in enumerate(pieces):
            write = storage.write_port()
            m.d.comb += [
                write.en.eq(self.w_en),
                write.addr.eq(Cat(Const(number, len(place)), self.w_addr)),
                write.data.eq(piece),
            ]
        return self._read(m, storage.read_port(), Cat(place, self.r_addr))

    def _whole(self, m: Module, half: int, pieces: list, place) -> Signal:
        """A memory of whole halves of words with a multiplexer behind it."""
        shape = self.piece_bits * len(pieces)
        m.submodules[f"half{half}"] = storage = block_storage(shape, self.depth)
        write = storage.write_port()
        m.d.comb += [
            write.en.eq(self.w_en),
            write.addr.eq(self.w_addr),
            write.data.eq(Cat(*pieces)),
        ]
        select, late = Signal(len(place), reset_less=True), Signal(len(place), reset_less=True)
        m.d.sync += [select.eq(place), late.eq(select)]
        return self._read(m, storage.read_port(), self.r_addr).word_select(late, self.piece_bits)

    def _read(self, m: Module, port, address) -> Signal:
        output = Signal(port.data.shape())
        registered_read(m, port, address, output)
        return output
