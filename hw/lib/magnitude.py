"""Two codes for a message's magnitude index, and the minimum search's arithmetic in each.

An index x counts thresholds reached. The thermometer code has one bit per threshold, so minimum
is AND and maximum is OR; it is the smaller one up to 4-bit messages. The binary code compares.
Both give the indices of ``quant.golden.minsearch``.
"""

from amaranth.hdl import Cat, Const, Mux, Value

from hw.lib.arithmetic import reaches

THERMOMETER_LIMIT = 7


class Thermometer:
    """Index x as ``2^x - 1``: bit i is set when threshold i is reached."""

    def __init__(self, thresholds: tuple[int, ...]):
        self.thresholds, self.width = thresholds, len(thresholds)
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

    def choose(self, x: Value, constants: list[int], shape) -> Value:
        """``constants[x]``."""
        result = Const(constants[0], shape)
        for bit, constant in zip(x, constants[1:], strict=True):
            result = Mux(bit, Const(constant, shape), result)
        return result


class Binary:
    """Index x as a plain number."""

    def __init__(self, thresholds: tuple[int, ...]):
        self.thresholds, self.width = thresholds, len(thresholds).bit_length()
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

    def choose(self, x: Value, constants: list[int], shape) -> Value:
        """``constants[x]``."""
        values = [Const(constant, shape) for constant in constants]
        for bit in x:
            pairs = zip(values[::2], values[1::2], strict=True)
            values = [Mux(bit, high, low) for low, high in pairs]
        return values[0]


def _count(ones: list[Value]) -> list[Value]:
    """Number of ones in a thermometer code of 2^w - 1 bits, least significant bit first."""
    if len(ones) == 1:
        return ones
    half = len(ones) // 2
    low, high = _count(ones[:half]), _count(ones[half + 1 :])
    return [Mux(ones[half], h, g) for g, h in zip(low, high, strict=True)] + [ones[half]]


def magnitude_code(thresholds: tuple[int, ...]) -> Thermometer | Binary:
    """The code that costs less for this many thresholds."""
    return (Thermometer if len(thresholds) <= THERMOMETER_LIMIT else Binary)(thresholds)
