"""Bytes of a line to whole packets in a memory: what is damaged never reaches the design."""

from collections.abc import Mapping

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.crc.catalog import CRC32_ETHERNET
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from hw.board.packets import ESCAPE, FLAG, OVERHEAD_BYTES, TURN


class PacketReceiver(wiring.Component):
    """Takes a packet when its flag comes, its CRC fits, its kind is known and so is its length.

    A packet is written as it comes and counts from its flag on; otherwise the place where it stood
    is written again. The bytes of a line come in any cycle but two neighbours.

    Members
    -------
    data, valid : a byte of the line and its strobe
    o : bytes of whole packets with their CRC, one behind the other, at most every second cycle
    taken, bad, overflow, refused : strobes, one for each packet: it was taken; a wrong CRC, or cut
        off; no room for it; a kind or a length that is none

    Parameters
    ----------
    lengths : by kind, bytes of the body
    depth : bytes of the memory, a power of two; one less can wait
    """

    def __init__(self, lengths: Mapping[int, int], depth: int):
        self.lengths, self.depth = dict(lengths), depth
        strobes = dict.fromkeys(("taken", "bad", "overflow", "refused"), Out(1))
        signature = {"data": In(8), "valid": In(1), "o": Out(stream.Signature(8))}
        super().__init__(signature | strobes)

    def elaborate(self, platform):
        m = Module()
        m.submodules.crc = crc = CRC32_ETHERNET(data_width=8).create()
        m.submodules.memory = memory = Memory(shape=8, depth=self.depth, init=[])
        write, read = memory.write_port(), memory.read_port()
        longest = max(self.lengths.values()) + OVERHEAD_BYTES
        place, whole, begin = (Signal(range(self.depth)) for _ in range(3))
        count, escaped, full = Signal(range(longest + 2)), Signal(), Signal()
        kind = Signal(8)
        byte, stored, ends = Signal(8), Signal(), Signal()
        m.d.comb += [
            ends.eq(self.valid & (self.data == FLAG)),
            stored.eq(self.valid & (self.data != FLAG) & ((self.data != ESCAPE) | escaped)),
            byte.eq(Mux(escaped, self.data ^ TURN, self.data)),
            crc.start.eq(ends),
            crc.valid.eq(stored),
            crc.data.eq(byte),
            write.addr.eq(place),
            write.data.eq(byte),
            write.en.eq(stored & ~full),
        ]
        m.d.sync += [self.taken.eq(0), self.bad.eq(0), self.overflow.eq(0), self.refused.eq(0)]
        with m.If(self.valid):
            m.d.sync += escaped.eq((self.data == ESCAPE) & ~escaped)
        with m.If(stored):
            with m.If(count == 0):
                m.d.sync += kind.eq(byte)
            with m.If(count != longest + 1):
                m.d.sync += count.eq(count + 1)
            with m.If((place + 1)[: len(place)] == begin):
                m.d.sync += full.eq(1)
            with m.Elif(~full):
                m.d.sync += place.eq(place + 1)
        known = Signal()
        with m.Switch(kind):
            for each, length in self.lengths.items():
                with m.Case(each):
                    m.d.comb += known.eq(count == length + OVERHEAD_BYTES)
        with m.If(ends):
            m.d.sync += [count.eq(0), full.eq(0), place.eq(whole)]
            with m.If(count != 0):
                with m.If(escaped | ~crc.match_detected | (count < OVERHEAD_BYTES)):
                    m.d.sync += self.bad.eq(1)
                with m.Elif(~known):
                    m.d.sync += self.refused.eq(1)
                with m.Elif(full):
                    m.d.sync += self.overflow.eq(1)
                with m.Else():
                    m.d.sync += [self.taken.eq(1), whole.eq(place), place.eq(place)]
        moves = Signal()
        m.d.comb += [
            read.addr.eq(begin),
            self.o.payload.eq(read.data),
            moves.eq(self.o.valid & self.o.ready),
        ]
        m.d.sync += self.o.valid.eq((begin != whole) & ~moves)
        with m.If(moves):
            m.d.sync += begin.eq(begin + 1)
        return m
