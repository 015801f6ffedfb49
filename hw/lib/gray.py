"""Gray code for the magnitude index of 3-bit messages on its way through a serial decoder."""

from collections.abc import Callable

from amaranth.hdl import Cat, Mux, Value

from hw.lib.magnitude import Binary, Thermometer, magnitude_code
from hw.lib.target import in_logic


class Gray:
    """Index 0 to 3 as 00, 01, 11, 10; in a row's search as thermometer codes of three bits.

    One bit less in memory than the thermometer code, which a look-up table makes of it on the way.
    """

    width, row_width = 2, 3
    patterns = (0b00, 0b01, 0b11, 0b10)

    def __init__(self, thresholds: tuple[int, ...]):
        self.row = Thermometer(thresholds)
        self.largest = self.row.largest

    def encode(self, value: Value) -> Value:
        """Index of abs(value) for a signed value."""
        return self.index_of(self.row.encode(value))

    def two_steps(self, bits: int, folded: bool = False) -> tuple[Callable, Callable]:
        """``encode`` of values of that many bits as two functions, for a register between them."""
        first, second = self.row.two_steps(bits, folded)
        return first, lambda found: self.index_of(second(found))

    def minima(self, m1: Value, m2: Value, x: Value) -> tuple[Value, Value]:
        """The two smallest of (m1, m2, x), given m1 <= m2."""
        return self.row.minima(m1, m2, self._thermometer(x))

    def third(self, m2: Value, m3: Value, x: Value) -> Value:
        """The third smallest of (m1, m2, m3, x), given m1 <= m2 <= m3."""
        return self.row.third(m2, m3, self._thermometer(x))

    def alike(self, m1: Value, m3: Value) -> Value:
        """Whether m3 is m1, given m1 <= m3."""
        return self.row.alike(m1, m3)

    def second(self, m1: Value, m2: Value) -> Value:
        """What is kept of the second minimum, of the two at a search's end.

        Its upper bit, and where its lower one differs from that of ``m1``: then a tie asks for no
        more than what is kept and whether x is m1.
        """
        low, (other, high) = self.index_of(m1)[0], self.index_of(m2)
        return Cat(low ^ other, high)

    def told(self, x: Value, m1: Value, second: Value, look_up=in_logic) -> tuple[Value, Value]:
        """m2 where x is m1, else m1; and whether m2 is m1 and x is not.

        ``look_up`` of a target, with its module: all of this asks whether x is m1.
        """
        own = look_up(lambda a, b, c, d: (a == b) & (c == d), x[0], m1[0], x[1], m1[1])
        extrinsic = Cat(m1[0] ^ (own & second[0]), Mux(own, second[1], m1[1]))
        return extrinsic, ~own & ~second[0] & (second[1] == m1[1])

    def index_of(self, reached: Value) -> Value:
        """A thermometer code of the search in this code."""
        return Cat(reached[0] & ~reached[2], reached[1])

    def _thermometer(self, x: Value) -> Value:
        return Cat(x.any(), x[1], x[1] & ~x[0])


def serial_code(thresholds: tuple[int, ...]) -> Thermometer | Gray | Binary:
    """The code that costs least where a row's edges come one after the other."""
    return Gray(thresholds) if len(thresholds) == 3 else magnitude_code(thresholds)
