"""A serial line, eight data bits, no parity, one stop bit (8N1), lowest bit first."""

from amaranth.hdl import Cat, Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

LEAST_CYCLES = 4
"""Of a bit, so that the middle of a bit is one."""
_BITS = 10


class UartReceiver(wiring.Component):
    """Bytes of a line, sampled in the middle of each bit.

    Members
    -------
    line : the pin, asynchronous; 1 at rest
    o : strobe with a byte, a cycle long: nothing waits on a serial line
    error : strobe: a byte without its stop bit, which is dropped

    Parameters
    ----------
    bit_cycles : clock cycles of a bit, at least ``LEAST_CYCLES``
    """

    def __init__(self, bit_cycles: int):
        self.bit_cycles = bit_cycles
        super().__init__({"line": In(1), "data": Out(8), "valid": Out(1), "error": Out(1)})

    def elaborate(self, platform):
        m = Module()
        near, line = Signal(init=1), Signal(init=1)  # two registers: the pin has no clock
        wait, left = Signal(range(2 * self.bit_cycles)), Signal(range(_BITS + 1))
        word, calm = Signal(8), Signal()
        m.d.sync += [near.eq(self.line), line.eq(near), self.valid.eq(0), self.error.eq(0)]
        m.d.comb += self.data.eq(word)
        with m.If(left == 0):
            m.d.sync += calm.eq(line)  # after a wrong stop bit the line has to come to rest
            with m.If(calm & ~line):
                # The edge was seen in this cycle: the middle of the start bit is half a bit on.
                m.d.sync += [left.eq(_BITS), wait.eq(self.bit_cycles // 2 - 1)]
        with m.Elif(wait != 0):
            m.d.sync += wait.eq(wait - 1)
        with m.Else():
            m.d.sync += [left.eq(left - 1), wait.eq(self.bit_cycles - 1)]
            with m.If(left == _BITS):
                with m.If(line):  # too short for a start bit
                    m.d.sync += left.eq(0)
            with m.Elif(left != 1):
                m.d.sync += word.eq(Cat(word[1:], line))
            with m.Else():
                m.d.sync += [self.valid.eq(line), self.error.eq(~line), calm.eq(line)]
        return m


class UartTransmitter(wiring.Component):
    """Bytes onto a line, one behind the other without a pause where they are there.

    Members
    -------
    i : bytes
    line : the pin, a register

    Parameters
    ----------
    bit_cycles : clock cycles of a bit
    """

    def __init__(self, bit_cycles: int):
        self.bit_cycles = bit_cycles
        super().__init__({"i": In(stream.Signature(8)), "line": Out(1, init=1)})

    def elaborate(self, platform):
        m = Module()
        wait, left = Signal(range(self.bit_cycles)), Signal(range(_BITS + 1))
        word = Signal(_BITS - 1)
        with m.If(wait != 0):
            m.d.sync += wait.eq(wait - 1)
        with m.Elif(left != 0):
            m.d.sync += [self.line.eq(word[0]), word.eq(Cat(word[1:], 1))]
            m.d.sync += [left.eq(left - 1), wait.eq(self.bit_cycles - 1)]
        with m.Elif(self.i.valid):
            m.d.comb += self.i.ready.eq(1)
            m.d.sync += [self.line.eq(0), word.eq(Cat(self.i.payload, 1))]
            m.d.sync += [left.eq(_BITS - 1), wait.eq(self.bit_cycles - 1)]
        return m
