"""Which of several answers counts: a comparison a level and cycle."""

from amaranth.hdl import Cat, Module, Mux, Signal, Value
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from hw.lib.arithmetic import bits_for


class Judge(wiring.Component):
    """The first of those that are verified, else the first with the fewest unsatisfied checks.

    Parameters
    ----------
    count : of answers
    odd_bits : of their unsatisfied checks, of which a verified one has none

    Members
    -------
    verified : in, a bit for each answer
    odd : in, ``odd_bits`` for each
    o : out, number of the one that counts, ``latency_cycles`` later
    """

    def __init__(self, count: int, odd_bits: int):
        self.count, self.odd_bits = count, odd_bits
        self.latency_cycles = 1 + (count - 1).bit_length()
        super().__init__(
            {
                "verified": In(count),
                "odd": In(data.ArrayLayout(odd_bits, count)),
                "o": Out(bits_for(count)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        # An unverified frame of a layered decoder may have none, too: bits have changed since.
        best: list[tuple[Value, Value]] = []
        for number in range(self.count):
            key = Signal(self.odd_bits + 1, name=f"answer{number}", reset_less=True)
            m.d.sync += key.eq(Cat(self.odd[number], ~self.verified[number]))
            best.append((key, number))
        for level in range(self.latency_cycles - 1):
            after = []
            for at in range(0, len(best), 2):
                key = Signal(self.odd_bits + 1, name=f"key{level}_{at}", reset_less=True)
                number = Signal(bits_for(self.count), name=f"best{level}_{at}", reset_less=True)
                first, other = best[at], best[at + 1] if at + 1 < len(best) else best[at]
                worse = other[0] < first[0]
                m.d.sync += [
                    key.eq(Mux(worse, other[0], first[0])),
                    number.eq(Mux(worse, other[1], first[1])),
                ]
                after.append((key, number))
            best = after
        m.d.comb += self.o.eq(best[0][1])
        return m
