"""Two codes for a message's magnitude index, and the minimum search's arithmetic in each.

An index x counts thresholds reached. The thermometer code has one bit per threshold, so minimum
is AND and maximum is OR; it is the smaller one up to 4-bit messages. The binary code compares.
Both give the indices of ``quant.golden.minsearch``.

A code has ``width`` bits for an index, ``row_width`` for a minimum while a row is searched, and
``patterns``: the bits of index 0, 1, ...

The two smallest of a group are a pair (m1, m2); m2 is None for a group of one.
"""

from collections.abc import Callable

from amaranth.hdl import Cat, Const, Mux, Value

from hw.lib.arithmetic import reaches

THERMOMETER_LIMIT = 7
Pair = tuple[Value, Value | None]


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

    def minima(self, m1: Value, m2: Value, x: Value) -> tuple[Value, Value]:
        """The two smallest of (m1, m2, x), given m1 <= m2."""
        return m1 & x, m2 & (m1 | x)

    def merged(self, a: Pair, b: Pair) -> Pair:
        """The two smallest of two groups."""
        (a1, a2), (b1, b2) = a, b
        second = (a1 if b2 is None else a1 & b2) | (b1 if a2 is None else a2 & b1)
        return a1 & b1, second

    def outside(self, groups: list[Pair]) -> list[Pair]:
        """Per group the pair from which its members get the minimum of all the others.

        What the other groups allow masks the group's own pair: no second minimum crosses groups.
        """
        return [
            (
                _all([g1, *(other[0] for j, other in enumerate(groups) if j != i)]),
                _all([g2, *(other[0] for j, other in enumerate(groups) if j != i)]),
            )
            for i, (g1, g2) in enumerate((a, self.largest if b is None else b) for a, b in groups)
        ]

    def extrinsic(self, x: Value, m1: Value, m2: Value) -> Value:
        """m2 where x is m1, else m1, given m1 <= x: bit i is that of m1 where x reached it."""
        return Cat(*(Mux(x[i], m1[i], m2[i]) for i in range(self.width)))

    def index_of(self, row: Value) -> Value:
        """A minimum of the search in this code."""
        return row

    def choose(self, x: Value, constants: list[int], shape) -> Value:
        """``constants[x]``."""
        result = Const(constants[0], shape)
        for bit, before, constant in zip(x, constants, constants[1:], strict=False):
            if constant != before:  # else the bit does not matter
                result = Mux(bit, Const(constant, shape), result)
        return result


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
        step = self.thresholds[0]
        if self.thresholds == tuple(range(step, step << self.width, step)) and (
            step & (step - 1) == 0
        ):
            return _clipped_magnitude(value, step.bit_length() - 1, self.width)
        return Cat(*_count([reaches(value, threshold) for threshold in self.thresholds]))

    def minima(self, m1: Value, m2: Value, x: Value) -> tuple[Value, Value]:
        """The two smallest of (m1, m2, x), given m1 <= m2."""
        first = _less(x, m1)
        return Mux(first, x, m1), Mux(first, m1, Mux(_less(x, m2), x, m2))

    def merged(self, a: Pair, b: Pair) -> Pair:
        """The two smallest of two groups."""
        (a1, a2), (b1, b2) = a, b
        first = _less(a1, b1)
        larger = Mux(first, b1, a1)
        if a2 is None and b2 is None:
            return Mux(first, a1, b1), larger
        others = a2 if b2 is None else b2 if a2 is None else Mux(first, a2, b2)
        return Mux(first, a1, b1), Mux(_less(others, larger), others, larger)

    def outside(self, groups: list[Pair]) -> list[Pair]:
        """Per group the pair from which its members get the minimum of all the others."""
        m1, m2 = tree(groups, self.merged)
        return [(m1, self.largest if m2 is None else m2)] * len(groups)

    def extrinsic(self, x: Value, m1: Value, m2: Value) -> Value:
        """m2 where x is m1, else m1."""
        return Mux(x == m1, m2, m1)

    def index_of(self, row: Value) -> Value:
        """A minimum of the search in this code."""
        return row

    def choose(self, x: Value, constants: list[int], shape) -> Value:
        """``constants[x]``."""
        values = [Const(constant, shape) for constant in constants]
        for bit in x:
            pairs = zip(values[::2], values[1::2], strict=True)
            values = [Mux(bit, high, low) for low, high in pairs]
        return values[0]


def _all(masks: list[Value]) -> Value:
    return tree(masks, lambda a, b: a & b)


def _clipped_magnitude(value: Value, shift: int, bits: int) -> Value:
    """min(abs(value) >> shift, 2^bits - 1).

    A bit of abs(value) is turned where the sign is set and a lower bit is: no carry chain.
    """
    value, top = Value.cast(value), shift + bits
    sign, head = value[-1], value[top:-1]
    absolute = [
        value[i] ^ (sign & value[:i].any()) if i else value[0]
        for i in range(min(top, len(value) - 1))
    ]
    if len(value) <= top:  # only the most negative value could be more, and it never comes
        return Cat(*absolute[shift:], Const(0, top - len(absolute)))
    above = (head ^ sign.replicate(len(head))).any() | (sign & ~value[:top].any())
    return Cat(*absolute[shift:]) | above.replicate(bits)


def _less(a: Value, b: Value) -> Value:
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
