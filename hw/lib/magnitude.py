"""Two codes for a message's magnitude index, and the minimum search's arithmetic in each.

An index x counts thresholds reached. The thermometer code has one bit per threshold, so minimum
is AND and maximum is OR; it is the smaller one up to 4-bit messages. The binary code compares.
Both give the indices of ``quant.golden.minsearch``.

A code has ``width`` bits for an index, ``row_width`` for a minimum while a row is searched, and
``patterns``: the bits of index 0, 1, ...
"""

from collections.abc import Callable

from amaranth.hdl import Cat, Const, Mux, Shape, Value

from hw.lib.arithmetic import TwoStepReach, reaches
from hw.lib.target import in_logic

THERMOMETER_LIMIT = 7


def tree(members: list, merged: Callable):
    """``members`` merged two by two, in a balanced tree."""
    while len(members) > 1:
        pairs = zip(members[::2], members[1::2], strict=False)
        rest = members[-1:] if len(members) % 2 else []
        members = [merged(a, b) for a, b in pairs] + rest
    return members[0]


class Thermometer:
    """Index x as ``2^x - 1``: bit i is set when threshold i is reached."""

    def __init__(self, thresholds: tuple[int, ...]):
        self.thresholds, self.width = thresholds, len(thresholds)
        self.row_width = self.width
        self.patterns = [(1 << x) - 1 for x in range(self.width + 1)]
        self.largest = Const((1 << self.width) - 1, self.width)

    def bits_for(self, largest: int) -> int:
        """How many bits of a code can be set for magnitudes up to ``largest``."""
        return sum(threshold <= largest for threshold in self.thresholds)

    def encode(self, value: Value) -> Value:
        """Index of abs(value) for a signed value."""
        return Cat(*(reaches(value, threshold) for threshold in self.thresholds))

    def two_steps(self, bits: int, folded: bool = False) -> tuple[Callable, Callable]:
        """``encode`` of values of that many bits as two functions, for a register between them.

        ``folded``: of the words of :class:`hw.lib.arithmetic.TwoStepReach`.
        """
        reach = TwoStepReach(self.thresholds, bits, folded)
        return reach.first, lambda found: Cat(*reach.second(found))

    def minima(self, m1: Value, m2: Value, x: Value) -> tuple[Value, Value]:
        """The two smallest of (m1, m2, x), given m1 <= m2."""
        return m1 & x, m2 & (m1 | x)

    def third(self, m2: Value, m3: Value, x: Value) -> Value:
        """The third smallest of (m1, m2, m3, x), given m1 <= m2 <= m3."""
        return m3 & (m2 | x)

    def alike(self, m1: Value, m3: Value) -> Value:
        """Whether m3 is m1, given m1 <= m3."""
        return (m1 | ~m3).all()

    def second(self, m1: Value, m2: Value) -> Value:
        """What is kept of the second minimum, of the two at a search's end."""
        return m2

    def told(self, x: Value, m1: Value, m2: Value, look_up=in_logic) -> tuple[Value, Value]:
        """m2 where x is m1, else m1, given m1 <= x; and whether m2 is m1 and x is not.

        Bit i of the first is that of m1 where x reached it.
        """
        extrinsic = Cat(*(Mux(x[i], m1[i], m2[i]) for i in range(self.width)))
        return extrinsic, (m1 == m2) & (x != m1)

    def index_of(self, row: Value) -> Value:
        """A minimum of the search in this code."""
        return row

    def choose(self, x: Value, constants: list[int], shape) -> Value:
        """``constants[x]``: a bit changes wherever a threshold is reached at which constants do."""
        result = Const(constants[0], shape)
        for bit, before, constant in zip(x, constants, constants[1:], strict=False):
            changed = Const(constant, shape) ^ Const(before, shape)
            result = result ^ (changed & bit.replicate(len(result)))
        return Cat(result).as_signed() if Shape.cast(shape).signed else result


class Binary:
    """Index x as a plain number."""

    def __init__(self, thresholds: tuple[int, ...]):
        self.thresholds, self.width = thresholds, len(thresholds).bit_length()
        self.row_width = self.width
        self.patterns = range(1 << self.width)
        self.largest = Const((1 << self.width) - 1, self.width)

    def bits_for(self, largest: int) -> int:
        """How many bits of a code can be set for magnitudes up to ``largest``."""
        return sum(threshold <= largest for threshold in self.thresholds).bit_length()

    def encode(self, value: Value) -> Value:
        """Index of abs(value) for a signed value."""
        if self._steps_by_a_power_of_two():
            return _clipped_magnitude(value, self.thresholds[0].bit_length() - 1, self.width)
        return Cat(*_count([reaches(value, threshold) for threshold in self.thresholds]))

    def two_steps(self, bits: int, folded: bool = False) -> tuple[Callable, Callable]:
        """``encode`` of values of that many bits as two functions, for a register between them."""
        if self._steps_by_a_power_of_two() and not folded:
            return Value.cast, lambda value: self.encode(value.as_signed())
        reach = TwoStepReach(self.thresholds, bits, folded)
        return reach.first, lambda found: Cat(*_count(reach.second(found)))

    def _steps_by_a_power_of_two(self) -> bool:
        step = self.thresholds[0]
        multiples = tuple(range(step, step << self.width, step))
        return self.thresholds == multiples and step & (step - 1) == 0

    def minima(self, m1: Value, m2: Value, x: Value) -> tuple[Value, Value]:
        """The two smallest of (m1, m2, x), given m1 <= m2."""
        first = less(x, m1)
        return Mux(first, x, m1), Mux(first, m1, Mux(less(x, m2), x, m2))

    def third(self, m2: Value, m3: Value, x: Value) -> Value:
        """The third smallest of (m1, m2, m3, x), given m1 <= m2 <= m3."""
        return Mux(less(x, m2), m2, Mux(less(x, m3), x, m3))

    def alike(self, m1: Value, m3: Value) -> Value:
        """Whether m3 is m1."""
        return m1 == m3

    def second(self, m1: Value, m2: Value) -> Value:
        """What is kept of the second minimum, of the two at a search's end."""
        return m2

    def told(self, x: Value, m1: Value, m2: Value, look_up=in_logic) -> tuple[Value, Value]:
        """m2 where x is m1, else m1; and whether m2 is m1 and x is not."""
        return Mux(x == m1, m2, m1), (m1 == m2) & (x != m1)

    def index_of(self, row: Value) -> Value:
        """A minimum of the search in this code."""
        return row


def _clipped_magnitude(value: Value, shift: int, bits: int) -> Value:
    """min(abs(value) >> shift, 2^bits - 1).

    A bit of abs(value) is turned where the sign is set and a lower bit is: no carry chain.
    """
    value, top = Value.cast(value), shift + bits
    sign = value[-1]
    absolute = [
        value[i] ^ (sign & value[:i].any()) if i else value[0]
        for i in range(min(top, len(value) - 1))
    ]
    if len(value) <= top:  # only the most negative value could be more, and it never comes
        return Cat(*absolute[shift:], Const(0, top - len(absolute)))[:bits]
    head = value[top:-1]
    above = (head ^ sign.replicate(len(head))).any() | (sign & ~value[:top].any())
    return Cat(*absolute[shift:]) | above.replicate(bits)


def less(a: Value, b: Value) -> Value:
    """a < b for unsigned numbers of one width: a chain over the bits that is no carry chain."""
    result = Const(0, 1)
    for x, y in zip(a, b, strict=True):
        result = Mux(x ^ y, y, result)
    return result


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
