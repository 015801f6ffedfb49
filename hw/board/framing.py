"""Packets to bytes of a line: flags, stuffing and CRC (:mod:`hw.board.packets`)."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.crc.catalog import CRC32_ETHERNET
from amaranth.lib.wiring import In, Out

from hw.board.packets import CRC_BYTES, ESCAPE, FLAG, TURN

BYTE = data.StructLayout({"byte": 8, "last": 1})


class Framer(wiring.Component):
    """Packets without CRC in, what stands on the line out.

    Members
    -------
    i : bytes of packets, kind first, ``last`` with the last one of a body
    abort : the packet that is on its way ends with a flag at once, so that no CRC fits it
    o : bytes of the line
    """

    def __init__(self):
        signature = {
            "i": In(stream.Signature(BYTE)),
            "abort": In(1),
            "o": Out(stream.Signature(8)),
        }
        super().__init__(signature)

    def elaborate(self, platform):
        m = Module()
        m.submodules.crc = crc = CRC32_ETHERNET(data_width=8).create()
        escaped, number = Signal(), Signal(range(CRC_BYTES))
        byte, special = Signal(8), Signal()
        m.d.comb += special.eq(((byte == FLAG) | (byte == ESCAPE)) & ~escaped)
        moved = Signal()  # a byte of the packet, not the escape in front of it
        m.d.comb += moved.eq(self.o.valid & self.o.ready & ~special)

        def stuffed() -> None:
            m.d.comb += self.o.payload.eq(Mux(special, ESCAPE, Mux(escaped, byte ^ TURN, byte)))
            with m.If(self.o.valid & self.o.ready):
                m.d.sync += escaped.eq(special)

        with m.FSM():
            with m.State("idle"):
                m.d.comb += [self.o.payload.eq(FLAG), self.o.valid.eq(self.i.valid)]
                m.d.comb += crc.start.eq(1)
                with m.If(self.o.valid & self.o.ready):
                    m.d.sync += [escaped.eq(0), number.eq(0)]
                    m.next = "body"
            with m.State("body"):
                m.d.comb += [byte.eq(self.i.payload.byte), self.o.valid.eq(self.i.valid)]
                stuffed()
                m.d.comb += [
                    self.i.ready.eq(self.o.ready & ~special),
                    crc.valid.eq(moved),
                    crc.data.eq(byte),
                ]
                with m.If(moved & self.i.payload.last):
                    m.next = "crc"
                with m.If(self.abort):
                    m.next = "end"
            with m.State("crc"):
                m.d.comb += [byte.eq(crc.crc.word_select(number, 8)), self.o.valid.eq(1)]
                stuffed()
                with m.If(moved):
                    m.d.sync += number.eq(number + 1)
                    with m.If(number == CRC_BYTES - 1):
                        m.next = "end"
            with m.State("end"):
                m.d.comb += [self.o.payload.eq(FLAG), self.o.valid.eq(1)]
                with m.If(self.o.ready):
                    m.next = "idle"
        return m
