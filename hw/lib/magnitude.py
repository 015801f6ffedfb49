"""Codes for a message's magnitude index, and the minimum search's arithmetic in each.

An index x counts thresholds reached. The thermometer code has one bit per threshold, so minimum
is AND and maximum is OR; it is the smaller one up to 4-bit messages. With three thresholds an
index travels in Gray code, of which a look-up table makes the thermometer bits on the way. The
binary code compares. All give the indices of ``quant.golden.minsearch``.

A code has ``width`` bits for an index on its way, ``row_width`` for a row's minima, and
``patterns``: the bits of index 0, 1, ...
"""

from amaranth.hdl import Cat, Const, Mux, Value

from hw.lib.arithmetic import reaches

THERMOMETER_LIMIT = 7


class Thermometer:
    """Index x as ``2^x - 1``: bit i is set when threshold i is reached."""

    def __init__(self, thresholds: tuple[int, ...]):
        self.thresholds, self.width = thresholds, len(thresholds)
        self.row_width = self.width
        self.patterns = [(1 << x) - 1 for x in range(self.width + 1)]
        self.largest = Const((1 << self.width) - 1, self.width)

    def encode(self, value: Value) -> Value:
        """Index of abs(value) for a signed value."""
        return Cat(*(reaches(value, threshold) for threshold in self.thresholds))

    def minima(self, m1: Value, m2: Value, x: Value) -> tuple[Value, Value]:
        """The two smallest of (m1, m2, x), given m1 <= m2."""
        return m1 & x, m2 & (m1 | x)

    def extrinsic(self, x: Value, m1: Value, m2: Value) -> Value:
        """m2 where x is m1, else m1, given m1 <= x: bit i is that of m1 where x reached it."""
        return Cat(*(Mux(x[i], m1[i], m2[i]) for i in range(self.width)))


class Gray:
    """Index 0 to 3 as 00, 01, 11, 10; minima as thermometer codes of three bits."""

    width, row_width = 2, 3
    patterns = (0b00, 0b01, 0b11, 0b10)

    def __init__(self, thresholds: tuple[int, ...]):
        self.row = Thermometer(thresholds)
        self.largest = self.row.largest

    def encode(self, value: Value) -> Value:
        """Index of abs(value) for a signed value."""
        return self._gray(self.row.encode(value))

    def minima(self, m1: Value, m2: Value, x: Value) -> tuple[Value, Value]:
        """The two smallest of (m1, m2, x), given m1 <= m2."""
        return self.row.minima(m1, m2, self._thermometer(x))

    def extrinsic(self, x: Value, m1: Value, m2: Value) -> Value:
        """m2 where x is m1, else m1, given m1 <= x."""
        return self._gray(self.row.extrinsic(self._thermometer(x), m1, m2))

    def _gray(self, reached: Value) -> Value:
        return Cat(reached[0] & ~reached[2], reached[1])

    def _thermometer(self, x: Value) -> Value:
        return Cat(x.any(), x[1], x[1] & ~x[0])


class Binary:
    """Index x as a plain number."""

    def __init__(self, thresholds: tuple[int, ...]):
        self.thresholds, self.width = thresholds, len(thresholds).bit_length()
        self.row_width = self.width
        self.patterns = range(1 << self.width)
        self.largest = Const((1 << self.width) - 1, self.width)

    def encode(self, value: Value) -> Value:
        """Index of abs(value) for a signed value."""
        return Cat(*_count([reaches(value, threshold) for threshold in self.thresholds]))

    def minima(self, m1: Value, m2: Value, x: Value) -> tuple[Value, Value]:
        """The two smallest of (m1, m2, x), given m1 <= m2."""
        first = x < m1
        return Mux(first, x, m1), Mux(first, m1, Mux(x < m2, x, m2))

    def extrinsic(self, x: Value, m1: Value, m2: Value) -> Value:
        """m2 where x is m1, else m1."""
        return Mux(x == m1, m2, m1)


def _count(ones: list[Value]) -> list[Value]:
    """Number of ones in a thermometer code of 2^w - 1 bits, least significant bit first."""
    if len(ones) == 1:
        return ones
    half = len(ones) // 2
    low, high = _count(ones[:half]), _count(ones[half + 1 :])
    return [Mux(ones[half], h, g) for g, h in zip(low, high, strict=True)] + [ones[half]]


def magnitude_code(thresholds: tuple[int, ...]) -> Thermometer | Gray | Binary:
    """The code that costs less for this many thresholds."""
    if len(thresholds) == 3:
        return Gray(thresholds)
    return (Thermometer if len(thresholds) <= THERMOMETER_LIMIT else Binary)(thresholds)
