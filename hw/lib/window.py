"""A few bits from anywhere in a circular word."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out


class CircularWindow(wiring.Component):
    """``o[j] = word[(offset + j) % lanes]``: a rotator that forms only the bits that are used.

    Members
    -------
    word, offset : in every cycle
    takes : the bits of ``o`` that change in the next cycle; the others stay. It is for the word of
        the cycle before

    Attributes
    ----------
    latency_cycles : 2, from ``word``, ``offset`` to ``o``
    """

    latency_cycles = 2

    def __init__(self, lanes: int, width: int):
        if width > lanes:
            raise ValueError(f"window of {width} bits exceeds a word of {lanes}")
        self.lanes, self.width = lanes, width
        self.stages = (lanes - 1).bit_length()
        super().__init__(
            {
                "word": In(lanes),
                "offset": In(max(1, self.stages)),
                "takes": In(width),
                "o": Out(width),
            }
        )

    def elaborate(self, platform):
        m = Module()
        current = Cat(self.word, self.word[: self.width - 1])
        half = self.stages // 2
        offset = Signal(max(1, half), reset_less=True)
        for stage in reversed(range(self.stages)):
            # What later stages can still reach: their largest offset plus the window.
            reach = min(len(current), self.width + (1 << stage) - 1)
            select = (self.offset if stage >= half else offset)[stage]
            stay, moved = current[:reach], current[1 << stage :][:reach]
            current = Mux(select, moved, stay)
            if stage == half:
                current = self._register(m, current, "coarse")
        if self.stages == 0:
            current = self._register(m, current, "coarse")
        m.d.sync += offset.eq(self.offset)
        fine = Signal(self.width, reset_less=True)
        for bit in range(self.width):
            with m.If(self.takes[bit]):
                m.d.sync += fine[bit].eq(current[bit])
        m.d.comb += self.o.eq(fine)
        return m

    def _register(self, m: Module, value, name: str) -> Signal:
        register = Signal(len(value), name=name, reset_less=True)
        m.d.sync += register.eq(value)
        return register
