"""Word after word of a table in block RAM, for whatever does the same in every frame."""

from functools import cache

from amaranth.hdl import Cat, Module, Mux, Shape, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from hw.lib.memory import block_storage, registered_read

_LEAST_WORDS = 4
_REGISTERS = 16  # with fewer, the reset of each would be a look-up table (synth.targets)


class MicroprogramRom(wiring.Component):
    """A register that shows the words of a table in their order, the first after the last.

    What would otherwise be counters and what is decided from them is looked up. Not even the
    address is counted: it is a shift register, and the bit that comes in is part of the word. The
    table is in the order in which that meets its addresses.

    Parameters
    ----------
    layout, words : of the table

    Members
    -------
    step : to the next word; only while ``ready``
    restart : to the first one
    ready : ``word`` is there; from the cycle after ``restart`` on it is not, for ``restart_cycles``
    word : the one at hand, in registers of its own: block RAM may be far away

    Attributes
    ----------
    memory : width and depth of the block RAM
    """

    restart_cycles = 4
    """From ``restart`` to ``ready``."""

    _ahead = 2  # words between the one that is read and the address that is presented

    def __init__(self, layout: data.StructLayout, words: list[dict]):
        self.layout = layout
        self.words = words * -(-_LEAST_WORDS // len(words))
        self.addresses = ring(len(self.words))
        self.address_bits = (len(self.words)).bit_length()
        self.memory = self.memory_of(layout, len(self.words))
        super().__init__(
            {"step": In(1), "restart": In(1), "ready": Out(1), "word": Out(layout)}
        )

    @staticmethod
    def memory_of(layout: data.StructLayout, words: int) -> tuple[int, int]:
        """``memory`` of a table of so many words."""
        return Shape.cast(layout).width + 1, 1 << words.bit_length()

    def elaborate(self, platform):
        m = Module()
        count, bits = len(self.words), self.address_bits
        entry = data.StructLayout({"word": self.layout, "next": 1})
        # The address is the oldest part of a shift register, so that this is long enough to have a
        # reset. What comes in is the newest bit of an address that is so many words ahead.
        length = max(bits, _REGISTERS)
        ahead = self._ahead + 1 + length - bits
        newest = [address & 1 for address in self.addresses]
        # Until the first word is read, nothing says what comes next: the table begins where that is
        # twice the same bit.
        first, filling = next(
            (at, newest[(at + ahead - 1) % count])
            for at in range(count)
            if newest[(at + ahead - 1) % count] == newest[(at + ahead - 2) % count]
        )
        table, begun = [{}] * (1 << bits), self.addresses[first]
        for number, word in enumerate(self.words):
            at = first + number
            table[self.addresses[at % count]] = {"word": word, "next": newest[(at + ahead) % count]}
        for at in range(first + 1, first + 1 + length - bits):
            begun = begun << 1 | newest[at % count]
        m.submodules.table = storage = block_storage(entry, 1 << bits, table)

        passing = Signal(length, init=begun, reset_less=True)
        read, advance = Signal(entry), Signal()
        restarting, filled = Signal(init=1), Signal(self._ahead + 1)
        m.d.comb += [
            advance.eq(self.step | ~self.ready),
            self.ready.eq(filled[-1]),
        ]
        m.d.sync += [restarting.eq(self.restart), filled.eq(Cat(1, filled))]
        with m.If(self.restart | restarting):
            m.d.sync += filled.eq(0)
        with m.If(advance):
            m.d.sync += self.word.eq(read.word)
        with m.If(restarting):
            m.d.sync += passing.eq(begun)
        with m.Elif(advance):
            m.d.sync += passing.eq(Cat(Mux(filled[-2], read.next, filling), passing))
        registered_read(m, storage.read_port(), passing[-bits:], read, advance)
        return m


def ring(count: int) -> list[int]:
    """So many different addresses, each the one before shifted up by one new bit, in a circle.

    A part of the circle that a shift register with linear feedback goes through: for every length
    there is one whose end fits its beginning but for the new bit, as T^n - 1 has an inverse for the
    register's matrix T and n below its period (Golomb, Shift Register Sequences).
    """
    states = _longest(count.bit_length())
    period = len(states)
    if count == period:
        return list(states)
    begin = next(k for k in range(period) if states[k] ^ states[(k + count) % period] == 1)
    return [states[(begin + k) % period] for k in range(count)]


@cache
def _longest(bits: int) -> tuple[int, ...]:
    """All states but 0, in the order of a register whose feedback reaches them."""
    mask = (1 << bits) - 1
    for taps in range(1 << bits - 1, mask + 1):  # without the oldest bit it comes to no circle
        state, states = 1, []
        while not states or state != 1:
            states.append(state)
            state = (state << 1 | (state & taps).bit_count() & 1) & mask
        if len(states) == mask:
            return tuple(states)
    raise AssertionError(f"no feedback for {bits} bits")
