"""What a variable tells its checks: the magnitude indices of its sums."""

from amaranth.hdl import Cat, Elaboratable, Module, Signal, Value, signed

from hw.lib.arithmetic import reaches
from hw.lib.magnitude import Binary, Thermometer


class Quantiser(Elaboratable):
    """Magnitude index of each of several sums.

    A module of its own: mapped together with the adders, its few gates would be made for the sign
    to pass quickly and be three times as many.

    Attributes
    ----------
    values : in, signed sums ; x : out, their indices in ``code``
    """

    def __init__(self, widths: list[int], code: Thermometer | Binary):
        self.code = code
        self.values = [Signal(signed(w), name=f"value{i}") for i, w in enumerate(widths)]
        self.x = [Signal(code.width, name=f"x{i}") for i in range(len(widths))]

    def elaborate(self, platform):
        m = Module()
        for value, x in zip(self.values, self.x, strict=True):
            m.d.comb += x.eq(_index(value, self.code))
        return m


def _index(value: Value, code: Thermometer | Binary) -> Value:
    """Index of abs(value).

    In thermometer code whoever reaches a threshold reaches the lower ones, and the others are
    small: a bit takes the next higher one and the few low bits in which small sums differ.
    """
    if isinstance(code, Binary):
        return code.encode(value)
    bits, below = [], None
    for threshold in reversed(code.thresholds):
        found = reaches(value, threshold, below)
        bits, below = [bits[0] | found if bits else found, *bits], threshold
    return Cat(*bits)
